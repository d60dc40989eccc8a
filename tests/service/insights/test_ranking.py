from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.insights.estimates import Estimate
from service.insights.ranking import Difference, difference, tiers


def known(low: float, mean: float, high: float) -> Estimate:
    return Estimate(400, 30, mean=mean, low=low, high=high)


estimates = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=2),
    st.lists(st.integers(0, 20), min_size=3, max_size=3)
    .map(sorted)
    .map(lambda ends: known(*(end / 20 for end in ends))),
    max_size=8,
)


def test_the_difference_has_an_interval_of_its_own() -> None:
    found = difference(known(0.6, 0.7, 0.8), known(0.5, 0.55, 0.65))

    assert (found.gap, found.low) == pytest.approx((0.15, 0.15 - (0.1**2 + 0.1**2) ** 0.5))
    assert found.high == pytest.approx(0.15 + (0.1**2 + 0.05**2) ** 0.5)
    assert found.verdict == "overlapping"


def test_only_intervals_apart_rank() -> None:
    assert difference(known(0.7, 0.8, 0.9), known(0.5, 0.6, 0.69)).verdict == "higher"
    assert difference(known(0.5, 0.6, 0.69), known(0.7, 0.8, 0.9)).verdict == "lower"
    assert difference(known(0.7, 0.8, 0.9), known(0.5, 0.6, 0.7)).verdict == "overlapping"
    assert difference(known(0.7, 0.8, 0.9), Estimate(400, 3)) == Difference("not_enough")


def test_a_chain_of_overlaps_is_one_tier() -> None:
    found = tiers(
        {
            "cy": known(0.7, 0.8, 0.9),
            "bob": known(0.6, 0.7, 0.75),
            "ann": known(0.5, 0.55, 0.6),
            "dan": known(0.1, 0.2, 0.3),
            "eve": Estimate(400, 2),
        }
    )

    assert found == [["ann", "bob", "cy"], ["dan"]]


@settings(max_examples=40)
@given(estimates)
def test_tiers_hold_everybody_once_and_never_part_an_overlap(found: dict[str, Estimate]) -> None:
    places = {name: place for place, tier in enumerate(tiers(found)) for name in tier}

    assert sorted(places) == sorted(found)
    for one, other in combinations(found, 2):
        verdict = difference(found[one], found[other]).verdict
        if verdict == "overlapping":
            assert places[one] == places[other]
        if places[one] < places[other]:
            assert verdict == "higher"
