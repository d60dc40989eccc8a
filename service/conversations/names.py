"""Known names of the people in a conversation, found in its text in their inflected forms.

Nothing is guessed: only names that came with the conversation are looked for. Polish and Russian
endings are those of first names and surnames; letters are compared without diacritics.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from service.conversations.number_context import Span
from service.conversations.rules import words

WORD = re.compile(r"[^\W\d_]+")
NAME_GAP = re.compile(r"[ \u00a0\t]{1,2}|-|\.[ ]?", re.ASCII)
SENTENCE_END = ".!?…\n\r"
FOLD = str.maketrans(
    dict(zip("ąćęłńóśźżёéèêëáàâäíïôöúüñçčšžřý", "acelnoszzеeeeeaaaaiioouunccszry", strict=True))
)

# Words that stand in the agent's or the customer's place without being a name.
NOT_NAMES = words(
    "agent agents bot support team service services customer client user admin system desk "
    "help care sales unknown anonymous guest visitor operator consultant manager specialist "
    "company office the and for von van der den del speaker host caller klient klienta "
    "klientka konsultant konsultantka doradca obsluga zespol biuro dzial pan pani panstwo "
    "uzytkownik gosc sprzedaz pomoc serwis firma клиент клиента клиентка оператор агент "
    "поддержка поддержки служба отдел отдела сотрудник специалист менеджер консультант "
    "администратор гость пользователь компания бот ооо зао пао ип jr mr mrs miss dr prof sir "
    "madam spolka"
)
# Names that are everyday words, too: hidden only where they cannot be meant as the word.
EVERYDAY = words(
    "will mark may grace hope rose joy faith dawn art bill frank rich grant drew pat sue jack "
    "rob dean miles summer april june august amber ruby pearl ivy lily daisy iris olive "
    "violet dale robin jay guy ray max chase hunter mason baker cook young long short white "
    "black brown green king price page rush case day best good love gold stone wood bush "
    "field hall park street banks bank bell roza malina jagoda kalina nowy wilk kot mazur "
    "dudek zajac wrobel sikora baran mroz gora lis kruk sroka lato sobota marzec maj luty "
    "bialy czarny szary duda kowal krawiec marka marki wiosna zima вера надежда любовь роман "
    "лев мир слава роза лилия белый волк мороз кот король мел май жук марка марки воля сила "
    "злата"
)

POLISH_MASCULINE = (
    "a", "u", "owi", "em", "iem", "ie", "e", "ze", "zie", "y", "i", "owie", "ow", "om", "ami", "ach",
    "owa", "owej",
)  # fmt: skip
POLISH_FEMININE = ("a", "y", "i", "e", "ie", "o", "u", "om", "ami")
POLISH_SOFT = (("ch", "sze"), ("k", "ce"), ("g", "dze"), ("r", "rze"), ("t", "cie"), ("d", "dzie"))
POLISH_ADJECTIVE = ("i", "a", "iego", "iemu", "im", "iej", "ich", "imi", "ie")
RUSSIAN_MASCULINE = ("а", "у", "ом", "ем", "ым", "е", "ы", "ой", "ых", "ов", "ам")
RUSSIAN_SOFT = ("я", "ю", "ем", "е", "и", "ей")
RUSSIAN_FEMININE = ("а", "ы", "и", "е", "у", "ой", "ою", "ей", "о", "ых", "")
RUSSIAN_FEMININE_SOFT = ("я", "и", "е", "ю", "ей", "ею")
RUSSIAN_ADJECTIVE = ("ий", "ого", "ому", "им", "ом", "ая", "ой", "ую", "ие", "их")


@dataclass(frozen=True, slots=True)
class Names:
    """What to look for: whole words, folded. `bases` are the names themselves.

    `starts` are their first letters in every spelling: a text without any holds no name.
    """

    bases: frozenset[str]
    forms: frozenset[str]
    starts: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.forms)


def fold(text: str) -> str:
    """Return a text as names are compared: lower case, no diacritics, ё as е."""
    return text.casefold().translate(FOLD)


def names_of(people: Iterable[str | None]) -> Names:
    """Return what to look for, for people named as the file names them."""
    known = [_names(person) for person in people if person]
    return Names(
        frozenset().union(*(names.bases for names in known)),
        frozenset().union(*(names.forms for names in known)),
        frozenset().union(*(names.starts for names in known)),
    )


@lru_cache(maxsize=4096)
def _names(person: str) -> Names:
    if "@" in person or any(char.isdigit() for char in person):
        return Names(frozenset(), frozenset(), frozenset())  # an address or a number, not a name
    bases = {fold(word) for word in WORD.findall(person)}
    bases = {word for word in bases if len(word) > 2 and word not in NOT_NAMES}
    forms = {form for word in bases for form in inflected(word) if len(form) > 2}
    starts = {form[:3] for form in forms} | {word.casefold()[:3] for word in WORD.findall(person)}
    spelt = {spelling for start in starts for spelling in (start, start.title(), start.upper())}
    return Names(frozenset(bases), frozenset(forms), frozenset(spelt) if forms else frozenset())


def inflected(word: str) -> set[str]:
    """Return a folded name in all its cases, in Polish (and English) or in Russian."""
    return {word, *(_russian(word) if "а" <= word[0] <= "я" else _polish(word))}


def _polish(word: str) -> Iterator[str]:
    yield word + "s"  # English: Anna's is two words, Annas one
    if word[-3:] in {"ski", "cki", "ska", "cka"}:
        yield from (word[:-1] + ending for ending in POLISH_ADJECTIVE)
        return
    if word.endswith("a"):
        stem = word[:-1]
        yield from (stem + ending for ending in POLISH_FEMININE)
        for hard, soft in POLISH_SOFT:
            if stem.endswith(hard):
                yield stem.removesuffix(hard) + soft
                break
        return
    stems = [word.removesuffix("y").removesuffix("o") if len(word) > 3 else word]
    if len(word) > 4 and word[-2] == "e" and word[-3] not in "aeiouy":
        stems.append(word[:-2].removesuffix("i") + word[-1])  # Marek, Marka; Kozieł, Kozła
    for stem in stems:
        yield from (stem + ending for ending in POLISH_MASCULINE)
        if stem.endswith("t"):
            yield stem[:-1] + "cie"  # Robert, Robercie


def _russian(word: str) -> Iterator[str]:
    last = word[-1]
    if word[-4:] in {"ский", "цкий", "ская", "цкая"}:
        yield from (word[:-2] + ending for ending in RUSSIAN_ADJECTIVE)
    elif last == "а":
        yield from (word[:-1] + ending for ending in RUSSIAN_FEMININE)
    elif last == "я":
        yield from (word[:-1] + ending for ending in RUSSIAN_FEMININE_SOFT)
    elif last in "йь":
        yield from (word[:-1] + ending for ending in RUSSIAN_SOFT)
    elif last not in "еиоуыэю":
        yield from (word + ending for ending in RUSSIAN_MASCULINE)
        if len(word) > 2 and word[-2] == "е":  # Павел, Павла; Лев, Льва
            for stem in (word[:-2] + last, word[:-2] + "ь" + last):
                yield from (stem + ending for ending in RUSSIAN_MASCULINE)


def name_spans(text: str, people: tuple[tuple[str, Names], ...]) -> list[Span]:
    """Return where names stand in a text; neighbouring parts of one name are one span.

    `people` are (kind of mask, names); the first that knows a word has it.
    """
    people = tuple(
        (kind, names) for kind, names in people if any(start in text for start in names.starts)
    )
    if not people:
        return []
    found: list[Span] = []
    doubtful: list[Span] = []
    for word in WORD.finditer(text):
        kind = _kind(word, people)
        if kind is None:
            continue
        span = Span(word.start(), word.end(), kind)
        is_clear = _is_clear(text, word)
        if not is_clear and not (found and _are_neighbours(text, found[-1], span)):
            doubtful.append(span)
            continue
        if doubtful and _are_neighbours(text, doubtful[-1], span):
            found.append(doubtful.pop())
        found.append(span)
    return _joined(text, found)


def _kind(word: re.Match[str], people: tuple[tuple[str, Names], ...]) -> str | None:
    form = fold(word.group())
    is_capital = word.group()[0].isupper()
    for kind, names in people:
        # In small letters only what can hardly be another word: "marka" is a brand, Mark or not.
        if form in names.forms and (is_capital or form in names.bases or len(form) > 5):
            return kind
    return None


def _is_clear(text: str, word: re.Match[str]) -> bool:
    if fold(word.group()) not in EVERYDAY:
        return True
    before = text[max(0, word.start() - 3) : word.start()].rstrip(" \"'«„“(")
    is_start = not before or before[-1] in SENTENCE_END
    return word.group()[0].isupper() and not is_start


def _are_neighbours(text: str, left: Span, right: Span) -> bool:
    return (
        left.kind == right.kind
        and left.end <= right.start
        and NAME_GAP.fullmatch(text, left.end, right.start) is not None
    )


def _joined(text: str, spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and _are_neighbours(text, joined[-1], span):
            joined[-1] = Span(joined[-1].start, span.end, span.kind)
        else:
            joined.append(span)
    return joined
