"""Means with intervals: known values, and what holds for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.coaching.estimates import Estimate, change, estimate, interval

VALUES = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=200)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([1.0] * 10, 0.7225, 1.0),
        ([0.0] * 10, 0.0, 0.2775),
        ([1.0] * 5 + [0.0] * 5, 0.2366, 0.7634),
        ([0.5] * 10, 0.2366, 0.7634),
        ([1.0] * 81 + [0.0] * 182, 0.2553, 0.3662),  # Newcombe 1998, table I: 81 of 263
    ],
)
def test_the_interval_is_wilsons(values: list[float], low: float, high: float) -> None:
    found = interval(values)

    assert (round(found[0], 4), round(found[1], 4)) == (low, high)


@given(VALUES)
def test_the_mean_lies_in_its_interval_and_that_between_0_and_1(values: list[float]) -> None:
    low, high = interval(values)

    assert 0 <= low <= sum(values) / len(values) <= high <= 1


@given(VALUES)
def test_twice_the_same_ratings_make_the_interval_narrower(values: list[float]) -> None:
    once, twice = interval(values), interval(values * 2)

    assert twice[1] - twice[0] < once[1] - once[0]


def test_below_ten_ratings_there_is_no_number() -> None:
    assert estimate([1.0] * 9) == Estimate(9)
    assert estimate([1.0] * 9).is_enough is False
    assert estimate([1.0] * 10).mean == 1.0


@pytest.mark.parametrize("values", [[], [1.5], [-0.1, 1.0]])
def test_what_is_no_share_has_no_interval(values: list[float]) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        interval(values)


@pytest.mark.parametrize(
    ("before", "since", "verdict"),
    [
        ([0.0] * 10, [1.0] * 10, "better"),
        ([1.0] * 10, [0.0] * 10, "worse"),
        ([1.0, 0.0] * 5, [1.0, 0.0] * 8, "unclear"),
        ([1.0] * 9, [1.0] * 10, "not_enough"),
        ([1.0] * 10, [1.0] * 9, "not_enough"),
    ],
)
def test_a_change_is_told_only_where_chance_does_not_explain_it(
    before: list[float], since: list[float], verdict: str
) -> None:
    assert change(estimate(before), estimate(since)).verdict == verdict


def test_the_interval_of_a_change_is_newcombes() -> None:
    found = change(estimate([1.0] * 56 + [0.0] * 14), estimate([1.0] * 48 + [0.0] * 32))

    # Newcombe 1998, table II (a): 56/70 against 48/80 differ by .2, .0524 to .3339
    assert found.low is not None
    assert found.high is not None
    assert (round(-found.high, 4), round(-found.low, 4)) == (0.0524, 0.3339)
