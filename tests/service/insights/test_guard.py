import numpy as np
import pytest
from scipy import stats

from service.insights.drift import update
from service.insights.guard import (
    CatchRate,
    catch_rate,
    reviews_to_find,
    seeds_to_find,
    watch_reviewer,
)


def test_a_catch_rate_has_the_exact_interval() -> None:
    found = catch_rate(14, 20)

    exact = stats.binomtest(14, 20).proportion_ci(method="exact")
    assert (found.rate, found.seeded, found.is_enough) == (0.7, 20, True)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))


def test_few_seeds_give_no_rate() -> None:
    assert catch_rate(0, 9) == CatchRate(9, 0)
    assert catch_rate(0, 0, needed=0) == CatchRate(0, 0, 0)
    assert not catch_rate(9, 9).is_enough
    with pytest.raises(ValueError, match="errors in"):
        catch_rate(3, 2)


def test_who_confirms_everything_is_found_within_seven_seeds() -> None:
    # 4,000 reviews a year with one seed in fifty: limit 80 / 0.05 = 1,600. One who never catches
    # multiplies the evidence for one in ten by 3 and for two in five by 2: (3,279 + 254) / 2 after 7.
    assert seeds_to_find(watch_reviewer(seeded_a_year=80)) == 7
    assert reviews_to_find(reviews_a_year=4000) == 7 * 50
    assert reviews_to_find(reviews_a_year=4000, share=0.1) < 200


def test_a_fair_reviewer_is_accused_in_at_most_one_year_of_twenty() -> None:
    # 500 years of 80 seeds at the least catch rate that is fair.
    random = np.random.default_rng(4)
    accused = 0
    for _ in range(500):
        state = watch_reviewer(seeded_a_year=80)
        for caught in random.random(80) < 0.7:
            state = update(state, agrees=bool(caught))
            if state.is_alarm:
                accused += 1
                break

    assert 0 < accused / 500 <= 0.05
