"""Moments as programs and spreadsheets write them."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"[ ]?(Z|z|UTC|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
CLOCK = re.compile(
    r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d)(?:[.,]\d+)?)?\s*(am|pm|a\.m\.|p\.m\.)?\.?",
    re.ASCII | re.IGNORECASE,
)
NUMERIC = re.compile(
    r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:\s*(?:г|r)\.?)?", re.ASCII | re.IGNORECASE
)
WORDED = re.compile(r"(\d{1,2})\.?\s+([^\W\d_]+)\.?,?\s+(\d{4})(?:\s*(?:г|r)\.?)?", re.IGNORECASE)
WORDED_US = re.compile(r"([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", re.IGNORECASE)
SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)
EPOCH = re.compile(r"(\d{10})(?:\.\d+)?|(\d{13})", re.ASCII)
WEEKDAY = re.compile(r"^(?:[^\W\d_]{2,12}\.?,\s*)(?=[^\W_])")
SERIAL_ZERO = datetime(1899, 12, 30, tzinfo=UTC)  # as Excel counts, its 29 February 1900 included
SERIALS = range(18_000, 80_000)  # 1949 to 2119
ECHO = re.compile(r"[\d./:,TZ+ -]{1,40}", re.ASCII)

# First letters of the months, long enough to be told apart: English, Polish, Russian.
MONTHS: tuple[tuple[str, ...], ...] = (
    ("jan", "sty", "янв"),
    ("feb", "lut", "фев"),
    ("mar", "мар"),
    ("apr", "kwi", "апр"),
    ("may", "maj", "май", "мая"),
    ("jun", "cze", "июн"),
    ("jul", "lip", "июл"),
    ("aug", "sie", "авг"),
    ("sep", "wrz", "сен"),
    ("oct", "paź", "paz", "окт"),
    ("nov", "lis", "ноя"),
    ("dec", "gru", "дек"),
)


def iso_moment(text: str, *, zone: tzinfo = UTC) -> datetime | None:
    """Return the moment of an ISO 8601 text in UTC, or None if it is not one.

    Without an offset it is local time in `zone`. A leap second counts as the second before it.
    """
    found = ISO.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    parts = (
        int(year), int(month), int(day), int(hour or 0), int(minute or 0),
        min(int(second or 0), 59) if second == "60" else int(second or 0),
        int((fraction or "0")[:6].ljust(6, "0")),
    )  # fmt: skip
    try:
        return datetime(*parts, tzinfo=_offset(offset) or zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    if hours > 23 or minutes > 59:
        raise ValueError("offset")
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if text[0] == "-" else delta)


def table_moment(text: str, *, zone: tzinfo = UTC, month_first: bool = False) -> datetime | None:
    """Return the moment of a cell in UTC, or None if it is no date.

    Read are ISO 8601, `14.05.2025 09:12`, `14/05/2025`, `5/14/2025 9:12 AM` (with `month_first`),
    `14 maja 2025`, `May 14, 2025`, Excel's day numbers and Unix seconds or milliseconds.
    """
    text = " ".join(text.split())
    if not text or not any("0" <= char <= "9" for char in text):
        return None
    text = WEEKDAY.sub("", text)
    try:
        return (
            iso_moment(text, zone=zone)
            or _counted(text, zone)
            or _written(text, zone, month_first=month_first)
        )
    except (ValueError, OverflowError):
        return None


def _counted(text: str, zone: tzinfo) -> datetime | None:
    if SERIAL.fullmatch(text):
        days = float(text.replace(",", "."))
        if int(days) in SERIALS:
            local = SERIAL_ZERO + timedelta(seconds=round(days * 86_400))
            return local.replace(tzinfo=zone).astimezone(UTC)
    if found := EPOCH.fullmatch(text):
        seconds = float(text) / (1000 if found[2] else 1)
        return datetime.fromtimestamp(seconds, UTC)
    return None


def _written(text: str, zone: tzinfo, *, month_first: bool) -> datetime | None:
    day, rest = _day(text, month_first=month_first)
    if day is None:
        return None
    hour = minute = second = 0
    rest = rest.strip(" ,T").removeprefix("at ").removeprefix("godz. ").removeprefix("в ")
    if rest:
        clock = CLOCK.fullmatch(rest)
        if clock is None:
            return None
        hour, minute, second = int(clock[1]), int(clock[2]), min(int(clock[3] or 0), 59)
        if clock[4]:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if clock[4][0] in "pP" else 0)
    return day.replace(hour=hour, minute=minute, second=second, tzinfo=zone).astimezone(UTC)


def _day(text: str, *, month_first: bool) -> tuple[datetime | None, str]:
    if found := NUMERIC.match(text):
        return _numeric_day(found, month_first=month_first), text[found.end() :]
    if found := WORDED.match(text):
        month = _month(found[2])
        day, year = int(found[1]), int(found[3])
    elif found := WORDED_US.match(text):
        month = _month(found[1])
        day, year = int(found[2]), int(found[3])
    else:
        return None, ""
    return (datetime(year, month, day) if month else None), text[found.end() :]  # noqa: DTZ001 -- the caller adds the zone


def _numeric_day(found: re.Match[str], *, month_first: bool) -> datetime | None:
    first, separator, second, third = found[1], found[2], int(found[3]), found[4]
    if len(first) == 4:
        return datetime(int(first), second, int(third))  # noqa: DTZ001 -- the caller adds the zone
    if len(first) > 2 or len(third) not in (2, 4):
        return None
    year = int(third) + (2000 if len(third) == 2 else 0)
    day, month = int(first), second
    if month_first and separator == "/":
        day, month = month, day
    return datetime(year, month, day)  # noqa: DTZ001 -- the caller adds the zone


def _month(word: str) -> int | None:
    start = word.casefold()[:3]
    return next((i for i, names in enumerate(MONTHS, 1) if start in names), None)


def echo(text: str) -> str:
    """Return what may be shown of a text that is no date: itself if it looks like one, or “…”."""
    text = text.strip()
    is_dateish = ECHO.fullmatch(text) is not None and len(re.findall(r"[./:-]", text)) >= 2
    return text if is_dateish else "…"
