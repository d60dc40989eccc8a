"""Every scorecard says the same in each language, and a released one stays as it is."""

import re
from hashlib import sha256
from importlib.resources import files

import pytest
import yaml

from prompts.library import UnknownTextError, load_scorecard
from prompts.schema import LANGUAGES, VALUES

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
