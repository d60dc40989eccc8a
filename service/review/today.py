"""The queue of a day: what waits for a person, in the shares of its streams, up to the quota."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select, union_all
from sqlalchemy.orm import Session

from service.conversations.tables import Conversation
from service.database import now
from service.identity.rules import Principal
from service.review import audit_queries, sharing, waiting
from service.review.planning import Candidate, choose, spread
from service.review.queries import SUBMITTED
from service.review.streams import BLIND
from service.review.tables import Audit, QueueItem, Review
from service.review.waiting import Row

STREAMS: Final = ("critical", "unsure", "praise", "other")
SPARE: Final = 2  # so many times the quota is looked at in each stream

Work = Row | audit_queries.Waiting


@dataclass(frozen=True, slots=True)
class Today:
    """What is to do today, in its order, and why each conversation is here."""

    rows: list[Work]
    streams: dict[UUID, str]  # of the ordinary reviews
    done: int
    quota: int


def todays_queue(
    db: Session, *, principal: Principal, quota: int, since: datetime, week: datetime
) -> Today:
    """Return what is left of a person's day: begun work first, then critical, then the rest mixed.

    What others have open is left out. It is filled anew at each opening.

    Args:
        quota: of the day.
        since: when the person's day began.
        week: when the week began, for which agents are owed a review.
    """
    done = _done(db, principal, since)
    audits = audit_queries.waiting_audits(db, principal=principal, limit=quota).rows
    chosen = choose(
        _candidates(db, principal, limit=SPARE * quota),
        audits=len(audits),
        covered=_covered(db, week),
        shares=sharing.shares(db),
        done=done,
        quota=quota,
    )
    streams = {one: stream for stream, ids in chosen.streams.items() for one in ids}
    rows = waiting.rows_of(db, list(streams), principal=principal)
    order: list[list[Work]] = [
        [rows[one] for one in ids if one in rows]
        for stream, ids in chosen.streams.items()
        if stream != "critical"
    ]
    order.append(list(audits[: chosen.blind]))
    critical = [rows[one] for one in chosen.streams.get("critical", []) if one in rows]
    work = sorted(spread(critical, order), key=lambda row: not is_begun(row))
    return Today(work, streams, sum(done.values()), quota)


def is_begun(row: Work) -> bool:
    """Whether the person has this open."""
    return row.draft_id is not None if isinstance(row, Row) else row.is_mine


def _candidates(db: Session, principal: Principal, *, limit: int) -> Sequence[Candidate]:
    """Return the first of each stream that nobody else has open, in the queue's order."""
    is_free = or_(
        QueueItem.locked_by.is_(None),
        QueueItem.locked_until <= now(),
        QueueItem.locked_by == principal.id,
    )
    parts = [
        select(
            QueueItem.conversation_id, Conversation.agent_id, QueueItem.stream, QueueItem.priority
        )
        .join(Conversation, Conversation.id == QueueItem.conversation_id)
        .where(*waiting.waiting_for(principal, None), QueueItem.stream == stream, is_free)
        .order_by(QueueItem.priority.desc(), QueueItem.conversation_id.desc())
        .limit(limit)
        .subquery()
        for stream in STREAMS
    ]
    found = union_all(*(select(part) for part in parts)).subquery()
    rows = db.execute(
        select(found.c.conversation_id, found.c.agent_id, found.c.stream).order_by(
            found.c.priority.desc(), found.c.conversation_id.desc()
        )
    )
    return [Candidate(*row) for row in rows]


def _covered(db: Session, week: datetime) -> set[UUID]:
    """Return the agents of whom somebody submitted a review or an audit this week."""
    reviewed = select(Review.agent_id).where(
        Review.submitted_at >= week, Review.state.in_(SUBMITTED)
    )
    audited = (
        select(Conversation.agent_id)
        .join(Audit, Audit.conversation_id == Conversation.id)
        .where(Audit.state == "submitted", Audit.submitted_at >= week)
    )
    return {one for one in db.scalars(union_all(reviewed, audited)) if one is not None}


def _done(db: Session, principal: Principal, since: datetime) -> dict[str, int]:
    """Return what a person did since a moment, by stream."""
    rows = db.execute(
        select(QueueItem.stream, func.count())
        .join(Review, Review.conversation_id == QueueItem.conversation_id)
        .where(Review.reviewer_id == principal.id, Review.submitted_at >= since)
        .group_by(QueueItem.stream)
    )
    found = {row[0]: row[1] for row in rows}
    audits = audit_queries.submitted_since(db, principal=principal, since=since)
    return {**found, BLIND: audits} if audits else found
