"""The draw of blind audits: exact chances, the same again, spread over the strata."""

import uuid
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.review.sampling import Stratum, days_left, draw, period_of, probability

MONDAY = date(2026, 5, 11)
KEY = b"a key of this test"


def strata_of(*sizes: int) -> dict[Stratum, list[uuid.UUID]]:
    return {
        Stratum("en", f"channel {number}", None): [
            uuid.UUID(int=1 + 1000 * number + place) for place in range(size)
        ]
        for number, size in enumerate(sizes)
    }


def test_a_week_begins_on_monday_in_utc() -> None:
    assert period_of(datetime(2026, 5, 17, 23, 59, tzinfo=UTC)) == MONDAY
    assert period_of(datetime(2026, 5, 18, 0, 0, tzinfo=UTC)) == date(2026, 5, 18)
    assert days_left(datetime(2026, 5, 11, tzinfo=UTC)) == 7
    assert days_left(datetime(2026, 5, 17, tzinfo=UTC)) == 1


@pytest.mark.parametrize(
    ("population", "share", "drawn", "days", "expected"),
    [
        (0, 0.15, 0, 7, 0.0),
        (100, 0.0, 0, 7, 0.0),
        (10, 0.15, 0, 1, 0.15),  # fewer than people can review: the share of all
        (1000, 0.15, 0, 5, 0.0054),  # .15 × 180 audits over five days, of a thousand
        (1000, 0.15, 26, 1, 0.001),  # one is left
        (1000, 0.15, 27, 1, 0.0002),  # none is left, and still nothing is out of reach
        (1, 1.0, 0, 1, 1.0),
    ],
)
def test_the_chance_is_the_share_up_to_what_people_can_review(
    population: int, share: float, drawn: int, days: int, expected: float
) -> None:
    assert probability(
        population, share=share, weekly_quota=180, drawn=drawn, days=days
    ) == pytest.approx(expected)


def test_every_conversation_is_taken_as_often_as_its_chance_says() -> None:
    """Over 4,000 weeks; 5 standard errors allowed, of the smallest stratum as of the largest."""
    strata, chance, weeks = strata_of(1, 3, 16), 0.15, 4000
    counts: Counter[uuid.UUID] = Counter()
    for week in range(weeks):
        counts.update(draw(strata, chance, period=MONDAY + timedelta(weeks=week), key=KEY))

    error = (chance * (1 - chance) / weeks) ** 0.5
    everyone = [one for ids in strata.values() for one in ids]
    assert {one for one in everyone if abs(counts[one] / weeks - chance) > 5 * error} == set()


@given(st.lists(st.integers(0, 12), min_size=1, max_size=5), st.floats(0, 1))
def test_a_draw_is_spread_over_the_strata_and_the_same_again(
    sizes: list[int], chance: float
) -> None:
    strata = strata_of(*sizes)
    taken = draw(strata, chance, period=MONDAY, key=KEY)
    turned = {stratum: ids[::-1] for stratum, ids in reversed(strata.items())}

    assert set(draw(turned, chance, period=MONDAY, key=KEY)) == set(taken)
    assert len(set(taken)) == len(taken)
    assert abs(len(taken) - chance * sum(sizes)) <= 1 + 1e-6
    for ids in strata.values():
        assert abs(len(set(ids) & set(taken)) - chance * len(ids)) <= 1 + 1e-6


def test_a_certain_draw_takes_all_and_another_key_or_week_takes_others() -> None:
    strata = strata_of(40)
    half = draw(strata, 0.5, period=MONDAY, key=KEY)

    assert sorted(draw(strata, 1.0, period=MONDAY, key=KEY)) == strata[next(iter(strata))]
    assert len(half) == 20
    assert set(draw(strata, 0.5, period=MONDAY, key=b"another")) != set(half)
    assert set(draw(strata, 0.5, period=MONDAY + timedelta(weeks=1), key=KEY)) != set(half)
