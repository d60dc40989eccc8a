from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.insights.lift import Found, Lift, lift

found = st.integers(0, 60).flatmap(
    lambda n: st.builds(Found, st.integers(0, n), st.just(n)),
)


def test_a_stream_that_finds_three_times_as_much() -> None:
    found = lift(Found(60, 200), Found(20, 200))

    assert found.ratio == pytest.approx(3)
    assert found.low is not None
    assert found.high is not None
    # the logarithmic interval of Katz and others, 1978, is 1.88 to 4.78
    log_error = (1 / 60 - 1 / 200 + 1 / 20 - 1 / 200) ** 0.5
    katz = [3 * np.exp(sign * 1.96 * log_error) for sign in (-1, 1)]
    assert [found.low, found.high] == pytest.approx(katz, rel=0.05)


def test_without_a_problem_at_random_there_is_no_upper_end() -> None:
    found = lift(Found(9, 50), Found(0, 50))

    assert (found.ratio, found.high) == (inf, inf)
    assert found.low is not None
    assert found.low > 1


def test_too_few_reviews_or_nothing_found_give_no_number() -> None:
    assert lift(Found(9, 29), Found(3, 100)) == Lift(Found(9, 29), Found(3, 100))
    assert lift(Found(0, 50), Found(0, 50)).ratio is None


def test_the_interval_holds_a_lift_of_three_in_95_of_100() -> None:
    random = np.random.default_rng(3)
    inside = 0
    for _ in range(500):
        stream, chance = (
            Found(int(random.binomial(80, 0.3)), 80),
            Found(int(random.binomial(80, 0.1)), 80),
        )
        one = lift(stream, chance)
        assert one.low is not None
        assert one.high is not None
        inside += one.low <= 3 <= one.high

    assert 0.93 <= inside / 500 <= 0.975  # two standard errors of 95 % are 2 points


@settings(max_examples=40)
@given(found, found)
def test_the_interval_holds_its_ratio(stream: Found, random: Found) -> None:
    one = lift(stream, random, needed=1)

    if one.ratio is not None:
        assert one.low is not None
        assert one.high is not None
        assert 0 <= one.low <= one.ratio + 1e-9
        assert one.ratio <= one.high + 1e-9
