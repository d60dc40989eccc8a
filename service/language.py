"""Which of English, Polish and Russian somebody reads, and the texts in it."""

import gettext as gettext_module
import io
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from service.errors import N_

LANGUAGES = ("en", "pl", "ru")
ENDONYMS = {"en": "English", "pl": "Polski", "ru": "Русский"}
UNKNOWN_LANGUAGE = N_("language unknown")
CURRENT: ContextVar[str] = ContextVar("language", default="en")


@cache
def translations(language: str) -> gettext_module.NullTranslations:
    """Return the catalogue of a language, compiled from its .po file once per process."""
    if language == "en":
        return gettext_module.NullTranslations()
    source = files("service").joinpath("locale", language, "LC_MESSAGES", "service.po")
    if not source.is_file():
        return gettext_module.NullTranslations()
    with source.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext_module.GNUTranslations(compiled)


def choose(accepted: str, *, default: str) -> str:
    """Return the first language of an Accept-Language header that we have."""
    weighted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted.split(",")[:20]):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight or 1)
        except ValueError:
            quality = 0.0
        weighted.append((-quality, place, tag.split("-")[0].lower()))
    return next((tag for _, _, tag in sorted(weighted) if tag in LANGUAGES), default)


def language_name(code: str, language: str) -> str:
    """Return what a conversation's language is called in the reader's."""
    try:
        name = Locale.parse(code).get_language_name(language)
    except (UnknownLocaleError, ValueError):
        name = None
    return name or translate(UNKNOWN_LANGUAGE, {}, language=language)


def gettext(message: str) -> str:
    """Return a text in the current language."""
    return translations(CURRENT.get()).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Return the form of a text that goes with a number, in the current language."""
    return translations(CURRENT.get()).ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """Return a short text in the current language; the context tells its meanings apart."""
    return translations(CURRENT.get()).pgettext(context, message)


def npgettext(context: str, singular: str, plural: str, n: int) -> str:
    """Return the form of a short text that goes with a number."""
    return translations(CURRENT.get()).npgettext(context, singular, plural, n)


def translate(message: str, values: Mapping[str, object], *, language: str) -> str:
    """Return a marked text in a language, with its `{named}` values filled in."""
    return translations(language).gettext(message).format(**values)
