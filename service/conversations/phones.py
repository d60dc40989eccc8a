"""Telephone numbers: international, Russian, Polish, American, British; others by their word."""

import re
from collections.abc import Iterator

from service.conversations import checksums
from service.conversations.number_context import DATE, Span, is_amount, role_of
from service.conversations.rules import words

GAP = r"[ \u00a0\u202f]"
SEP = r"[ \u00a0\u202f().\-\u2010\u2011\u2013/]"

PHONE_PLUS = re.compile(
    rf"(?<![\w+])(?:\(?\+ ?|00 ?(?=48|7|44|49|380|375|1))\(?\d(?:{SEP}{{0,3}}\d){{7,14}}(?!\d)"
)
PHONE_RU = re.compile(
    rf"(?<![\w+])[78]{GAP}?-?\(?[3489]\d{{2,4}}\)?[ -]?\d{{1,3}}[ -]?\d{{2}}[ -]?\d{{2}}(?!\d)"
)
PHONE_GROUPED = re.compile(
    r"(?<![\w/+-])(?<!\d[.,])(?:"
    r"\(?[3489]\d{2}\)?[ -]?\d{3}[ -]\d{2}[ -]\d{2}"  # 912 345-67-89
    r"|(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])\d{3}[ .-]\d{4}"  # (212) 555-0123
    r"|\(?0\d{2,4}\)?[ -]\d{3,4}[ -]?\d{3,4}|0\d{2}[ -]\d{3}[ -]\d{2}[ -]\d{2}|07\d{9}"  # 020 7946 0958
    r"|\d{3}-\d{2}-\d{2}"  # 123-45-67
    r")(?![\d])(?![-/]\d)"
)
PHONE_PL = re.compile(
    r"(?<![\w/+-])(?<!\d[.,])(?<!\d )(?:48[ -]?)?(?:\(?(?P<area>[1-9]\d)\)?[ -]\d{3}[ -]\d{2}[ -]\d{2}"
    r"|(?P<three>[1-9]\d{2})(?P<gap>[ -.])\d{3}(?P=gap)\d{3}|(?P<bare>[4-8]\d{8}))(?!\d)(?![-/]\d)(?![ ]\d\d?(?!\d))"
)
PHONE_ANY = re.compile(rf"(?<![\w+-])(?<!\d[.,])\(?\d(?:{SEP}{{0,2}}\d){{6,13}}(?!\d)")
POLISH_MOBILE = words("45 50 51 53 57 60 66 69 72 73 78 79 88")
COUNTRY_DIGITS = {"48": 11, "7": 11, "1": 11, "380": 12, "375": 12, "44": 12}


def phones(text: str, start: int, end: int) -> Iterator[Span]:
    """Telephone numbers: international, Russian, Polish, American, British; others by their word."""
    for found in PHONE_PLUS.finditer(text, start, end):
        last = _phone_end(found)
        if not is_amount(text, found.start(), last):
            yield Span(found.start(), last, "PHONE")
    for shape, is_phone in (
        (PHONE_RU, _is_russian),
        (PHONE_GROUPED, _is_grouped),
        (PHONE_PL, _is_polish),
        (PHONE_ANY, _is_called_phone),
    ):
        for found in shape.finditer(text, start, end):
            if is_phone(text, found) and not is_amount(text, *found.span()):
                yield Span(*found.span(), "PHONE")


def _phone_end(found: re.Match[str]) -> int:
    """Cut what follows the last digit a number of this country can have."""
    number = checksums.digits(found.group()).removeprefix("00")
    skipped = len(checksums.digits(found.group())) - len(number)
    length = next((n for code, n in COUNTRY_DIGITS.items() if number.startswith(code)), len(number))
    skipped += "(0)" in found.group()  # the trunk prefix, written though it is not dialled
    seen = 0
    for i, char in enumerate(found.group()):
        seen += char.isdigit()
        if seen == length + skipped:
            return found.start() + i + 1
    return found.end()


def _is_russian(text: str, found: re.Match[str]) -> bool:
    is_bare = found.group().isdigit()
    return len(checksums.digits(found.group())) == 11 and not (
        is_bare and role_of(text, found.start()) == "reference"
    )


def _is_grouped(text: str, found: re.Match[str]) -> bool:
    is_short = len(checksums.digits(found.group())) < 10 and found.group()[0] != "0"
    role = role_of(text, found.start())
    return role == "phone" or (
        role is None
        and not DATE.search(found.group())
        and not (is_short and found.group().count("-") < 2)
    )


def _is_polish(text: str, found: re.Match[str]) -> bool:
    role = role_of(text, found.start())
    if role is not None:
        return role == "phone"
    if found["bare"]:
        return found["bare"][:2] in POLISH_MOBILE
    return found["area"] is not None or found["three"][:2] in POLISH_MOBILE or found["gap"] != "."


def _is_called_phone(text: str, found: re.Match[str]) -> bool:
    return role_of(text, found.start()) == "phone" and not DATE.search(found.group())
