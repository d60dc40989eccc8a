"""Who may dispute what and until when, who answers, and where a dispute goes. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

STATES: Final = ("open", "answered", "escalated", "closed")
WAITING: Final = ("open", "escalated")
OUTCOMES: Final = ("accepted", "partly", "rejected", "criterion_unclear")
LAST_ROUND: Final = 2
LONGEST_TEXT: Final = 2000
RESOLVERS: Final = ("reviewer", "lead", "admin")
LEADS: Final = ("lead", "admin")
SATURDAY: Final = 5
# An agent gains nothing from a worse level: the form proposes the next better one.
LIKELY: Final = {"fail": ("partial", "pass"), "partial": ("pass",), "na": ("pass",), "pass": ()}
AFTER_ANSWER: Final = {"open": "answered", "escalated": "closed"}
AFTER_ESCALATION: Final = {"answered": "escalated"}


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides who may answer a dispute, and whether it may go on.

    Args:
        due_at: by when it is to be answered; None while nobody has to.
        reviewer_ids: whoever submitted the review, when it was disputed and since.
        resolver_ids: who has answered already.
        outcome: of the newest answer.
        answered_at: of the newest answer.
    """

    state: str
    due_at: datetime | None
    agent_id: UUID | None
    reviewer_ids: frozenset[UUID]
    resolver_ids: frozenset[UUID] = frozenset()
    outcome: str | None = None
    answered_at: datetime | None = None


def after_answer(state: str) -> str | None:
    """Return the state that an answer leads to; None where nothing is to be answered."""
    return AFTER_ANSWER.get(state)


def after_escalation(state: str) -> str | None:
    """Return the state that an escalation leads to; None where there is none."""
    return AFTER_ESCALATION.get(state)


def round_of(state: str) -> int:
    """Return which answer a waiting dispute waits for: 1, or 2 after an escalation."""
    return LAST_ROUND if state == "escalated" else 1


def outcome_of(*, original: str, proposed: str, ruled: str) -> str:
    """Return what a ruled value means for a dispute.

    Args:
        original: the value in force.
        proposed: what the agent thinks it is.
        ruled: what the resolver says.
    """
    if ruled == proposed:
        return "accepted"
    return "rejected" if ruled == original else "partly"


def likely(value: str, levels: tuple[str, ...]) -> str | None:
    """Return the level that an agent most likely means; None where there is no better one."""
    return next((level for level in LIKELY[value] if level in levels), None)


def due_at(start: datetime, *, working_days: int, zone: str) -> datetime:
    """Return the same time of day some working days (Monday to Friday) later, in a time zone."""
    local = start.astimezone(ZoneInfo(zone))
    left = working_days
    while left:
        local += timedelta(days=1)
        left -= local.weekday() < SATURDAY
    return local


def is_late(due: datetime | None, *, at: datetime) -> bool:
    """Whether a dispute waits for longer than agreed."""
    return due is not None and due < at


def window_ends(start: datetime, *, days: int) -> datetime:
    """Return until when an agent may disagree with what was decided at a moment."""
    return start + timedelta(days=days)


def why_not_answer(person: UUID, role: str, standing: Standing, *, at: datetime) -> str | None:
    """Return why somebody may not answer a dispute, as a code; None where they may.

    Codes: own (or not theirs to judge), answered, reviewed, once (they gave the first answer),
    lead (it has gone to the leads: escalated, or late).
    """
    if person == standing.agent_id or role not in RESOLVERS:
        return "own"
    if standing.state not in WAITING:
        return "answered"
    if person in standing.reviewer_ids:
        return "reviewed"
    if person in standing.resolver_ids:
        return "once"
    needs_lead = standing.state == "escalated" or is_late(standing.due_at, at=at)
    return "lead" if needs_lead and role not in LEADS else None


def may_escalate(standing: Standing, *, days: int, at: datetime) -> bool:
    """Whether the agent may take an answer further: once, in the window, unless they were right."""
    if after_escalation(standing.state) is None or standing.outcome == "accepted":
        return False
    return standing.answered_at is not None and at <= window_ends(standing.answered_at, days=days)
