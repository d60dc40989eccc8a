"""Texts with facts in them: each is tried in every language."""

from importlib.resources import files

import pytest
from jinja2 import UndefinedError

from prompts.library import UnknownTextError, render_text, text_names
from prompts.schema import LANGUAGES

ANNOUNCEMENT: dict[str, object] = {
    "agent_name": "Kestrel",
    "mentor_name": "Ida Thorne",
    "date": "21 May 2025",
    "time": "10:00",
    "time_zone": "Europe/Warsaw",
    "minutes": 40,
    "topics": ["Plan & deadline", "Closing"],
    "url": "https://afterword.test/coaching/17?a=1&b=2",
}

FOLLOW_UP: dict[str, object] = {
    "action": "Name the day",
    "due": "14 November",
    "criterion": "Plan",
    "before": "58 (46–70, n 31)",
    "since": "71 (61–80, n 24)",
}

GAP: dict[str, object] = {"criterion": "Plan", "estimate": "64 (52–75)", "n": 29, "needed": 10}

PARTLY = "partly"

CONTEXTS: dict[str, dict[str, object]] = {
    "announcement_subject": {"date": "21 May 2025", "time": "10:00"},
    "announcement_body": ANNOUNCEMENT,
    "agenda_item_gap": GAP,
    "agenda_item_praise": {"criterion": "Empathy", "conversation": "wen-033", "turn": 4},
    "agenda_item_follow_up": FOLLOW_UP,
    "dispute_answer_subject": {"criterion": "Plan"},
    "dispute_answer_body": {
        "agent_name": "Kestrel",
        "criterion": "Plan",
        "outcome": PARTLY,
        "level": "Partial",
        "until": "14 November",
        "url": "https://afterword.test/me/disputes/x&y",
    },
    "password_reset_subject": {},
    "password_reset_body": {
        "name": "Kestrel",
        "url": "https://afterword.test/reset/x&y",
        "expires": "21 May 2025, 10:00 UTC",
    },
}


def test_every_text_exists_in_every_language_and_is_tried_here() -> None:
    entries = {entry.name for entry in files("prompts").joinpath("texts").iterdir()}

    assert entries == {f"{name}.{language}.j2" for name in CONTEXTS for language in LANGUAGES}
    assert text_names() == tuple(sorted(CONTEXTS))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CONTEXTS)
def test_a_text_shows_all_it_was_given(name: str, language: str) -> None:
    text = render_text(name, language, **CONTEXTS[name])

    for value in CONTEXTS[name].values():
        if value in (GAP["needed"], PARTLY):
            continue  # chooses the words
        for part in value if isinstance(value, list) else [value]:
            assert str(part) in text
    assert "{" not in text
    assert "\n\n\n" not in text
    assert ("\n" in text) == (not name.endswith("_subject"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name, context in CONTEXTS.items() if context])
def test_a_text_that_lacks_a_fact_is_an_error(name: str, language: str) -> None:

    for missing in CONTEXTS[name]:
        if missing == "needed":
            continue
        context = {key: value for key, value in CONTEXTS[name].items() if key != missing}
        with pytest.raises(UndefinedError, match=f"'{missing}' is undefined"):
            render_text(name, language, **context)


def test_texts_in_another_language_differ() -> None:
    for name, context in CONTEXTS.items():
        assert len({render_text(name, language, **context) for language in LANGUAGES}) == 3


def test_an_announcement_without_topics_has_no_empty_list() -> None:
    text = render_text("announcement_body", "en", **{**ANNOUNCEMENT, "topics": []})

    assert "On the agenda" not in text
    assert "\n\n\n" not in text


def test_too_little_data_is_said_in_words() -> None:
    gap = render_text("agenda_item_gap", "en", **{**GAP, "estimate": None, "n": 3})
    follow_up = render_text("agenda_item_follow_up", "pl", **{**FOLLOW_UP, "since": None})

    assert gap == ("To work on: Plan.\nNot enough data for a number: 3 confirmed, 10 are needed.")
    assert follow_up == (
        "Od ostatniego spotkania: Name the day (termin: 14 November).\n"
        "Plan: za mało danych do porównania."
    )


@pytest.mark.parametrize(
    ("name", "language"), [("nothing", "en"), ("announcement_body", "de"), ("../names", "en")]
)
def test_a_text_that_does_not_exist_is_refused(name: str, language: str) -> None:
    with pytest.raises(UnknownTextError):
        render_text(name, language)
