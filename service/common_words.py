"""Stems that say nothing about a problem: function words and what everybody writes to a help desk.

The most frequent stems of our own conversations and cases (by the share of turns they occur in),
without those that name a thing: a card, a parcel, a refund. They neither find cases nor explain
why one is similar.
"""

ENGLISH = """
the and it you to is on for in that of so your with can at my have thank one there be no or was from
not this will do me as re if ve by pleas what we has are day say all two back now time out need ll go
ani an about up get name been our just come good they then which befor ask put don us got anyth here
like off when right three onli again sorri still did look would today want am he send take see end how
hi yes four soon hello same morn last help thing read use had noth under could sinc them work first
both dear doe mr who after through um over show becaus tell said full well were kind night told ok
also goe repli letter oh okay minut onc other six next own should wait keep veri let give afternoon
five everi done answer way more down sir year came whether make where third until mrs wrong nobodi
tomorrow much too second nine taken old anoth uh ten her his him she their these those than but
already any into im that's it's dont cant i'm won isn didn doesn didn't went week hour month weekend
monday tuesday wednesday thursday friday saturday sunday someth everyth someon everyon realli actual
"""
POLISH = """
nie na to pan do jest cz si za pros od po dobr jak mam tak bo mi że dziękuj dzien raz ja ma co był jeszcz
no bez prz sam już al tylk wszystk przez pod tym któr dni mog dwa teg ze czyl sie ten mnie nic rozum
przeprasz więc dzis dan też pro now moż spraw trz jedn chc jutr re bardz przed cos godzin ktos alb będz
dnia dla kied tam nr pytan żeb wiem tu są teraz trzeb państw zost czter mus dobrz cał te on ostatn byc go
tej os sprawdz pierw mów oraz maj nikt moj jeden dziekuj czas czek dal yy byl rok lat pyt rob nas gdzie
szanown trzec minut wystarcz gdyb ją juz zer pomóc kto inn ok możn da przykr tygodn wczor dzięk wit popros
powiedz każd nam pot zrob ta niedogodnośc życz będ pi sob jej chodz jeśl il je spokojn st wted szybk ani
by czy lub oraz gdy niż nad jako tyl tylko bardzo swoj mój moja moje pani panu miesiąc tydzień tygodnie
poniedziałek wtorek środ czwartek piątek sobot niedziel dzień ich jego nim nią im tych temu aż tyle sw
"""
RUSSIAN = """
не на по за что эт до как вы ваш вас спасиб вам он все ил есл то мне нет мен ест пожалуйст ден был ещ
добр из раз же от там ли сам тем здравств без уж можн вопрос чтоб нужн через для мы сегодн нов да пришл
втор будет два ну три когд понима трет посл про обращен над год сто тольк мо благодар котор сказа нас при
завтр нич личн один кто одн дан вот хорош перв последн говор пот больш скор вечер оста подскаж тут об
друг срок стар где скаж дела минут го нам бы ма две ни виж очен тепер со может человек ноч вчер прост мог
лет сраз дел кажд скольк сдела знач тогд прям поэт сво поэтому под куд всег помоч так тож ег его её ее
их они она оно мой моя мое наш сейчас час утр мест месяц недел понедельник вторник сред четверг пятниц
суббот воскресен эту это этот уже ещё очень бы ли же ни при чем чём тоже есть быть буд или если тот той
"""
COMMON = frozenset(f"{ENGLISH} {POLISH} {RUSSIAN}".split())
