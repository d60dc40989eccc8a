"""Every file parses, says the same in each language, and released ones stay as they are."""

import re
from hashlib import sha256
from importlib.resources import files

import pytest
import yaml
from jinja2 import UndefinedError

from prompts.library import (
    UnknownTextError,
    load_names,
    load_questions,
    load_scorecard,
    render_text,
    text_names,
)
from prompts.schema import LANGUAGES, VALUES, Names

RELEASED = {
    "standard-12/1": "eb135c3e1b0bd7f5c94295fb3a397a9db4d4c53a8ceb7d3f403a14590d4f5ec8",
}
KEYS = [
    "greeting",
    "discovery",
    "understanding",
    "solution",
    "plan",
    "empathy",
    "clarity",
    "courtesy",
    "escalation",
    "closing",
    "data_protection",
    "complaint",
]
TOPICS = [
    "billing",
    "delivery",
    "returns_refunds",
    "product_fault",
    "account_access",
    "order_change",
    "technical_support",
    "information",
    "booking",
    "complaint_service",
    "cancellation",
    "other",
]


def released_files() -> dict[str, bytes]:
    """Return every scorecard file in the package by its id."""
    return {
        f"{folder.name}/{file.name.removesuffix('.yaml')}": file.read_bytes()
        for folder in files("prompts").joinpath("scorecards").iterdir()
        for file in folder.iterdir()
    }


def test_a_released_scorecard_never_changes() -> None:
    found = {name: sha256(content).hexdigest() for name, content in released_files().items()}

    assert found == RELEASED


def test_the_scorecard_has_the_twelve_criteria_in_order() -> None:
    scorecard = load_scorecard("standard-12/1")

    assert (scorecard.name, scorecard.version, scorecard.id) == ("standard-12", 1, "standard-12/1")
    assert list(scorecard.keys) == KEYS
    assert [criterion.number for criterion in scorecard.criteria] == list(range(1, 13))
    assert "plan" in scorecard
    assert "charm" not in scorecard
    assert scorecard["plan"].name("pl") == "Plan działania, osoba i termin"


def test_weights_sum_to_100_without_the_complaint() -> None:
    scorecard = load_scorecard("standard-12/1")

    weights = {criterion.key: criterion.weight for criterion in scorecard.criteria}

    assert weights == dict(zip(KEYS, [6, 12, 8, 18, 12, 10, 8, 8, 6, 6, 6, 14], strict=True))
    assert [criterion.key for criterion in scorecard.criteria if criterion.is_bonus] == [
        "complaint"
    ]
    assert scorecard.regular_weight == 100
    assert scorecard.enough_weight == 50


def test_three_criteria_are_critical_and_say_what_makes_them_so() -> None:
    scorecard = load_scorecard("standard-12/1")

    critical = [criterion.key for criterion in scorecard.criteria if criterion.is_critical]

    assert critical == ["solution", "courtesy", "data_protection"]


def test_only_data_protection_lacks_a_level() -> None:
    scorecard = load_scorecard("standard-12/1")

    short = {c.key: c.levels for c in scorecard.criteria if c.levels != VALUES}

    assert short == {"data_protection": ("pass", "fail", "na")}
    with pytest.raises(ValueError, match="has no level “partial”"):
        scorecard["data_protection"].definition("partial", "en")


def test_every_level_is_defined_in_its_own_words_in_each_language() -> None:
    scorecard = load_scorecard("standard-12/1")

    definitions = [
        criterion.definition(value, language)
        for criterion in scorecard.criteria
        for value in criterion.levels
        for language in LANGUAGES
    ]

    assert len(definitions) == len(set(definitions)) == 3 * (12 * 4 - 1)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="not in “de”"):
        load_scorecard("standard-12/1")["plan"].name("de")


def test_causes_in_the_process_do_not_count_against_the_agent() -> None:
    scorecard = load_scorecard("standard-12/1")

    counts = {cause.key: cause.counts_against_agent for cause in scorecard.root_causes}

    assert counts == {
        "agent_skill": True,
        "agent_knowledge": True,
        "process": False,
        "tool": False,
        "knowledge_base": False,
        "customer": True,
        "transcript_error": False,
        "criterion_unclear": False,
    }
    assert scorecard.root_cause("tool").name("ru") == "Инструмент или система"


def test_reasons_for_a_correction_are_the_five_codes() -> None:
    scorecard = load_scorecard("standard-12/1")

    assert [reason.key for reason in scorecard.correction_reasons] == [
        "evidence_missed",
        "evidence_does_not_show_it",
        "does_not_apply",
        "wrong_level",
        "transcript_error",
    ]
    assert scorecard.correction_reason("wrong_level").name("en") == "Wrong level"
    with pytest.raises(KeyError):
        scorecard.correction_reason("bad_mood")


def scripts_of(node: object, language: str = "en") -> list[tuple[str, str]]:
    """Return each text of a scorecard file with the language it stands under."""
    match node:
        case dict():
            return [
                pair
                for key, child in node.items()
                for pair in scripts_of(child, key if key in LANGUAGES else language)
            ]
        case list():
            return [pair for child in node for pair in scripts_of(child, language)]
        case _:
            return [(language, str(node))]


def test_russian_is_in_cyrillic_and_nothing_else_is() -> None:
    for content in released_files().values():
        for language, text in scripts_of(yaml.safe_load(content)):
            is_cyrillic = bool(re.search("[а-яё]", text, re.IGNORECASE))

            assert is_cyrillic == (language == "ru"), text


@pytest.mark.parametrize(
    "scorecard_id",
    [
        "standard-12/2",
        "standard-12",
        "",
        "/",
        "standard-12/",
        "standard-12/1/1",
        "../agenda/questions.en",
        "standard-12/../../names.en",
        "standard-12/1\0",
        "standard-12/" + "9" * 5000,
    ],
)
def test_a_scorecard_that_does_not_exist_is_refused(scorecard_id: str) -> None:
    with pytest.raises(UnknownTextError):
        load_scorecard(scorecard_id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_cover_every_criterion_in_order(language: str) -> None:
    questions = load_questions(language)

    assert questions.language == language
    assert list(questions.criteria) == KEYS
    assert len(questions.openers) == 3
    assert [topic.key for topic in questions.standing] == [
        "quality_score",
        "csat",
        "productivity",
        "career",
        "well_being",
    ]
    assert len(questions["plan"].gap) == 2
    assert "plan" in questions
    assert "charm" not in questions


def all_questions(language: str) -> list[str]:
    questions = load_questions(language)
    about_criteria = [
        text for each in questions.criteria.values() for text in (*each.gap, each.praise)
    ]
    return [*questions.openers, *(topic.question for topic in questions.standing), *about_criteria]


# What opens a question that a yes or a no would answer.
CLOSED = {
    "en": r"(do|does|did|is|are|was|were|can|could|will|would|have|has|should) ",
    "pl": r"czy ",
    "ru": r".*\bли\b",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_are_open_and_none_is_asked_twice(language: str) -> None:
    texts = all_questions(language)

    assert len(texts) == len(set(texts)) == 3 + 5 + 12 * 3
    for text in texts:
        assert text.endswith("?"), text
        assert not re.match(CLOSED[language], text, re.IGNORECASE), text


def gendered_address(language: str, text: str) -> bool:
    """Tell whether a text says “you did” in one gender: zrobiłeś, zrobiłaś, ты сделал."""
    pattern = {"pl": r"\w+ł[ae]ś\b", "ru": r"\bвы \w+(л|ла)\b", "en": r"\b(he|she|his|her)\b"}
    return bool(re.search(pattern[language], text, re.IGNORECASE))


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_fit_every_gender(language: str) -> None:
    assert [text for text in all_questions(language) if gendered_address(language, text)] == []
    assert gendered_address("pl", "Co zrobiłaś?")
    assert gendered_address("ru", "Что вы сделал?")


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_have_the_same_keys_in_each_language(language: str) -> None:
    names = load_names(language)

    assert names.language == language
    assert list(names.values) == list(VALUES)
    assert list(names.topics) == TOPICS
    assert list(names.sentiment) == ["negative", "neutral", "positive"]
    assert list(names.resolved) == ["yes", "partly", "no", "unknown"]
    assert list(names.channels) == ["chat", "email", "call", "social", "review"]
    assert list(names.speakers) == ["customer", "agent", "bot", "system", "note"]


@pytest.mark.parametrize("field", [f for f in Names.model_fields if f != "language"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_keys_share_a_name(language: str, field: str) -> None:
    names = list(getattr(load_names(language), field).values())

    assert len(names) == len(set(names))


def test_questions_and_names_of_another_language_are_refused() -> None:
    with pytest.raises(UnknownTextError):
        load_questions("de")
    with pytest.raises(UnknownTextError):
        load_names("../names.en")


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
CONTEXTS: dict[str, dict[str, object]] = {
    "announcement_subject": {"date": "21 May 2025", "time": "10:00"},
    "announcement_body": ANNOUNCEMENT,
    "agenda_item_gap": GAP,
    "agenda_item_praise": {"criterion": "Empathy", "conversation": "wen-033", "turn": 4},
    "agenda_item_follow_up": FOLLOW_UP,
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
        if value == GAP["needed"]:
            continue
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
