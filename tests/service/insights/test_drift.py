from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.insights.drift import Watch, update, watch


def audits_until_alarm(state: Watch, agreement: float, random: np.random.Generator) -> int | None:
    """Return after how many audits of one year the alarm comes, if it does."""
    for agrees in random.random(200) < agreement:
        state = update(state, agrees=bool(agrees))
        if state.is_alarm:
            return state.audits
    return None


def test_evidence_worked_by_hand() -> None:
    state = watch(0.8, audits_a_year=10, false_alarms=0.5, drops=[0.2])

    state = update(update(state, agrees=False), agrees=True)

    # (0 + 1) · 0.4 / 0.2 = 2, then (2 + 1) · 0.6 / 0.8
    assert state.evidence == pytest.approx((2.25,))
    assert (state.limit, state.audits) == (20, 2)
    assert state.level == pytest.approx(2.25 / 20)
    assert not state.is_alarm


def test_the_false_alarms_a_year_are_at_most_what_is_stated() -> None:
    # 200 years of 200 audits at just the reference, one in five of which may alarm; the bound is
    # not sharp, since evidence overshoots and years end, but an alarm is possible.
    random = np.random.default_rng(2)
    start = watch(0.85, audits_a_year=200, false_alarms=0.2)

    alarms = [audits_until_alarm(start, 0.85, random) is not None for _ in range(200)]

    assert 0 < sum(alarms) / 200 <= 0.2


@pytest.mark.parametrize(("agreement", "most"), [(0.7, 120), (0.5, 35)])
def test_a_fall_is_noticed_within_so_many_audits_in_the_median(agreement: float, most: int) -> None:
    random = np.random.default_rng(8)
    start = watch(0.9, audits_a_year=200)

    delays = [audits_until_alarm(start, agreement, random) or 10_000 for _ in range(60)]

    assert median(delays) <= most


def test_a_light_audit_moves_the_evidence_less() -> None:
    start = watch(0.8, audits_a_year=200)

    assert update(start, agrees=False, weight=0).evidence == (1.0,) * 4
    light, full = update(start, agrees=False, weight=0.25), update(start, agrees=False)
    assert light.evidence == pytest.approx([1 + (e - 1) / 4 for e in full.evidence])


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_agreement_that_holds_adds_at_most_1_an_audit(
    reference: float, more: float, weight: float
) -> None:
    start = watch(reference, audits_a_year=100)
    real = start.reference + more * (1 - start.reference)

    agreed, differed = (
        update(start, agrees=agrees, weight=weight).evidence for agrees in (True, False)
    )

    for up, down in zip(agreed, differed, strict=True):
        assert real * up + (1 - real) * down <= 1 + 1e-9
    assert start.level == 0


def test_perfect_agreement_is_not_lost_by_one_difference() -> None:
    assert not update(watch(1.0, audits_a_year=100), agrees=False).is_alarm
    with pytest.raises(ValueError, match="above 0"):
        watch(0.8, audits_a_year=0)
    with pytest.raises(ValueError, match="above 0"):
        watch(0.8, audits_a_year=100, false_alarms=0)
