"""What people decided about agents: the only values that coaching and numbers are made of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from service.conversations.tables import Conversation, Turn
from service.review.queries import SUBMITTED
from service.review.standing import OFFICIAL_FIRST, is_official, is_withheld
from service.review.tables import Pin, Rating, Review

CONFIRMED = (
    Rating.review_id,
    Rating.id.label("rating_id"),
    Review.conversation_id,
    Review.agent_id,
    Rating.criterion,
    Rating.value,
    Rating.root_cause,
    Rating.comment,
    Rating.is_ruling,
    Review.submitted_at,
)


@dataclass(frozen=True, slots=True)
class ConfirmedRating:
    """One decided value of a submitted review: what numbers about an agent are made of."""

    review_id: UUID
    rating_id: UUID
    conversation_id: UUID
    agent_id: UUID
    criterion: str
    value: str
    decision: str  # confirmed, corrected
    root_cause: str | None
    comment: str
    is_ruling: bool  # an answer to a dispute put it in force
    submitted_at: datetime


def _newest_official(*columns: Any) -> Any:
    """Return the rating of each criterion that stands, ranked first."""
    rank = func.row_number().over(
        partition_by=(Rating.review_id, Rating.criterion), order_by=OFFICIAL_FIRST
    )
    return (
        select(*columns, Rating.decision.label("decision"), rank.label("rank"))
        .join(Review, Review.id == Rating.review_id)
        .where(is_official(), Review.state.in_(SUBMITTED))
    )


def _counted(*columns: Any) -> Any:
    """Return what `_newest_official` does, without what is under dispute or unclear."""
    return _newest_official(*columns).where(~is_withheld(Rating.review_id, Rating.criterion))


def confirmed_ratings(
    db: Session, agent_ids: Collection[UUID], *, since: datetime | None = None
) -> list[ConfirmedRating]:
    """Return what people decided about some agents, oldest review first.

    Only decided values of submitted reviews: a machine's proposal that nobody looked at is in
    none of them, nor is a value under dispute or of a criterion that was found unclear.

    Args:
        since: only reviews submitted at or after this moment.
    """
    newest = _counted(*CONFIRMED).where(Review.agent_id.in_(agent_ids))
    if since is not None:
        newest = newest.where(Review.submitted_at >= since)
    return _confirmed(db, newest)


def decided_in(db: Session, review_id: UUID) -> list[ConfirmedRating]:
    """Return what stands of one submitted review, also what is in no number at present."""
    return _confirmed(db, _newest_official(*CONFIRMED).where(Review.id == review_id))


def _confirmed(db: Session, newest: Any) -> list[ConfirmedRating]:
    table = newest.subquery()
    rows = db.execute(
        select(table)
        .where(table.c.rank == 1, table.c.decision != "undone")
        .order_by(table.c.submitted_at, table.c.review_id, table.c.criterion)
    )
    return [
        ConfirmedRating(**{key: value for key, value in row.items() if key != "rank"})
        for row in rows.mappings()
    ]


@dataclass(frozen=True, slots=True)
class ConfirmedCount:
    """How many decided values of one kind an agent has."""

    agent_id: UUID
    scorecard: str
    criterion: str
    value: str
    root_cause: str | None
    n: int


def confirmed_counts(
    db: Session, agent_ids: Collection[UUID], *, since: datetime
) -> list[ConfirmedCount]:
    """Count what `confirmed_ratings` would return; the rows stay in the database."""
    table = (
        _counted(
            Review.agent_id, Review.scorecard, Rating.criterion, Rating.value, Rating.root_cause
        )
        .where(Review.agent_id.in_(agent_ids), Review.submitted_at >= since)
        .subquery()
    )
    kind = table.c.agent_id, table.c.scorecard, table.c.criterion, table.c.value
    rows = db.execute(
        select(*kind, table.c.root_cause, func.count().label("n"))
        .where(table.c.rank == 1, table.c.decision != "undone")
        .group_by(*kind, table.c.root_cause)
    )
    return [ConfirmedCount(**row) for row in rows.mappings()]


def submitted_reviews(
    db: Session, agent_ids: Collection[UUID], *, since: datetime | None = None
) -> list[Review]:
    """Return the submitted reviews of some agents' conversations, oldest first."""
    statement = (
        select(Review)
        .where(Review.agent_id.in_(agent_ids), Review.state.in_(SUBMITTED))
        .order_by(Review.submitted_at, Review.id)
    )
    if since is not None:
        statement = statement.where(Review.submitted_at >= since)
    return list(db.scalars(statement))


def pinned(db: Session, agent_ids: Collection[UUID]) -> list[tuple[Pin, Turn, Conversation]]:
    """Return the turns pinned for coaching some agents, of submitted reviews, newest first."""
    rows = db.execute(
        select(Pin, Turn, Conversation)
        .join(Review, Review.id == Pin.review_id)
        .join(Conversation, Conversation.id == Review.conversation_id)
        .join(Turn, and_(Turn.revision_id == Review.revision_id, Turn.position == Pin.position))
        .where(
            Pin.agent_id.in_(agent_ids),
            Review.state.in_(SUBMITTED),
            ~is_withheld(Pin.review_id, Pin.criterion),
        )
        .order_by(Pin.id.desc())
    )
    return [(row.Pin, row.Turn, row.Conversation) for row in rows]
