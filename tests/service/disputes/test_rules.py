"""Who answers, when it is due, and that every path of a dispute ends."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.disputes import rules
from service.disputes.rules import OUTCOMES, STATES, WAITING, Standing

AT = datetime(2026, 5, 13, 10, 0, tzinfo=UTC)  # a Wednesday
AGENT, ADA, JAN, LENA = (UUID(int=number) for number in range(1, 5))


def waiting(state: str = "open", **about: object) -> Standing:
    about.setdefault("due_at", AT + timedelta(days=1))
    return Standing(state=state, agent_id=AGENT, reviewer_ids=frozenset({ADA}), **about)  # type: ignore[arg-type]  # -- a test states what matters


@given(st.lists(st.sampled_from([rules.after_answer, rules.after_escalation]), max_size=12))
def test_every_path_of_a_dispute_ends_after_three_steps_at_most(acts: list[object]) -> None:
    state, steps, answers = "open", 0, 0
    for act in acts:
        following = act(state)  # type: ignore[operator]  # -- a list of functions
        if following is not None:
            steps += 1
            answers += act is rules.after_answer
            assert rules.round_of(state) == answers or act is rules.after_escalation
            state = following

    assert state in STATES
    assert steps <= 3
    assert answers <= rules.LAST_ROUND
    if steps == 3:
        assert (rules.after_answer(state), rules.after_escalation(state)) == (None, None)


def test_each_state_either_waits_for_somebody_or_can_be_left_alone() -> None:
    assert [state for state in STATES if rules.after_answer(state)] == list(WAITING)
    assert [state for state in STATES if rules.after_escalation(state)] == ["answered"]


@pytest.mark.parametrize(
    ("ruled", "outcome"), [("pass", "accepted"), ("fail", "rejected"), ("partial", "partly")]
)
def test_the_ruled_value_tells_the_outcome(ruled: str, outcome: str) -> None:
    assert rules.outcome_of(original="fail", proposed="pass", ruled=ruled) == outcome


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-05-13T10:00+00:00", "2026-05-18T10:00+00:00"),  # Wednesday: Thu, Fri, Mon
        ("2026-05-11T10:00+00:00", "2026-05-14T10:00+00:00"),
        ("2026-05-16T10:00+00:00", "2026-05-20T10:00+00:00"),  # Saturday: Mon, Tue, Wed
        ("2026-05-15T22:30+00:00", "2026-05-19T22:30+00:00"),  # Saturday already in Warsaw
        (
            "2026-03-27T12:00+00:00",
            "2026-04-01T11:00+00:00",
        ),  # noon of the clock, across summer time
    ],
)
def test_working_days_are_counted_on_the_clock_of_the_place(start: str, due: str) -> None:
    found = rules.due_at(datetime.fromisoformat(start), working_days=3, zone="Europe/Warsaw")

    assert found == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("person", "role", "standing", "code"),
    [
        (JAN, "reviewer", waiting(), None),
        (LENA, "lead", waiting(), None),
        (AGENT, "lead", waiting(), "own"),
        (JAN, "mentor", waiting(), "own"),
        (JAN, "agent", waiting(), "own"),
        (ADA, "reviewer", waiting(), "reviewed"),
        (JAN, "reviewer", waiting("answered"), "answered"),
        (LENA, "lead", waiting("closed"), "answered"),
        (JAN, "reviewer", waiting(due_at=AT - timedelta(minutes=1)), "lead"),
        (LENA, "lead", waiting(due_at=AT - timedelta(minutes=1)), None),
        (JAN, "reviewer", waiting("escalated"), "lead"),
        (LENA, "lead", waiting("escalated"), None),
        (LENA, "lead", waiting("escalated", resolver_ids=frozenset({LENA})), "once"),
        (ADA, "admin", waiting("escalated"), "reviewed"),
    ],
)
def test_who_may_answer(person: UUID, role: str, standing: Standing, code: str | None) -> None:
    assert rules.why_not_answer(person, role, standing, at=AT) == code


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize(("days_ago", "in_time"), [(6, True), (8, False)])
def test_an_answer_goes_further_once_in_the_window_unless_the_agent_was_right(
    outcome: str, days_ago: int, in_time: bool
) -> None:
    standing = waiting(
        "answered", due_at=None, outcome=outcome, answered_at=AT - timedelta(days=days_ago)
    )

    assert rules.may_escalate(standing, days=7, at=AT) == (in_time and outcome != "accepted")


@pytest.mark.parametrize("state", ["open", "escalated", "closed"])
def test_nothing_but_a_first_answer_goes_further(state: str) -> None:
    standing = waiting(state, outcome="rejected", answered_at=AT)

    assert not rules.may_escalate(standing, days=7, at=AT)


@pytest.mark.parametrize(
    ("value", "levels", "likely"),
    [
        ("fail", ("pass", "partial", "fail", "na"), "partial"),
        ("fail", ("pass", "fail", "na"), "pass"),
        ("partial", ("pass", "partial", "fail"), "pass"),
        ("na", ("pass", "fail", "na"), "pass"),
        ("pass", ("pass", "partial", "fail"), None),
    ],
)
def test_the_next_better_level_is_proposed(
    value: str, levels: tuple[str, ...], likely: str | None
) -> None:
    assert rules.likely(value, levels) == likely
