"""The queue: which conversations wait for a person, least sure and critical first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from service.conversations.tables import Conversation
from service.database import now
from service.errors import N_, Invalid
from service.identity.rules import Principal
from service.identity.tables import User
from service.review.blindness import is_blind_for
from service.review.queries import Lock, is_for_reviewing, lock_of, moods_of
from service.review.rules import CRITICAL_FROM
from service.review.tables import QueueItem, Review, Skip
from service.scoring.tables import ScoringRun

PAGE = 50
COUNTED = 1000  # counts stop here: "more than 999" is enough to plan a day


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows of the queue somebody wants to see."""

    language: str | None = None
    channel: str | None = None
    is_critical: bool = False
    stream: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation that waits."""

    item: QueueItem
    conversation: Conversation
    topic: str
    agent: str | None
    moods: tuple[str, ...]  # of the customer's turns, in order
    lock: Lock | None
    draft_id: UUID | None  # the person's own draft, while they hold the lock


@dataclass(frozen=True, slots=True)
class Waiting:
    """One page of the queue; `after` opens the next one."""

    rows: list[Row]
    after: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How much waits, counted up to `COUNTED` rows."""

    total: int
    minutes: float
    critical: int
    languages: dict[str, int]
    channels: dict[str, int]
    streams: dict[str, int]

    @property
    def is_capped(self) -> bool:
        """Whether there is more than was counted."""
        return self.total >= COUNTED


def review_queue(
    db: Session,
    *,
    principal: Principal,
    limit: int = PAGE,
    after: str | None = None,
    only: Filter | None = None,
) -> Waiting:
    """Return what waits for a person, critical and least sure first, one page at a time.

    Their own conversations, those they skipped and those they are to audit blind are left out; what somebody else has open is
    shown with the name. Two queries, however long the queue is.

    Raises:
        Invalid: `after` is not what a page before this one gave.
    """
    statement = _page_of(principal, only).limit(limit + 1)
    if after:
        place = tuple_(QueueItem.priority, QueueItem.conversation_id)
        statement = statement.where(place < tuple_(*_parse(after)))
    found = db.execute(statement).all()
    rows = _rows(db, found[:limit], principal)
    last = rows[-1].item if len(found) > limit else None
    return Waiting(rows, f"{last.priority!r}~{last.conversation_id}" if last else None)


def rows_of(db: Session, ids: Sequence[UUID], *, principal: Principal) -> dict[UUID, Row]:
    """Return some conversations that wait for a person, by their ids."""
    found = db.execute(_page_of(principal, None).where(QueueItem.conversation_id.in_(ids))).all()
    return {row.conversation.id: row for row in _rows(db, found, principal)}


def _rows(db: Session, found: Sequence[Any], principal: Principal) -> list[Row]:
    moods = moods_of(db, [item.run_id for item, *_ in found])
    rows = []
    for item, conversation, topic, agent_name, owner_name, draft in found:
        lock = lock_of(item, {item.locked_by: owner_name} if item.locked_by else {})
        rows.append(
            Row(
                item=item,
                conversation=conversation,
                topic=topic,
                agent=agent_name or conversation.agent_name,
                moods=tuple(moods.get(item.run_id, {}).values()),
                lock=lock,
                draft_id=draft if lock and lock.by == principal.id else None,
            )
        )
    return rows


def _page_of(
    principal: Principal, only: Filter | None
) -> Select[QueueItem, Conversation, str, str, str, UUID]:
    """Return the statement for what waits, with the names of its agent and of who has it open."""
    agent, owner = aliased(User), aliased(User)
    return (
        select(QueueItem, Conversation, ScoringRun.topic, agent.name, owner.name, Review.id)
        .join(Conversation, Conversation.id == QueueItem.conversation_id)
        .join(ScoringRun, ScoringRun.id == QueueItem.run_id)
        .outerjoin(agent, agent.id == Conversation.agent_id)
        .outerjoin(owner, owner.id == QueueItem.locked_by)
        .outerjoin(
            Review,
            and_(
                Review.revision_id == ScoringRun.revision_id,
                Review.scorecard == ScoringRun.scorecard,
                Review.state == "draft",
            ),
        )
        .where(*waiting_for(principal, only))
        .order_by(QueueItem.priority.desc(), QueueItem.conversation_id.desc())
    )


def waiting_for(principal: Principal, only: Filter | None) -> list[ColumnElement[bool]]:
    """Return the conditions of what waits for a person, of items joined with conversations."""
    only = only or Filter()
    skipped = select(Skip.conversation_id).where(
        Skip.conversation_id == QueueItem.conversation_id, Skip.user_id == principal.id
    )
    conditions = [
        QueueItem.state == "waiting",
        is_for_reviewing(principal),
        ~skipped.exists(),
        ~is_blind_for(principal),  # they rate it blind first; in this row they would see values
    ]
    if only.is_critical:
        conditions.append(QueueItem.priority >= CRITICAL_FROM)
    if only.stream:
        conditions.append(QueueItem.stream == only.stream)
    if only.language:
        conditions.append(Conversation.language == only.language)
    if only.channel:
        conditions.append(Conversation.channel == only.channel)
    return conditions


def _parse(after: str) -> tuple[float, UUID]:
    priority, _, conversation_id = after.partition("~")
    try:
        return float(priority), UUID(conversation_id)
    except ValueError as error:
        raise Invalid(N_("This page of the queue does not exist. Start from its top.")) from error


def next_waiting(db: Session, *, principal: Principal) -> UUID | None:
    """Return the conversation a person should open next: the first that nobody else has open."""
    moment = now()
    is_free = or_(
        QueueItem.locked_by.is_(None),
        QueueItem.locked_until <= moment,
        QueueItem.locked_by == principal.id,
    )
    return db.scalar(
        select(QueueItem.conversation_id)
        .join(Conversation, Conversation.id == QueueItem.conversation_id)
        .where(*waiting_for(principal, None), is_free)
        .order_by(QueueItem.priority.desc(), QueueItem.conversation_id.desc())
        .limit(1)
    )


def tally(db: Session, *, principal: Principal) -> Tally:
    """Count what waits for a person, by language and channel, in one bounded query."""
    first = (
        select(
            Conversation.language,
            Conversation.channel,
            QueueItem.minutes,
            (QueueItem.priority >= CRITICAL_FROM).label("is_critical"),
            QueueItem.stream,
        )
        .select_from(QueueItem)
        .join(Conversation, Conversation.id == QueueItem.conversation_id)
        .where(*waiting_for(principal, None))
        .order_by(QueueItem.priority.desc(), QueueItem.conversation_id.desc())
        .limit(COUNTED)
    )
    table = first.subquery()
    grouped = select(
        table.c.language,
        table.c.channel,
        table.c.is_critical,
        table.c.stream,
        func.count(),
        func.sum(table.c.minutes),
    ).group_by(table.c.language, table.c.channel, table.c.is_critical, table.c.stream)
    languages: dict[str, int] = {}
    channels: dict[str, int] = {}
    streams: dict[str, int] = {}
    total, critical, minutes = 0, 0, 0.0
    for language, channel, is_critical, stream, count, effort in db.execute(grouped):
        languages[language] = languages.get(language, 0) + count
        channels[channel] = channels.get(channel, 0) + count
        streams[stream] = streams.get(stream, 0) + count
        total += count
        minutes += effort
        critical += count if is_critical else 0
    return Tally(total, minutes, critical, languages, channels, streams)


def submitted_since(db: Session, *, principal: Principal, since: datetime) -> int:
    """Return how many reviews a person submitted since a moment."""
    return (
        db.scalar(
            select(func.count())
            .select_from(Review)
            .where(Review.reviewer_id == principal.id, Review.submitted_at >= since)
        )
        or 0
    )


def has_conversations(db: Session, *, principal: Principal) -> bool:
    """Whether anything was imported that this person may see."""
    statement = select(Conversation.id).where(is_for_reviewing(principal)).limit(1)
    return db.scalar(statement) is not None
