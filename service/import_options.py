"""The options of `afterword import`, checked before anything is stored."""

import codecs
from collections.abc import Collection
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from service.arguments import pairs
from service.conversations.files import Choice
from service.conversations.formats.columns import FIELDS
from service.conversations.formats.options import ENCODINGS
from service.conversations.formats.registry import PARSERS, format_named
from service.conversations.language import known_code
from service.conversations.neutral import MAX_NAME_CHARS
from service.conversations.rules import CHANNELS, SPEAKERS

ECHOED = 40  # characters of what was typed, at most


def checked_choice(
    *,
    source: str | None,
    encoding: str,
    column: list[str],
    speaker: list[str],
    channel: str | None,
    language: str | None,
    zone: str,
) -> Choice:
    """Return what was chosen about all files; format and source are filled in by file.

    Raises:
        BadParameter: a choice that no file could be read with.
    """
    if source is not None and not 0 < len(source.strip()) <= MAX_NAME_CHARS:
        raise typer.BadParameter(f"--source takes 1 to {MAX_NAME_CHARS} characters.")
    if language is not None and known_code(language) is None:
        raise typer.BadParameter(
            f"--language {language[:ECHOED]} is no ISO 639-1 code, such as pl."
        )
    columns = pairs(column)
    for field in columns or ():
        _one_of(FIELDS, field, "--column")
    speakers = {
        name: _one_of(SPEAKERS, who, "--speaker") for name, who in (pairs(speaker) or {}).items()
    }
    return Choice(
        "",
        "",
        encoding=_encoding(encoding),
        mapping=columns,
        speakers=speakers or None,
        channel=_one_of(CHANNELS, channel, "--channel") if channel is not None else None,
        language=language,
        zone=_zone(zone),
    )


def checked_format(name: str | None) -> str | None:
    """Return a format that was named by one of its names; None if none was named.

    Raises:
        BadParameter: there is no such format.
    """
    if name is None:
        return None
    return format_named(name) or _one_of(PARSERS, name, "--format")


def writable_file(path: str | None, option: str) -> Path | None:
    """Return a file to be written, if one was named.

    Raises:
        BadParameter: its folder does not exist, or it is a folder itself.
    """
    if path is None:
        return None
    found = Path(path)
    if found.is_dir() or not found.parent.is_dir():
        raise typer.BadParameter(f"{option} {path} cannot be written: there is no such folder.")
    return found


def _one_of(words: Collection[str], typed: str, option: str) -> str:
    """Return the word that was typed, in any case.

    Raises:
        BadParameter: it is none of the words.
    """
    if (word := typed.casefold()) in words:
        return word
    raise typer.BadParameter(
        f"{option} does not take “{typed[:ECHOED]}”. It takes: {', '.join(words)}."
    )


def _encoding(name: str) -> str:
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):  # no such codec; NUL in its name
        found = name
    return _one_of(ENCODINGS, found, "--encoding")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise typer.BadParameter(
            f"--zone {name[:ECHOED]} is no IANA time zone, such as Europe/Warsaw."
        ) from None
    return name
