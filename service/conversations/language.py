"""Which language a conversation's customer writes, so that only what can be read is scored.

Nine languages are told apart, not only the three that are scored: with fewer, French would pass as
English. lingua's low-accuracy models are exact enough over a whole side (873 of our own
conversations: 871 right, the two others are transliterated Russian) and take 25 MB, not 200.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from service.conversations.neutral import NeutralConversation
from service.conversations.rules import words

if TYPE_CHECKING:
    from lingua import LanguageDetector

UNSURE = "und"
CHARS = 400  # enough to be sure, little enough to be fast
GLANCE = 150  # characters that mostly decide; more only where they leave a doubt
SURE_AT_A_GLANCE = 0.95
SHORT = 80  # letters; below, lingua confuses neighbours and the agent's side is asked, too
SURE = 0.7
LATIN_OR_CYRILLIC = re.compile(r"[A-Za-z\u00c0-\u024f\u0400-\u04ff]")
SURE_OF_FEW = 0.9
WORD = re.compile(r"[^\W\d_]+")
# The commonest words of the languages that lingua confuses in a line or two (“Where is my order?”
# is German to it). A word that two of them share stands in neither.
COMMON = {
    "en": words(
        "the my is it you your what where when why how and not i have has was were this that can "
        "please thanks thank hello hi with for order late help need want still does don't didn't "
        "refund password yes been are would could they there from back again nobody"
    ),
    "pl": words(
        "jest nie się sie że ze mam moja moje moje mój moj gdzie kiedy dlaczego czy jak co proszę "
        "prosze dzień dzien dobry dziękuję dziekuje paczka zamówienie zamowienie już juz tylko dla "
        "państwa panstwa mnie mi jeszcze bardzo tak był była było chcę chce"
    ),
    "de": words("der die das ist nicht ich mein meine wo wann warum und bitte danke hallo mit für"),
    "fr": words("le les est pas je mon ma où quand pourquoi et merci bonjour avec pour vous votre"),
    "es": words("el los es mi dónde donde cuándo por qué y gracias hola con para está esta pedido"),
    "it": words("il gli è non mio mia dove quando perché e grazie ciao buongiorno con per ordine"),
    "cs": words("je není můj moje kde kdy proč děkuji dobrý den prosím balík už jsem"),
}
ISO_639_1 = words(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu "
    "cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi "
    "ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks "
    "ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl "
    "nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl "
    "sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve "
    "vi vo wa wo xh yi yo za zh zu"
)


def known_code(language: str | None) -> str | None:
    """Return the two-letter code of `pl`, `PL` or `pl-PL`; None for anything else."""
    if language is None:
        return None
    code = language.strip().lower().replace("_", "-").partition("-")[0]
    return code if code in ISO_639_1 else None


def language_of(conversation: NeutralConversation) -> str:
    """Return the language of the customer's side: what the file says, or what is detected.

    A few words decide nothing by themselves; then the agent's side is read as well. "und" when
    it stays unsure, or the customer wrote no words.
    """
    stated = known_code(conversation.language)
    if stated is not None:
        return stated
    said = _side(conversation, "customer")
    letters = sum(char.isalpha() for char in said)
    if letters == 0:
        return UNSURE
    found = detect(said[:GLANCE], sure=SURE_AT_A_GLANCE) if len(said) > GLANCE else None
    if found is None:
        found = by_common_words(said) if letters < SHORT else None
        found = found or detect(said, sure=SURE if letters >= SHORT else SURE_OF_FEW)
    if found is None and letters < SHORT and LATIN_OR_CYRILLIC.search(said):
        found = detect(f"{said}\n{_side(conversation, 'agent')}"[:CHARS], sure=SURE)
    return found or by_common_words(said) or UNSURE


def by_common_words(text: str) -> str | None:
    """Return the language whose commonest words a short text uses, or None where none stands out.

    At least two words, or half of the text, must be of one language alone; of two languages one
    must have twice as many.
    """
    said = WORD.findall(text.casefold())
    counts = sorted(
        ((sum(word in common for word in said), code) for code, common in COMMON.items()),
        reverse=True,
    )
    (most, code), (second, _) = counts[0], counts[1]
    is_enough = most >= 2 or (said and 2 * most >= len(said))
    return code if most and is_enough and most >= 2 * second else None


def _side(conversation: NeutralConversation, speaker: str) -> str:
    parts: list[str] = []
    size = 0
    for turn in conversation.turns:
        if turn.speaker == speaker:
            parts.append(turn.text[: CHARS - size])
            size += len(parts[-1]) + 1
            if size >= CHARS:
                break
    return "\n".join(parts)


def detect(text: str, *, sure: float = SURE) -> str | None:
    """Return the two-letter code of a text's language, or None below `sure` (0 to 1)."""
    best = _detector().compute_language_confidence_values(text)[0]
    return best.language.iso_code_639_1.name.lower() if best.value >= sure else None


@lru_cache(maxsize=1)
def _detector() -> "LanguageDetector":
    from lingua import Language, LanguageDetectorBuilder  # noqa: PLC0415 -- 50 ms of the command line's start

    return (
        LanguageDetectorBuilder.from_languages(
            Language.ENGLISH,
            Language.POLISH,
            Language.RUSSIAN,
            Language.UKRAINIAN,
            Language.GERMAN,
            Language.FRENCH,
            Language.SPANISH,
            Language.ITALIAN,
            Language.CZECH,
        )
        .with_low_accuracy_mode()
        .build()
    )
