"""Disputes as values, finished for the templates."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from prompts.library import load_names, load_scorecard
from prompts.schema import Criterion, Scorecard
from service.conversations.tables import Turn
from service.disputes import rules, words
from service.disputes.queries import FullDispute, Row
from service.disputes.tables import Dispute
from service.review.evidence import numbers, quote
from service.review.rules import Proposal

VALUES = ("pass", "partial", "fail", "na")
QUOTED = 3  # turns of each side


@dataclass(frozen=True, slots=True)
class Level:
    """A value with its name and what it means."""

    value: str
    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Option:
    """One of the four levels of a form."""

    value: str
    name: str
    definition: str
    is_auto: bool
    is_checked: bool
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A turn that one side points at."""

    number: int  # as people count
    text: str
    speaker: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer."""

    outcome: str  # a marked text
    level: Level | None
    reason: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A dispute as its agent and its resolver see it."""

    dispute: Dispute
    number: int
    name: str  # of the criterion
    state: str  # a marked text
    is_waiting: bool
    is_late: bool
    original: Level
    root_cause: str
    comment: str
    reviewer: str
    agent: str
    proposed: Level
    machine: Level | None
    confidence: float | None
    machine_turns: list[Said]
    agent_turns: list[Said]
    answers: list[AnswerView]
    escalate_until: datetime | None  # None: it cannot be escalated


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The form on one decided criterion of the agent's own review."""

    criterion: str
    number: int
    name: str
    options: list[Option]
    until: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A dispute in a list."""

    row: Row
    number: int
    name: str
    original: Level
    proposed: Level
    is_late: bool
    title: str  # the customer's first words


def people_in(full: FullDispute) -> set[UUID]:
    """Return whose names a dispute's page shows."""
    found = {full.dispute.reviewer_id, full.dispute.by, *(answer.by for answer in full.answers)}
    return found | ({full.review.agent_id} if full.review.agent_id else set())


def level_of(criterion: Criterion, value: str, language: str) -> Level:
    """Return a value in the reader's language."""
    definition = criterion.definition(value, language) if value in criterion.levels else ""
    return Level(value, load_names(language).values[value], definition)


def options(
    criterion: Criterion,
    language: str,
    *,
    chosen: str | None,
    auto: str | None = None,
    not_: str = "",
) -> list[Option]:
    """Return the four levels of a form.

    Args:
        chosen: the preselected one, if any.
        auto: the machine's.
        not_: one that cannot be chosen.
    """
    return [
        Option(
            value,
            load_names(language).values[value],
            criterion.definition(value, language) if value in criterion.levels else "",
            value == auto,
            value == chosen,
            value not in criterion.levels or value == not_,
        )
        for value in VALUES
    ]


def disagreement(
    criterion: Criterion, value: str, language: str, *, until: datetime, chosen: str | None = None
) -> Disagreement:
    """Return the form for disagreeing with a decided value; the likeliest level is preselected."""
    likely = chosen or rules.likely(value, tuple(criterion.levels))
    return Disagreement(
        criterion.key,
        criterion.number,
        criterion.name(language),
        options(criterion, language, chosen=likely, not_=value),
        until,
    )


def dispute_view(
    full: FullDispute,
    *,
    turns: list[Turn],
    proposal: Proposal | None,
    names: dict[UUID, str],
    language: str,
    days: int,
    at: datetime,
) -> DisputeView:
    """Return one dispute with all that was said about it.

    Args:
        proposal: the machine's, for the criterion.
        names: of `people_in`.
        days: in which an answer can be taken further.
    """
    dispute, standing = full.dispute, full.standing
    scorecard = load_scorecard(full.review.scorecard)
    criterion = scorecard[dispute.criterion]
    by_position = {turn.position: turn for turn in turns}
    may_go_on = rules.may_escalate(standing, days=days, at=at)
    return DisputeView(
        dispute=dispute,
        number=criterion.number,
        name=criterion.name(language),
        state=words.STATES[dispute.state],
        is_waiting=dispute.state in rules.WAITING,
        is_late=rules.is_late(dispute.due_at, at=at),
        original=level_of(criterion, full.disputed.value, language),
        root_cause=_cause(scorecard, full.disputed.root_cause, language),
        comment=full.disputed.comment,
        reviewer=names.get(dispute.reviewer_id, ""),
        agent=names.get(full.review.agent_id or dispute.by, ""),
        proposed=level_of(criterion, dispute.value, language),
        machine=level_of(criterion, proposal.value, language) if proposal else None,
        confidence=proposal.confidence if proposal else None,
        machine_turns=_said(by_position, proposal.evidence if proposal else (), language),
        agent_turns=_said(by_position, tuple(dispute.evidence), language),
        answers=_answers(full, criterion, names, language),
        escalate_until=rules.window_ends(standing.answered_at, days=days)
        if may_go_on and standing.answered_at
        else None,
    )


def _cause(scorecard: Scorecard, key: str | None, language: str) -> str:
    return scorecard.root_cause(key).name(language) if key else ""


def _said(turns: dict[int, Turn], positions: tuple[int, ...], language: str) -> list[Said]:
    speakers = load_names(language).speakers
    return [
        Said(number, quote(turns[number - 1].text), speakers[turns[number - 1].speaker])
        for number in numbers(p for p in positions if p in turns)[:QUOTED]
    ]


def _answers(
    full: FullDispute, criterion: Criterion, names: dict[UUID, str], language: str
) -> list[AnswerView]:
    return [
        AnswerView(
            words.OUTCOMES[answer.outcome],
            level_of(criterion, answer.value, language) if answer.value else None,
            answer.reason,
            names.get(answer.by, ""),
            answer.at,
        )
        for answer in full.answers
    ]


def line(row: Row, language: str, *, at: datetime) -> Line:
    """Return a dispute's line in the list of what waits."""
    criterion = load_scorecard(row.review.scorecard)[row.dispute.criterion]
    return Line(
        row,
        criterion.number,
        criterion.name(language),
        level_of(criterion, row.original, language),
        level_of(criterion, row.dispute.value, language),
        rules.is_late(row.dispute.due_at, at=at),
        quote(row.conversation.opening) or row.conversation.external_id,
    )
