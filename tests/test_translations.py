import re
from pathlib import Path

import pytest

from service.locale import update as updating
from service.locale.update import path_of, read, template

PLACEHOLDERS = re.compile(
    r"ORGANIZATION|FIRST AUTHOR|FULL NAME|EMAIL@ADDRESS|YEAR-MO-DA|LL@li|PROJECT|VERSION"
)
PLACE = re.compile(r"%\(\w+\)s|(?<!\{)\{\w+\}(?!\})")


def forms(string: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return list(string) if isinstance(string, tuple | list) else [string or ""]


@pytest.mark.parametrize("language", ["pl", "ru"])
def test_every_text_of_code_and_pages_is_translated(language: str) -> None:
    catalogue = read(language)

    missing = [
        message.id
        for message in template()
        if message.id
        and (
            (
                found := catalogue.get(
                    message.id if isinstance(message.id, str) else message.id[0], message.context
                )
            )
            is None
            or not all(forms(found.string))
        )
    ]

    assert missing == []


@pytest.mark.parametrize("language", ["pl", "ru"])
def test_translations_keep_the_places_of_values(language: str) -> None:
    wrong = []
    for message in read(language):
        if not message.id:
            continue
        allowed = {place for form in forms(message.id) for place in PLACE.findall(form)}
        needed = set(PLACE.findall(forms(message.id)[-1]))
        for form in forms(message.string):
            places = set(PLACE.findall(form))
            if not places <= allowed or (isinstance(message.id, str) and places != needed):
                wrong.append((message.id, form))

    assert wrong == []


@pytest.mark.parametrize("language", ["pl", "ru"])
def test_plurals_have_the_three_forms_of_the_language(language: str) -> None:
    catalogue = read(language)

    assert catalogue.num_plurals == 3
    assert [m.id for m in catalogue if isinstance(m.id, tuple) and len(forms(m.string)) != 3] == []


@pytest.mark.parametrize("language", ["pl", "ru"])
def test_headers_are_filled_in_and_stay_so(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = path_of(language).read_text("utf-8")
    copy = tmp_path / "service.po"
    before = text.split('"Plural-Forms')[0]
    copy.write_text(text.replace("The Afterword authors", "FULL NAME <EMAIL@ADDRESS>"), "utf-8")
    monkeypatch.setattr(updating, "path_of", lambda _: copy)

    updating.update(language)

    after = copy.read_text("utf-8").split('"Plural-Forms')[0]
    assert PLACEHOLDERS.findall(before) == []
    assert after == before
