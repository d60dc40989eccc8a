"""The quality score, by worked examples and by what must hold for any ratings."""

import math
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from prompts.library import load_scorecard
from prompts.schema import Scorecard
from prompts.scoring import quality_score

STANDARD = load_scorecard("standard-12/1")
ORDER = ["fail", "partial", "pass"]
ALL_PASS = {criterion.key: "pass" for criterion in STANDARD.criteria}


@st.composite
def ratings(draw: st.DrawFn) -> dict[str, str]:
    """Any ratings of Standard 12, from none at all to all twelve."""
    keys = draw(st.sets(st.sampled_from(STANDARD.keys)))
    return {
        key: draw(st.sampled_from(STANDARD[key].levels)) for key in STANDARD.keys if key in keys
    }


def with_all_weights_doubled(scorecard: Scorecard) -> Scorecard:
    doubled = tuple(
        criterion.model_copy(update={"weight": 2 * criterion.weight})
        for criterion in scorecard.criteria
    )
    return scorecard.model_copy(update={"criteria": doubled})


def test_all_passed_is_100() -> None:
    assert quality_score(STANDARD, ALL_PASS) == 100


def test_all_failed_is_0() -> None:
    assert quality_score(STANDARD, dict.fromkeys(STANDARD.keys, "fail")) == 0


def test_a_partial_is_worth_half() -> None:
    values = {**ALL_PASS, "complaint": "na", "solution": "partial"}

    assert quality_score(STANDARD, values) == 91


def test_what_does_not_apply_leaves_the_denominator() -> None:
    # greeting 6, discovery 12, solution 18, clarity 8, courtesy 8, closing 6 apply: 58
    values = {
        "greeting": "pass",
        "discovery": "partial",
        "understanding": "na",
        "solution": "pass",
        "plan": "na",
        "empathy": "na",
        "clarity": "partial",
        "courtesy": "pass",
        "escalation": "na",
        "closing": "fail",
        "data_protection": "na",
        "complaint": "na",
    }

    assert quality_score(STANDARD, values) == 100 * (6 + 6 + 18 + 4 + 8) / 58


def test_a_complaint_counts_on_top_where_it_applies() -> None:
    assert quality_score(STANDARD, {**ALL_PASS, "complaint": "fail"}) == 100 * 100 / 114


def test_a_critical_fail_is_a_flag_and_not_a_zero() -> None:
    values = {**ALL_PASS, "complaint": "na", "data_protection": "fail"}

    assert quality_score(STANDARD, values) == 94


def test_half_of_the_weight_is_enough() -> None:
    # discovery 12, solution 18, plan 12, clarity 8: exactly 50
    values = dict.fromkeys(["discovery", "solution", "plan", "clarity"], "pass")

    assert quality_score(STANDARD, values) == 100


def test_less_than_half_of_the_weight_is_not_enough() -> None:
    # solution 18, discovery 12, plan 12, greeting 6: 48
    values = dict.fromkeys(["discovery", "solution", "plan", "greeting"], "pass")

    assert quality_score(STANDARD, values) is None


def test_a_complaint_that_applies_helps_to_reach_half() -> None:
    # solution 18, discovery 12, greeting 6 and complaint 14: exactly 50
    values = dict.fromkeys(["discovery", "solution", "greeting", "complaint"], "partial")

    assert quality_score(STANDARD, values) == 50


@pytest.mark.parametrize("values", [{}, dict.fromkeys(STANDARD.keys, "na")])
def test_without_ratings_there_is_no_score(values: dict[str, str]) -> None:
    lenient = STANDARD.model_copy(update={"enough_weight": 0})

    assert quality_score(STANDARD, values) is None
    assert quality_score(lenient, values) is None


def test_a_criterion_of_another_scorecard_is_refused() -> None:
    with pytest.raises(KeyError):
        quality_score(STANDARD, {"charm": "pass"})


@pytest.mark.parametrize(
    ("key", "value"), [("data_protection", "partial"), ("plan", "good"), ("plan", "PASS")]
)
def test_a_level_that_the_criterion_lacks_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"“{key}” has no level “{value}”"):
        quality_score(STANDARD, {**ALL_PASS, key: value})


@given(ratings())
def test_a_score_is_between_0_and_100(values: dict[str, str]) -> None:
    score = quality_score(STANDARD, values)

    assert score is None or 0 <= score <= 100


@given(ratings(), st.data())
def test_a_better_level_never_lowers_the_score(values: dict[str, str], data: st.DataObject) -> None:
    improvable = [key for key, value in values.items() if value in {"fail", "partial"}]
    before = quality_score(STANDARD, values)
    assume(improvable)
    assume(before is not None)
    key = data.draw(st.sampled_from(improvable))
    better = [
        level for level in ORDER[ORDER.index(values[key]) + 1 :] if level in STANDARD[key].levels
    ]

    after = quality_score(STANDARD, {**values, key: data.draw(st.sampled_from(better))})

    assert before is not None
    assert after is not None
    assert after > before


@given(ratings())
def test_what_is_na_counts_as_much_as_what_was_not_rated(values: dict[str, str]) -> None:
    rated = {key: value for key, value in values.items() if value != "na"}
    filled = {key: values.get(key, "na") for key in STANDARD.keys}

    assert quality_score(STANDARD, rated) == quality_score(STANDARD, filled)


@given(ratings())
def test_only_the_proportions_of_the_weights_matter(values: dict[str, str]) -> None:
    before = quality_score(STANDARD, values)

    after = quality_score(with_all_weights_doubled(STANDARD), values)

    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert math.isclose(after, before, rel_tol=1e-12)


@given(ratings(), st.randoms())
def test_the_order_of_ratings_does_not_matter(values: dict[str, str], random: Random) -> None:
    items = list(values.items())
    random.shuffle(items)

    assert quality_score(STANDARD, dict(items)) == quality_score(STANDARD, values)
