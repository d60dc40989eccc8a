"""What people decided and pinned about agents: what agendas and numbers are made of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from prompts.scoring import POINTS
from service.coaching.rules import Pinned, Place, Rated
from service.conversations.tables import Conversation, Turn
from service.review.confirmed import ConfirmedRating, confirmed_counts, confirmed_ratings
from service.review.queries import SUBMITTED
from service.review.standing import is_withheld
from service.review.tables import Pin, Review
from service.scoring.tables import AutoScore


@dataclass(frozen=True, slots=True)
class Material:
    """What an agenda of one agent is made of."""

    ratings: list[Rated]
    pins: list[Pinned]
    turns: set[Place]  # the agent's own, of the same reviews


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A turn that somebody quotes, and where it comes from."""

    review_id: UUID
    position: int
    text: str
    speaker: str
    language: str
    conversation: str  # its id as people know it
    at: datetime | None  # when the conversation began
    rating_id: UUID | None = None
    value: str | None = None  # of the rating, while that one stands


def ratings_of(
    db: Session, agent_ids: Collection[UUID], *, since: datetime, until: datetime | None = None
) -> dict[UUID, list[Rated]]:
    """Return what people decided about some agents, oldest first, by agent.

    Args:
        since, until: the moments between which the reviews were submitted.
    """
    found: dict[UUID, list[Rated]] = {agent_id: [] for agent_id in agent_ids}
    confirmed = confirmed_ratings(db, agent_ids, since=since)
    scorecards = _scorecards(db, agent_ids, since=since)
    for rating in confirmed:
        if until is None or rating.submitted_at <= until:
            card = scorecards[rating.review_id]
            counts = _counts(rating.value, rating.root_cause, card)
            found[rating.agent_id].append(_rated(rating, counts=counts))
    return found


def worths_of(
    db: Session, agent_ids: Collection[UUID], *, since: datetime
) -> dict[UUID, dict[str, list[float]]]:
    """Return what the decided ratings of many agents are worth: agent -> criterion -> values.

    The same values as `rules.worth` of `ratings_of`, in no order; counted by the database.
    """
    found: dict[UUID, dict[str, list[float]]] = {agent_id: {} for agent_id in agent_ids}
    for kind in confirmed_counts(db, agent_ids, since=since):
        if kind.value in POINTS and _counts(kind.value, kind.root_cause, kind.scorecard):
            values = found[kind.agent_id].setdefault(kind.criterion, [])
            values += [POINTS[kind.value]] * kind.n
    return found


def _scorecards(db: Session, agent_ids: Collection[UUID], *, since: datetime) -> dict[UUID, str]:
    rows = db.execute(
        select(Review.id, Review.scorecard).where(
            Review.agent_id.in_(agent_ids),
            Review.state.in_(SUBMITTED),
            Review.submitted_at >= since,
        )
    )
    return {row.id: row.scorecard for row in rows}


def _counts(value: str, root_cause: str | None, scorecard: str) -> bool:
    """Whether a rating is the agent's: a pass is, a fail by its root cause."""
    if value not in {"partial", "fail"} or root_cause is None:
        return True
    return load_scorecard(scorecard).root_cause(root_cause).counts_against_agent


def _rated(rating: ConfirmedRating, *, counts: bool, evidence: tuple[int, ...] = ()) -> Rated:
    return Rated(
        review_id=rating.review_id,
        rating_id=rating.rating_id,
        criterion=rating.criterion,
        value=rating.value,
        at=rating.submitted_at,
        counts=counts,
        evidence=evidence,
    )


def material_of(db: Session, agent_id: UUID, *, since: datetime) -> Material:
    """Return what an agenda can be made of: ratings with confirmed evidence, pins, turns.

    Evidence is what the machine showed for a value that a person confirmed; who corrected a value
    did not vouch for its evidence.
    """
    confirmed = confirmed_ratings(db, [agent_id], since=since)
    scorecards = _scorecards(db, [agent_id], since=since)
    evidence = _evidence(db, agent_id, since=since)
    ratings = []
    for rating in confirmed:
        key = (rating.review_id, rating.criterion)
        shown = evidence.get(key, ()) if rating.decision == "confirmed" else ()
        counts = _counts(rating.value, rating.root_cause, scorecards[rating.review_id])
        ratings.append(_rated(rating, counts=counts, evidence=shown))
    pins = [_pinned(pin) for pin in pins_of(db, agent_id, since=since)]
    return Material(ratings, pins, _agent_turns(db, agent_id, since=since))


def _evidence(
    db: Session, agent_id: UUID, *, since: datetime
) -> dict[tuple[UUID, str], tuple[int, ...]]:
    rows = db.execute(
        select(Review.id, AutoScore.criterion, AutoScore.evidence)
        .join(AutoScore, AutoScore.run_id == Review.run_id)
        .where(
            Review.agent_id == agent_id,
            Review.state.in_(SUBMITTED),
            Review.submitted_at >= since,
            AutoScore.is_found,
        )
    )
    return {(row.id, row.criterion): tuple(row.evidence) for row in rows}


def _agent_turns(db: Session, agent_id: UUID, *, since: datetime) -> set[Place]:
    rows = db.execute(
        select(Review.id, Turn.position)
        .join(Turn, Turn.revision_id == Review.revision_id)
        .where(
            Review.agent_id == agent_id,
            Review.state.in_(SUBMITTED),
            Review.submitted_at >= since,
            Turn.speaker == "agent",
        )
    )
    return {(row.id, row.position) for row in rows}


def pins_of(db: Session, agent_id: UUID, *, since: datetime) -> list[Pin]:
    """Return the pins of an agent's submitted reviews, newest first."""
    statement = (
        select(Pin)
        .join(Review, Review.id == Pin.review_id)
        .where(
            Pin.agent_id == agent_id,
            Review.state.in_(SUBMITTED),
            Review.submitted_at >= since,
            ~is_withheld(Pin.review_id, Pin.criterion),
        )
        .order_by(Pin.id.desc())
    )
    return list(db.scalars(statement))


def _pinned(pin: Pin) -> Pinned:
    return Pinned(pin.id, pin.review_id, pin.criterion, pin.position, pin.is_praise, pin.at)


def excerpts_at(db: Session, places: Collection[Place]) -> dict[Place, Excerpt]:
    """Return the turns at some places of submitted reviews, in one query."""
    reviews, positions = {place[0] for place in places}, {place[1] for place in places}
    rows = db.execute(
        select(Review.id, Turn, Conversation)
        .join(Turn, Turn.revision_id == Review.revision_id)
        .join(Conversation, Conversation.id == Review.conversation_id)
        .where(Review.id.in_(reviews), Turn.position.in_(positions), Review.state.in_(SUBMITTED))
    )
    found = {
        (review_id, turn.position): Excerpt(
            review_id,
            turn.position,
            turn.text,
            turn.speaker,
            conversation.language or "und",
            conversation.external_id,
            conversation.started_at,
        )
        for review_id, turn, conversation in rows
    }
    return {place: found[place] for place in places if place in found}
