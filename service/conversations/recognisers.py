"""Where a text holds personal data: shapes, checksums and the words before them.

Each pattern is linear in the text: it starts at a boundary and counts. One-digit checksums pass
one number in ten by chance, so those need their word ("NIP", "ИНН") before them. What is called
an order, a ticket or an amount stays readable.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address

from service.conversations import checksums
from service.conversations.number_context import Span, before, is_of_an_order, role_of
from service.conversations.phones import GAP, SEP, phones

I = re.IGNORECASE  # noqa: E741 -- read in patterns only

EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}")
SPOKEN_HINT = re.compile(r"ma[łl]pa|собака|[(\[]at[)\]]| dot |\(a\)", I)
SPOKEN_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}(?: ?(?:kropka|точка|dot) ?[\w+-]{1,40}){0,3}"
    r" ?(?:ma[łl]pa|собака|[(\[]at[)\]]|\(a\)| at ) ?"
    r"[\w-]{1,63}(?: ?(?:\.|kropka|точка|[(\[]dot[)\]]|dot) ?[\w-]{2,63}){1,4}",
    I,
)
URL = re.compile(r"(?:https?://|www\.)[^\s<>\"']{3,2000}", I)
# A plain address says nothing about a person; a query, a sign-in or a long token may.
TELLING = re.compile(r"[?@#]|[\w-]{24,}|=")

NUMBERS = re.compile(r"\d(?:[^\d\n]{0,3}\d){3}")
LONG_NUMBERS = re.compile(rf"\d(?:{SEP}{{0,3}}\d){{5,}}")

IBAN_START = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})\d{2}(?=[ -]?[A-Za-z0-9])")
NRB = re.compile(rf"(?<!\d)\d{{2}}(?:{GAP}?-?\d{{4}}){{6}}(?!\d)")
ACCOUNT = re.compile(rf"(?<!\d)4[02]\d{{3}}(?:{GAP}?\.?\d){{15}}(?!\d)")
CARD_FOURS = re.compile(r"(?<![\d])(?=(\d{4}(?:[ \u00a0.-]{1,2}\d{4}){3}(?:[ -]\d{3})?)(?!\d))")
CARD_OTHER = re.compile(r"(?<!\d)\d{4,19}(?:[ \u00a0-]{1,2}\d{4,12}){0,3}(?!\d)")
CVV = re.compile(r"(?<!\w)(?:cvv2?|cvc2?|cvn)\W{0,4}(?:kod|код|to|is|:)?\W{0,3}(\d{3,4})(?!\d)", I)
SNILS = re.compile(r"(?<!\d)(?:\d{3}[ -]\d{3}[ -]\d{3}[ -]?\d{2}|\d{11})(?!\d)")
PESEL = re.compile(r"(?<![\d.,-])(?:\d{11}|\d{6}[ -]\d{5})(?!\d)")
OGRN = re.compile(r"(?<!\d)\d{13}(?:\d\d)?(?!\d)")
NIP = re.compile(
    r"(?<!\w)(?:PL ?)?(?:\d{3}[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}|\d{3}[ -]\d{2}[ -]\d{2}[ -]\d{3})(?!\d)",
    I,
)
INN = re.compile(r"(?<!\d)(?:\d{12}|\d{10})(?!\d)")
REGON = re.compile(r"(?<!\d)(?:\d{14}|\d{9}|\d{3}[ -]\d{3}[ -]\d{3})(?!\d)")
PASSPORT_WORD = re.compile(
    r"passports?|paszport\w{0,4}|паспорт\w{0,3}"
    r"|dow[oó]d\w{0,3}(?! zakup| wp[łl]at| nadani| rejestr| sprzeda)(?: osobist\w{1,4})?"
    r"|\bid card|legitymac\w{1,4}|водительск\w{1,4} удостоверени\w|prawo jazdy|driving licen[cs]e",
    I,
)
PASSPORT_NUMBER = re.compile(
    r"(?<!\w)(?:[A-Za-zА-Я]{2,3}[ -]?\d{6,7}(?!\d)|[A-Za-z]\d{7,8}(?!\d)"
    r"|\d{2}[ -]?\d{2}[ ,;]{0,2}(?:номер|№|nr\.?|no\.?|N)?[ :]{0,2}\d{6}(?!\d)"
    r"|\d{2} ?(?:№ ?)?\d{7}(?!\d)|\d{9}(?!\d)"
    # Letters and digits mixed, as "C01X00T47": capitals need two digits, small letters three.
    r"|(?-i:(?=[A-ZА-Я]*\d[A-ZА-Я]*\d)(?=\d*[A-ZА-Я])[A-ZА-Я\d]{8,9}(?!\w))"
    r"|(?=[^\W\d_]*\d[^\W\d_]*\d[^\W\d_]*\d)(?=\d*[^\W\d_])[^\W_]{8,9}(?!\w))",
    I,
)
DOCUMENT_REACH = 40  # characters from the word to the number's start
LONGEST_DOCUMENT = 20
# What every word of PASSPORT_WORD begins with.
DOCUMENT_HINTS = ("pas", "dow", "паспорт", "id card", "legit", "удостов", "prawo", "driving")
IPV4 = re.compile(
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w]|\.\d)"
)
IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
VERSION_WORD = re.compile(r"(?:\bv|version|wersj\w|верси\w|build|firmware|release)\W{0,3}$", I)
POSTCODE = re.compile(r"(?<![\d-])\d{2}-\d{3}(?![\d-])(?=,?\s+[A-ZĆŁŚŻŹ])")


def spans(text: str) -> list[Span]:
    """Return where personal data stands, in order, without overlaps; names are not looked for."""
    found: list[Span] = []
    taken = bytearray(len(text))  # one byte a character: thousands of spans stay linear
    for span in _candidates(text):
        if taken.find(1, span.start, span.end) < 0:
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
            found.append(span)
    found.sort(key=lambda span: span.start)
    return found


def _candidates(text: str) -> Iterator[Span]:
    """Yield what the recognisers find, the surest first; a glance decides which are asked."""
    if "@" in text:
        yield from emails(text)
    if SPOKEN_HINT.search(text):
        yield from spoken_emails(text)
    if "://" in text or "www." in text.lower():
        yield from urls(text)
    if NUMBERS.search(text):
        yield from _numbers(text)
    else:
        yield from _worded(text)


def _numbers(text: str) -> Iterator[Span]:
    """Yield what is numbers. Long ones are rare: theirs look at them and beside them only."""
    yield from ibans(text)
    windows = [
        (max(0, run.start() - 4), min(len(text), run.end() + 4))
        for run in LONG_NUMBERS.finditer(text)
    ]
    for recognise in (accounts, cards, national):
        for start, end in windows:
            yield from recognise(text, start, end)
    yield from _worded(text)
    yield from addresses(text)
    for start, end in windows:
        yield from phones(text, start, end)


def _worded(text: str) -> Iterator[Span]:
    """Yield what is known by the word before it, however few of its signs are digits."""
    lower = text.lower()
    if "cv" in lower:
        yield from codes(text)
    if any(hint in lower for hint in DOCUMENT_HINTS):
        yield from documents(text)


def emails(text: str) -> Iterator[Span]:
    """E-mail addresses."""
    for found in EMAIL.finditer(text):
        yield Span(*found.span(), "EMAIL")


def spoken_emails(text: str) -> Iterator[Span]:
    """E-mail addresses said aloud: "jan małpa poczta kropka pl"."""
    for found in SPOKEN_EMAIL.finditer(text):
        yield Span(*found.span(), "EMAIL")


def urls(text: str) -> Iterator[Span]:
    """Links that carry a query, a sign-in or a token."""
    for found in URL.finditer(text):
        end = found.start() + len(found.group().rstrip(".,;:!?)]}»”'"))
        if TELLING.search(text, found.start() + 8, end):
            yield Span(found.start(), end, "URL")


def ibans(text: str) -> Iterator[Span]:
    """International account numbers; by checksum, or by their word where a digit is wrong."""
    for found in IBAN_START.finditer(text):
        length = checksums.IBAN_LENGTHS.get(found[1].upper())
        end = _reach(text, found.start(), length) if length else None
        if end is None:
            continue
        number = re.sub(r"[ -]", "", text[found.start() : end])
        if checksums.is_iban(number) or "iban" in before(text, found.start(), 20).lower():
            yield Span(found.start(), end, "IBAN")


def _reach(text: str, start: int, length: int) -> int | None:
    """Return where the `length`-th letter or digit after `start` ends, single gaps allowed."""
    seen, i = 0, start
    while i < len(text) and i < start + 2 * length:
        char = text[i]
        if char.isascii() and char.isalnum():
            seen += 1
            if seen == length:
                is_whole = i + 1 == len(text) or not text[i + 1].isalnum()
                return i + 1 if is_whole else None
        elif char not in " \u00a0-" or text[i - 1] in " \u00a0-":
            return None
        i += 1
    return None


def accounts(text: str, start: int, end: int) -> Iterator[Span]:
    """Polish account numbers without PL; Russian personal accounts."""
    for found in NRB.finditer(text, start, end):
        context = before(text, found.start()).lower()
        if checksums.is_iban("PL" + checksums.digits(found.group())) or re.search(
            r"kont[oa]|rachun|nrb|przelew|account", context
        ):
            yield Span(*found.span(), "IBAN")
    for found in ACCOUNT.finditer(text, start, end):
        number = checksums.digits(found.group())
        context = before(text, found.start()).lower()
        if number.startswith(("40817", "40820", "423")) or re.search(
            r"р/с|сч[её]т|account", context
        ):
            yield Span(*found.span(), "ACCOUNT")


def cards(text: str, start: int, end: int) -> Iterator[Span]:
    """Payment cards by Luhn and issuer."""
    for found in CARD_FOURS.finditer(text, start, end):
        for number in (found[1], found[1][:-4]):  # with and without a 17th to 19th digit
            if checksums.is_card(checksums.digits(number)):
                yield Span(found.start(), found.start() + len(number), "CARD")
                break
    for found in CARD_OTHER.finditer(text, start, end):
        number = checksums.digits(found.group())
        is_reference = len(number) > 16 and role_of(text, found.start()) == "reference"
        if checksums.is_card(number) and not is_reference:
            yield Span(*found.span(), "CARD")


def codes(text: str) -> Iterator[Span]:
    """The code on a card's back, by its word."""
    for found in CVV.finditer(text):
        yield Span(*found.span(1), "CARD")


@dataclass(frozen=True, slots=True)
class National:
    """A number of a register: its shape, its checksum, and the word it needs before it."""

    kind: str
    shape: re.Pattern[str]
    is_valid: Callable[[str], bool]
    word: re.Pattern[str] | None


REGISTERS = (
    National("SNILS", SNILS, checksums.is_snils, re.compile("снилс|snils", I)),
    National("OGRN", OGRN, checksums.is_ogrn, re.compile("огрн|ogrn", I)),
    National("PESEL", PESEL, checksums.is_pesel, None),
    National("NIP", NIP, checksums.is_nip, re.compile(r"\bnip|vat|PL ?$", I)),
    National("INN", INN, checksums.is_inn, re.compile(r"\bинн|\binn\b", I)),
    National("REGON", REGON, checksums.is_regon, re.compile("regon", I)),
)


def national(text: str, start: int, end: int) -> Iterator[Span]:
    """Numbers of people and firms in Polish and Russian registers."""
    for register in REGISTERS:
        for found in register.shape.finditer(text, start, end):
            is_named = register.kind == "PESEL" and "pesel" in before(text, found.start()).lower()
            is_valid = register.is_valid(checksums.digits(found.group()))
            if is_named or (is_valid and _has_word(register, text, found)):
                yield Span(*found.span(), register.kind)


def _has_word(register: National, text: str, found: re.Match[str]) -> bool:
    context = before(text, found.start()) + found.group()[:2]
    if register.word is None:
        return role_of(text, found.start()) != "reference"
    is_grouped = register.kind == "SNILS" and not found.group().isdigit()
    return is_grouped or register.word.search(context) is not None


def documents(text: str) -> Iterator[Span]:
    """Passports and identity cards by the word before them; an order named in between is none."""
    for word in PASSPORT_WORD.finditer(text):
        reach = word.end() + DOCUMENT_REACH
        for number in PASSPORT_NUMBER.finditer(text, word.end(), reach + LONGEST_DOCUMENT):
            if number.start() > reach:
                break
            if not is_of_an_order(text[word.end() : number.start()]):
                yield Span(*number.span(), "PASSPORT")
                break


def addresses(text: str) -> Iterator[Span]:
    """Network addresses, but not versions of programs; Polish postcodes by the town."""
    for found in POSTCODE.finditer(text) if "-" in text else ():
        yield Span(*found.span(), "POSTCODE")
    for found in IPV4.finditer(text) if text.count(".") > 2 else ():
        if not VERSION_WORD.search(before(text, found.start(), 12)):
            yield Span(*found.span(), "IP")
    for found in IPV6.finditer(text) if text.count(":") > 1 else ():
        try:
            IPv6Address(found.group())
        except AddressValueError:
            continue
        if len(found.group()) > 4:
            yield Span(*found.span(), "IP")
