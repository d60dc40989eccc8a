"""Pages and fragments: one Jinja environment for the whole product."""

import base64
import hashlib
import os
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from service import language as words
from service.errors import N_
from service.quoting import quoted_from

INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
MASK = re.compile(r"\[([A-Z][A-Z_]+)\]")
MASK_NAMES: Mapping[str, str] = {
    "EMAIL": N_("e-mail address"),
    "PHONE": N_("phone number"),
    "CARD": N_("card number"),
    "ACCOUNT": N_("account number"),
    "IBAN": "IBAN",
    "PESEL": "PESEL",
    "NIP": "NIP",
    "REGON": "REGON",
    "INN": N_("INN"),
    "OGRN": N_("OGRN"),
    "SNILS": N_("SNILS"),
    "PASSPORT": N_("identity document"),
    "IP": N_("IP address"),
    "URL": N_("web address"),
    "POSTCODE": N_("postcode"),
    "AGENT_NAME": N_("agent's name"),
    "CUSTOMER_NAME": N_("customer's name"),
}


def is_htmx(request: Request) -> bool:
    """Whether a fragment was asked for rather than a page."""
    return request.headers.get("hx-request") == "true"


def render(request: Request, name: str, /, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with a template in the reader's language, theme and time zone.

    Args:
        name: a template that ends in .html, so that it is escaped.
        status: the HTTP status.
        context: finished values; templates compute nothing.
    """
    return HTMLResponse(render_text(request, name, **context), status_code=status)


def render_text(request: Request, name: str, /, **context: Any) -> str:
    """Return a rendered template, for answers made of several fragments."""
    token = words.CURRENT.set(request.state.language)
    try:
        return (
            environment()
            .get_template(name)
            .render(
                request=request, viewer=request.state.viewer, url_for=request.url_for, **context
            )
        )
    finally:
        words.CURRENT.reset(token)


@cache
def environment() -> Environment:
    """The one environment: everything is escaped, an unknown name is an error."""
    env = Environment(
        loader=PackageLoader("service"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=bool(os.environ.get("AFTERWORD_RELOAD")),
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]  # -- the i18n extension adds it
        words.gettext,
        words.ngettext,
        newstyle=True,
        pgettext=words.pgettext,
        npgettext=words.npgettext,
    )
    env.globals.update(asset=asset, integrity=integrity, endonyms=words.ENDONYMS, path_for=path_for)
    env.filters.update(
        day=day,
        moment=moment,
        clock=clock,
        number=number,
        percent=percent,
        spoken=spoken,
        ago=ago,
        own_words=own_words,
        quoted_words=quoted_words,
    )
    return env


@pass_context
def path_for(context: Context, name: str, /, **values: Any) -> str:
    """Return the path of a route: no host, so a proxy in front does not matter."""
    return str(context["request"].app.url_path_for(name, **values))


def asset(name: str) -> str:
    """Return the address of a static file; it changes with the file, so browsers may keep it."""
    return f"/static/{name}?v={_digest(name).hex()[:12]}"


def integrity(name: str) -> str:
    """Return the SRI value of a static file, computed from the file that is served."""
    return "sha384-" + base64.b64encode(_digest(name)).decode()


@cache
def _digest(name: str) -> bytes:
    return hashlib.sha384(
        Path(str(files("service").joinpath("static", name))).read_bytes()
    ).digest()


def _locale() -> Locale:
    return Locale.parse(words.CURRENT.get() if words.CURRENT.get() != "en" else "en_GB")


def _zone(context: Context) -> ZoneInfo:
    return ZoneInfo(context["request"].state.time_zone)


@pass_context
def day(context: Context, value: datetime | date | None, style: str = "medium") -> str:
    """Return a day in the reader's language; a moment is shown in their time zone."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = value.astimezone(_zone(context)).date()
    return str(format_date(value, style, locale=_locale()))


@pass_context
def moment(context: Context, value: datetime | None, style: str = "medium") -> str:
    """Return a day with hour and minute."""
    if value is None:
        return "–"
    local = value.astimezone(_zone(context))
    clock_text = format_time(local, "HH:mm", locale=_locale())
    return f"{format_date(local.date(), style, locale=_locale())}, {clock_text}"


@pass_context
def clock(context: Context, value: datetime | None) -> str:
    """Return hour and minute, 24 hours."""
    if value is None:
        return ""
    return str(format_datetime(value.astimezone(_zone(context)), "HH:mm", locale=_locale()))


def ago(value: datetime, *, until: datetime) -> str:
    """Return an age in words: 3 weeks, 2 miesiące, 5 дней."""
    return str(format_timedelta(until - value, threshold=1.2, locale=_locale()))


def number(value: float | None, digits: int = 0) -> str:
    """Return a number with the reader's separators; an en dash where there is none."""
    if value is None:
        return "–"
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(value, format=pattern, locale=_locale()))


def percent(value: float | None, digits: int = 0) -> str:
    """Return a share as per cent, with a no-break space."""
    return "–" if value is None else f"{number(100 * value, digits)}\u00a0%"


def spoken(text: str) -> Markup:
    """Return a turn's text as plain text: masks as chips, invisible characters made visible.

    Args:
        text: masked text, hostile for all we know.
    """
    parts: list[str] = []
    last = 0
    for match in MASK.finditer(text):
        parts.append(_plain(text[last : match.start()]))
        kind = match.group(1)
        label = words.gettext(MASK_NAMES.get(kind, kind.replace("_", " ").lower()))
        parts.append(str(Markup('<span class="masked">{}</span>').format(label)))
        last = match.end()
    parts.append(_plain(text[last:]))
    return Markup("".join(parts))  # noqa: S704 -- every part above is escaped


def own_words(text: str) -> str:
    """Return a turn without the mails it answers."""
    return text[: quoted_from(text)].rstrip()


def quoted_words(text: str) -> str:
    """Return the mails that a turn answers, to be folded; empty where there are none."""
    return text[quoted_from(text) :]


def _plain(text: str) -> str:
    pieces: list[str] = []
    last = 0
    for match in INVISIBLE.finditer(text):
        pieces.append(str(Markup.escape(text[last : match.start()])))
        name = unicodedata.name(match.group(), "invisible").lower()
        pieces.append(str(Markup('<span class="invisible" title="{}">·</span>').format(name)))
        last = match.end()
    pieces.append(str(Markup.escape(text[last:])))
    return "".join(pieces).replace("\n", "<br>")
