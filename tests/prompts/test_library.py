"""Questions and names: the same ones in each language, open, and for everybody."""

import re

import pytest

from prompts.library import UnknownTextError, load_names, load_questions, load_scorecard
from prompts.schema import LANGUAGES, VALUES, Names

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


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_cover_every_criterion_in_order(language: str) -> None:
    questions = load_questions(language)

    assert questions.language == language
    assert tuple(questions.criteria) == load_scorecard("standard-12/1").keys
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
