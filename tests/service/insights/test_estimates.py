"""The honest number: worked by hand, against the textbook's formula, and by simulation."""

from math import sqrt
from statistics import mean, variance

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from service.insights.audited import Audits, Floats, Proposals, Tuning, tune
from service.insights.estimates import Estimate, estimate, finite_estimate, worth

PLAIN = Tuning(1.0)  # prediction-powered without power tuning
ALONE = Tuning(0.0)


def proposals(*scores: float) -> Proposals:
    return Proposals(np.array(scores, dtype=float), np.ones(len(scores)))


def audits(scores: list[float], worths: list[float], probability: float) -> Audits:
    probabilities = np.full(len(scores), probability)
    return Audits(proposals(*scores), np.array(worths, dtype=float), probabilities)


@st.composite
def audited_periods(draw: st.DrawFn) -> tuple[Proposals, Audits]:
    n = draw(st.integers(2, 12))
    rest = draw(st.integers(0, 12))
    share = st.floats(0, 1)
    column = [
        np.array(draw(st.lists(one, min_size=size, max_size=size)), dtype=float)
        for one, size in [
            (share, n + rest),
            (share, n + rest),
            (st.sampled_from([0, 0.5, 1, float("nan")]), n),
            (st.sampled_from([0.1, 0.25, 1.0]), n),
        ]
    ]
    everything = Proposals(column[0], column[1])
    return everything, Audits(Proposals(column[0][:n], column[1][:n]), column[2], column[3])


def test_plain_correction_worked_by_hand() -> None:
    # The machine's mean is 0.6; in the two audits people are 0.25 below it on average.
    found = estimate(
        proposals(1, 1, 1, 0, 0), audits([1, 1], [1, 0.5], 0.4), tuning=PLAIN, needed=2
    )

    assert (found.machine, found.human) == (5, 2)
    assert found.mean == pytest.approx(0.6 - 0.25)


@pytest.mark.parametrize("slope", [0.0, 0.4, 1.0])
def test_equal_probabilities_give_the_difference_estimator_of_the_textbook(slope: float) -> None:
    scores = [0.9, 0.2, 0.7, 0.6, 0.8, 0.5, 0.4, 0.3, 0.1, 1.0]
    worths = [1.0, 0.5, 0.5, 1.0]
    rest = [y - slope * f for y, f in zip(worths, scores, strict=False)]
    sample = audits(scores[:4], worths, 0.4)

    open_ended = estimate(proposals(*scores), sample, tuning=Tuning(slope), needed=4)
    closed = finite_estimate(proposals(*scores), sample, tuning=Tuning(slope), needed=4)

    centre = slope * mean(scores) + mean(rest)
    drawn = (1 / 4 - 1 / 10) * variance(rest)
    quantile = stats.t.ppf(0.975, 3)
    assert open_ended.mean == closed.mean == pytest.approx(centre)
    assert closed.low == pytest.approx(centre - quantile * sqrt(drawn))
    assert open_ended.low == pytest.approx(
        max(0, centre - quantile * sqrt(drawn + variance(worths) / 10))
    )


def test_an_audit_counts_as_many_conversations_as_it_stands_for() -> None:
    sample = Audits(proposals(0, 0), np.array([1.0, 0.0]), np.array([0.25, 0.75]))

    found = estimate(proposals(*[0] * 8), sample, tuning=ALONE, needed=2)

    assert found.mean == pytest.approx((4 * 1) / (4 + 4 / 3))


def test_what_does_not_apply_is_in_neither_part_of_the_mean() -> None:
    everything = Proposals(np.array([1.0, 0.5, 0.0, 0.0]), np.array([1.0, 1.0, 0.5, 0.5]))
    sample = Audits(
        Proposals(everything.score[:3], everything.applies[:3]),
        np.array([1.0, 0.0, np.nan]),
        np.full(3, 0.75),
    )

    found = estimate(everything, sample, tuning=PLAIN, needed=2)

    total = 1.5 / 4 + (1 - 1 + 0 - 0.5 + 0) / 3
    applying = 3 / 4 + (0 + 0 - 0.5) / 3
    assert found.human == 2
    assert found.mean == pytest.approx(total / applying)


def test_too_few_audits_give_no_number() -> None:
    sample = audits([1] * 9, [1] * 9, 0.9)

    assert estimate(proposals(*[1] * 10), sample) == Estimate(10, 9)
    nothing = audits([], [], 1)
    assert estimate(proposals(1, 1), nothing) == Estimate(2, 0)
    assert not estimate(proposals(1, 1), nothing).is_enough


def test_ten_of_ten_good_is_no_proof_of_perfection() -> None:
    # None of ten: the exact 95 % interval of Clopper and Pearson reaches down to 0.692.
    found = estimate(proposals(*[1] * 1000), audits([1] * 10, [1] * 10, 0.01))

    assert (found.mean, found.high, found.worth) == (1, 1, None)
    assert found.low == pytest.approx(0.025**0.1)


def test_when_all_are_audited_nothing_is_unsure_about_them() -> None:
    scores, worths = [0.5] * 10, [1.0] * 6 + [0.0] * 4

    found = finite_estimate(proposals(*scores), audits(scores, worths, 1.0))

    assert (found.mean, found.low, found.high) == (pytest.approx(0.6), *[found.mean] * 2)
    assert estimate(proposals(*scores), audits(scores, worths, 1.0)).low == pytest.approx(
        0.6 - stats.t.ppf(0.975, 8) * sqrt(variance(worths) / 10)
    )


def test_more_audits_than_conversations_or_odd_probabilities_are_refused() -> None:
    with pytest.raises(ValueError, match="2 audits of 1 conversations"):
        estimate(proposals(1), audits([1, 1], [1, 1], 1.0))
    with pytest.raises(ValueError, match="above 0"):
        estimate(proposals(1), audits([1], [1], 0.0))


def test_ten_audits_are_worth_nineteen_and_thirty_fifty_five() -> None:
    assert round(worth(audits=10, conversations=400, correlation=0.7)) == 19
    assert round(worth(audits=30, conversations=400, correlation=0.7)) == 55
    assert worth(audits=10, conversations=400, correlation=0) == 10


def test_the_slope_is_that_of_least_squares_and_stays_within_0_and_1() -> None:
    scores, worths = [0.1, 0.4, 0.8, 0.9], [0.0, 0.5, 0.5, 1.0]

    assert tune(audits(scores, worths, 0.1)).slope == pytest.approx(
        min(1, stats.linregress(scores, worths).slope)
    )
    assert tune(audits(scores, worths[::-1], 0.1)).slope == 0
    assert tune(audits(scores, [1.0] * 4, 0.1)) == Tuning(0)
    assert tune(audits([0.5], [float("nan")], 0.1)) == Tuning(0)


def test_pooled_variances_are_those_within_agents_once_there_are_enough() -> None:
    random = np.random.default_rng(9)
    agents = ["ann"] * 30 + ["bob"] * 30
    scores = random.random(60)
    worths = np.concatenate([0.4 + scores[:30] / 2, 0.1 + scores[30:] / 2])
    sample = audits(list(scores), list(worths), 0.1)

    found = tune(sample, agents=agents)

    assert (found.slope, found.residual) == pytest.approx((0.5, 0))
    parts = [variance(worths[:30]), variance(worths[30:])]
    assert found.spread == pytest.approx(mean(parts) * 60 / 58 * 29 / 30)
    assert (tune(sample).residual or 0) > 0.01
    few = audits(list(scores[:20]), list(worths[:20]), 0.1)
    alone = tune(few, agents=agents[:20])
    assert (alone.residual, alone.spread) == (None, None)
    assert alone.slope == pytest.approx(0.5)


@settings(max_examples=30)
@given(audited_periods())
def test_the_order_of_rows_changes_nothing(period: tuple[Proposals, Audits]) -> None:
    everything, sample = period
    turned = Audits(
        Proposals(sample.proposed.score[::-1], sample.proposed.applies[::-1]),
        sample.worth[::-1],
        sample.probability[::-1],
    )
    mirrored = Proposals(everything.score[::-1], everything.applies[::-1])

    one, other = estimate(everything, sample, needed=1), estimate(mirrored, turned, needed=1)

    assert [one.mean, one.low, one.high] == pytest.approx([other.mean, other.low, other.high])


@settings(max_examples=30)
@given(audited_periods())
def test_the_interval_holds_its_mean_within_0_and_1(period: tuple[Proposals, Audits]) -> None:
    everything, sample = period

    for found in (estimate(everything, sample, needed=1), finite_estimate(everything, sample)):
        if found.mean is not None:
            assert found.low is not None
            assert found.high is not None
            assert 0 <= found.low <= found.mean <= found.high <= 1


def a_period(random: np.random.Generator, quality: float, size: int) -> tuple[Floats, Floats]:
    """Return worths of three levels and scores that are right for 70 %, else by chance."""
    levels = [(1 - quality) / 2, 1 - quality, 1 - 1.5 * (1 - quality)]
    found, guessed = random.choice([0, 0.5, 1], p=levels, size=(2, size))
    return found, np.where(random.random(size) < 0.7, found, guessed) * 0.8 + 0.1


def joined(parts: list[Audits]) -> Audits:
    return Audits(
        proposals(*np.concatenate([part.proposed.score for part in parts])),
        np.concatenate([part.worth for part in parts]),
        np.concatenate([part.probability for part in parts]),
    )


def covered(seed: int, *, is_pooled: bool, is_weighted: bool = False) -> dict[str, float]:
    """Return how often 95 % intervals hold the truth, and how wide they are beside audits alone."""
    random = np.random.default_rng(seed)
    qualities, sizes = [0.6, 0.8, 0.9, 0.96], [(10, 120), (20, 200), (40, 300)]

    def drawn(found: Floats, scores: Floats, n: int) -> Audits:
        share = n / len(found)
        chance = np.full(len(found), share)
        if is_weighted:
            chance = np.where(np.arange(len(found)) % 4 == 0, min(1, 2.5 * share), 0.5 * share)
        rows = np.flatnonzero(random.random(len(found)) < chance)
        if not is_weighted:
            rows = random.choice(len(found), n, replace=False)
        return Audits(proposals(*scores[rows]), found[rows], chance[rows])

    everybody = [drawn(*a_period(random, quality, 500), 100) for quality in qualities]
    tuning = None
    if is_pooled:
        agents = [str(place) for place, one in enumerate(everybody) for _ in one.worth]
        tuning = tune(joined(everybody), agents=agents)
    alone = Tuning(0.0, tuning.spread, tuning.spread) if tuning else ALONE
    hits, ours, theirs = [], [], []
    for round_ in range(600):
        quality, (n, size) = qualities[round_ % 4], sizes[round_ % 3]
        found, scores = a_period(random, quality, size)
        sample = drawn(found, scores, n)
        one = estimate(proposals(*scores), sample, tuning=tuning)
        other = estimate(proposals(*scores), sample, tuning=alone)
        if one.low is not None and one.high is not None:
            hits.append(one.low <= quality <= one.high)
            ours.append(one.high - one.low)
            theirs.append((other.high or 0) - (other.low or 0))
    return {"share": mean(hits), "width": mean(ours) / mean(theirs), "n": len(hits)}


@pytest.mark.parametrize(
    ("is_pooled", "is_weighted"), [(True, False), (True, True), (False, False)]
)
def test_95_of_100_intervals_hold_the_truth_and_are_narrower_than_audits_alone(
    is_pooled: bool, is_weighted: bool
) -> None:
    # 600 intervals: the share of a true 95 % has a standard error of 0.9 points. Three levels near
    # the top make it lean to the safe side, so up to 98.5 % are let pass; below 93 % is a failure.
    found = covered(5, is_pooled=is_pooled, is_weighted=is_weighted)

    assert found["n"] > 500
    assert 0.93 <= found["share"] <= 0.985
    assert found["width"] < 0.85  # the correlation of 0.7 allows √(1 - 0.49 · 0.87) = 0.76
