"""`python -m service.locale.update`: bring the catalogues to the texts of code and templates."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

SERVICE = Path(__file__).resolve().parent.parent
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.do,jinja2.ext.loopcontrols"}}
AUTHORS = "The Afterword authors"
STAMP = datetime(
    2026, 1, 1, tzinfo=UTC
)  # a fixed one, so that a run without changes changes nothing


def texts() -> Iterator[tuple[str, int, str | tuple[str, ...], str | None]]:
    """Yield every marked text: file, line, message (or its two forms), context."""
    found = extract_from_dir(str(SERVICE), METHODS, OPTIONS, keywords=KEYWORDS)
    for name, line, message, _comments, context in found:
        yield name, line, message, context


def template() -> Catalog:
    """Return the catalogue of all texts, without translations."""
    catalogue = Catalog(project="Afterword", charset="utf-8", creation_date=STAMP)
    for name, _line, message, context in texts():
        catalogue.add(message, locations=[(name, 0)], context=context)
    return catalogue


def sign(catalogue: Catalog) -> None:
    """Say in a catalogue's header whose it is; Babel would leave its placeholders there."""
    name = catalogue.locale.english_name if catalogue.locale else "Other"
    catalogue.header_comment = (
        f"# {name} translations for Afterword.\n"
        "# Copyright 2026 the Afterword authors\n"
        "# This file is distributed under the same license as Afterword."
    )
    catalogue.project, catalogue.version = "Afterword", "service"  # no number that grows old
    catalogue.msgid_bugs_address = ""
    catalogue.last_translator = AUTHORS
    catalogue.language_team = AUTHORS
    catalogue.revision_date = catalogue.creation_date  # not now: see STAMP


def path_of(language: str) -> Path:
    """Return where a language's catalogue lies."""
    return SERVICE / "locale" / language / "LC_MESSAGES" / "service.po"


def read(language: str) -> Catalog:
    """Return a language's catalogue; an empty one where there is none yet."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, project="Afterword", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> int:
    """Bring one catalogue to the texts; return how many still lack a translation."""
    catalogue = read(language)
    catalogue.update(template(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.fuzzy = False
    catalogue.obsolete.clear()
    sign(catalogue)
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(
            file, catalogue, sort_output=True, include_lineno=False, omit_header=False, width=100
        )
    return sum(1 for message in catalogue if message.id and not is_whole(message.string))


def is_whole(string: str | tuple[str, ...] | list[str] | None) -> bool:
    """Whether every form of a translation is there."""
    forms = [string] if isinstance(string, str) else list(string or [""])
    return all(form != "" for form in forms)


if __name__ == "__main__":
    for code in ("pl", "ru"):
        print(f"{code}: {update(code)} texts lack a translation")  # noqa: T201 -- a command
