"""Reads the package's data files, each once in a process."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

import yaml
from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateNotFound

from prompts.schema import LANGUAGES, Names, Questions, Scorecard

PLAIN_FILE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


class UnknownTextError(LookupError):
    """No file of this package has that name, version or language."""


@cache
def load_scorecard(scorecard_id: str) -> Scorecard:
    """Return a released scorecard by name and version, such as “standard-12/1”.

    Raises:
        UnknownTextError: if there is no such scorecard or version.
    """
    name, _, version = scorecard_id.partition("/")
    scorecard = Scorecard.model_validate(
        yaml.safe_load(_read("scorecards", name, f"{version}.yaml"))
    )
    assert scorecard.id == scorecard_id, f"{scorecard_id} calls itself {scorecard.id}"
    return scorecard


@cache
def load_questions(language: str) -> Questions:
    """Return the open coaching questions in `en`, `pl` or `ru`.

    Raises:
        UnknownTextError: for any other language.
    """
    return Questions.model_validate(yaml.safe_load(_read("agenda", f"questions.{language}.yaml")))


@cache
def load_names(language: str) -> Names:
    """Return the names of values, sentiments, topics, … in `en`, `pl` or `ru`.

    Raises:
        UnknownTextError: for any other language.
    """
    return Names.model_validate(yaml.safe_load(_read(f"names.{language}.yaml")))


def render_text(name: str, language: str, /, **context: object) -> str:
    """Return a text of `texts/` as plain text, ready for a mail or a printed page.

    Numbers, days and times in `context` are already written in `language`; the
    comment at the top of each template says what it needs. Nothing is escaped:
    whoever puts the result into HTML escapes it there.

    Raises:
        UnknownTextError: if there is no such text or language.
        jinja2.UndefinedError: if `context` lacks something that the text needs.
    """
    try:
        template = _environment().get_template(f"{name}.{language}.j2")
    except TemplateNotFound as error:
        raise UnknownTextError(f"there is no text “{name}” in “{language}”") from error
    return template.render(context).strip()


def text_names() -> tuple[str, ...]:
    """Return the names that `render_text` knows, sorted."""
    suffix = f".{LANGUAGES[0]}.j2"
    entries = (entry.name for entry in files("prompts").joinpath("texts").iterdir())
    return tuple(sorted(name.removesuffix(suffix) for name in entries if name.endswith(suffix)))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_template_source),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 -- plain text: escaping would write &amp; into mails
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _template_source(filename: str) -> str | None:
    try:
        return _read("texts", filename)
    except UnknownTextError:
        return None


def _read(*path: str) -> str:
    """Return a data file's text.

    Names come from requests and from rows of the database as well, so a part of
    the path is one plain file name and cannot lead out of the package.
    """
    if not all(PLAIN_FILE_NAME.fullmatch(part) for part in path):
        raise UnknownTextError(f"“{'/'.join(path)}” is not a name of a text")
    try:
        return files("prompts").joinpath(*path).read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise UnknownTextError(f"there is no “{'/'.join(path)}”") from error
