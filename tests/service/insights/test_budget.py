import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from service.insights.budget import (
    Checked,
    Choice,
    choose,
    choose_by_bonferroni,
    interval,
    least_audits,
    may_auto_confirm,
    upper_bound,
)


def checked(confidences: list[float], wrong: list[bool], probability: float = 0.1) -> Checked:
    return Checked(
        np.array(confidences, dtype=float),
        np.array(wrong, dtype=bool),
        np.full(len(wrong), probability),
    )


def slice_of(n: int) -> list[float]:
    return [place / n for place in range(n)]


def test_45_audits_without_and_77_with_one_error_certify_5_percent() -> None:
    assert [least_audits(errors) for errors in (0, 1)] == [45, 77]
    assert upper_bound(0, 44) > 0.05 >= upper_bound(0, 45)
    assert upper_bound(1, 76) > 0.05 >= upper_bound(1, 77)
    assert round(upper_bound(2, 100), 3) == 0.052
    assert upper_bound(5, 200) <= 0.05 < upper_bound(6, 200)


@settings(max_examples=40)
@given(st.integers(0, 300), st.integers(1, 300), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_bound_is_where_so_few_errors_become_unlikely(
    errors: int, more: int, confidence: float
) -> None:
    bound = upper_bound(errors, errors + more, confidence=confidence)

    assert stats.binom.cdf(errors, errors + more, bound) == pytest.approx(1 - confidence)


def test_the_interval_is_scipys_exact_one() -> None:
    exact = stats.binomtest(9, 310).proportion_ci(method="exact")

    assert interval(9, 310) == pytest.approx((exact.low, exact.high))
    assert (interval(0, 0), interval(0, 5)[0], interval(5, 5)[1]) == ((0, 1), 0, 1)
    with pytest.raises(ValueError, match="3 errors in 2 audits"):
        upper_bound(3, 2)


@settings(max_examples=40)
@given(st.integers(0, 30), st.floats(0.01, 0.3))
def test_least_audits_is_the_least(errors: int, budget: float) -> None:
    n = least_audits(errors, budget=budget)

    assert upper_bound(errors, n) <= budget < upper_bound(errors, n - 1)


def test_18_clean_audits_lack_27() -> None:
    found = choose(checked(slice_of(18), [False] * 18), np.array(slice_of(100)))

    assert found == Choice(None, None, 27, 1)


def test_45_clean_audits_allow_the_whole_slice() -> None:
    found = choose(checked(slice_of(45), [False] * 45), np.array(slice_of(90)))

    assert found.threshold is not None
    assert (found.threshold.confidence, found.threshold.coverage) == (0, 1)
    assert (found.missing, found.threshold.audits, found.threshold.errors) == (0, 45, 0)
    assert found.bound == pytest.approx(1 - 0.1 ** (1 / 45))


def test_the_sequence_stops_at_the_first_threshold_that_fails() -> None:
    # 400 audits; every fourth is wrong in the less sure half, none in the surer one.
    wrong = [place < 200 and place % 4 == 0 for place in range(400)]

    found = choose(checked(slice_of(400), wrong), np.array(slice_of(1000)))

    assert found.threshold is not None
    assert (found.threshold.confidence, found.threshold.coverage) == (0.5, 0.5)
    assert (
        found.tried == 5
    )  # 20, 30, 40, 50 and 60 %: one error would be let pass from 77 audits on
    strict = choose_by_bonferroni(checked(slice_of(400), wrong), np.array(slice_of(1000)))
    assert strict.threshold is not None
    assert (strict.threshold.coverage, strict.tried) == (0.5, 10)
    assert strict.bound == pytest.approx(1 - 0.01 ** (1 / 200))


def test_errors_everywhere_allow_nothing_and_say_what_is_missing() -> None:
    wrong = [place % 10 == 0 for place in range(100)]

    found = choose(checked(slice_of(100), wrong), np.array(slice_of(100)))

    assert found.threshold is None
    # The surest tenth of a slice has one error in ten audits: 67 more there are 670 of the slice,
    # while the whole slice has ten errors in 100.
    assert found.missing == least_audits(10) - 100
    assert choose_by_bonferroni(checked([], []), np.array([])).threshold is None
    assert choose(checked([], []), np.array([])) == Choice(None, None, 45, 0)
    assert choose(checked([], []), np.array([0.5])) == Choice(None, None, 45, 1)


def test_audits_that_stand_for_many_weigh_more() -> None:
    audits = Checked(np.full(200, 0.9), np.arange(200) < 4, np.where(np.arange(200) < 4, 0.02, 0.1))

    found = choose(audits, np.full(1000, 0.9))

    assert found.threshold is None  # 2 % of the audits, but 9.3 % of what they stand for
    assert choose(checked([0.9] * 200, [True] * 4 + [False] * 196), np.full(9, 0.9)).threshold


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=80), st.data())
def test_the_order_of_audits_changes_nothing(
    rows: list[tuple[float, bool]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(rows))
    everything = np.array([confidence for confidence, _ in rows])

    one, other = (
        choose(checked([c for c, _ in order], [w for _, w in order]), everything, budget=0.3)
        for order in (rows, shuffled)
    )

    assert one == other
    assert one.bound is None or one.bound <= 0.3
    assert (one.missing == 0) == (one.threshold is not None)


@pytest.mark.parametrize("is_weighted", [False, True])
def test_the_budget_is_overdrawn_in_at_most_a_tenth_of_slices(is_weighted: bool) -> None:
    # Errors grow with doubt from 0 to 11 %; above confidence c they are 5.5 (1 - c) % in the
    # mean, so that only the surest nine tenths keep the budget. 300 slices: two standard errors of a tenth are 3.5 points.
    random = np.random.default_rng(11)
    everything = np.arange(1000) / 1000
    overdrawn = certified = 0
    for _ in range(300):
        chance = np.where(np.arange(1000) % 2, 0.4, 0.2 if is_weighted else 0.4)
        rows = np.flatnonzero(random.random(1000) < chance)
        wrong = random.random(len(rows)) < 0.11 * (1 - everything[rows])
        found = choose(Checked(everything[rows], wrong, chance[rows]), everything).threshold
        if found is not None:
            certified += 1
            overdrawn += 0.055 * (1 - found.confidence) > 0.05

    assert overdrawn / 300 <= 0.135
    assert certified > 30  # it does not keep the budget by never certifying


def test_where_every_threshold_is_just_over_the_budget_a_tenth_is_let_pass_at_most() -> None:
    random = np.random.default_rng(3)
    everything = np.arange(1000) / 1000
    allowed = 0
    for _ in range(300):
        rows = np.flatnonzero(random.random(1000) < 0.2)
        wrong = random.random(len(rows)) < 0.0501
        found = choose(Checked(everything[rows], wrong, np.full(len(rows), 0.2)), everything)
        allowed += found.threshold is not None

    assert 0.02 <= allowed / 300 <= 0.135  # near the tenth that is promised, as the test is exact


def test_fails_and_critical_criteria_are_never_auto_confirmed() -> None:
    allowed = {value: may_auto_confirm(value, is_critical=False) for value in ("pass", "partial")}

    assert allowed == {"pass": True, "partial": True}
    assert may_auto_confirm("na", is_critical=False)
    assert not may_auto_confirm("fail", is_critical=False)
    assert not any(may_auto_confirm(v, is_critical=True) for v in ("pass", "partial", "na"))
