"""Find reviews and what waits for one; what a person may see is part of every query."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from service.conversations.queries import turns_of, visible_to
from service.conversations.tables import Conversation, Turn
from service.database import now
from service.errors import NotFound
from service.identity.queries import names_of
from service.identity.rules import Principal, may_review
from service.review.rules import Decision, Proposal
from service.review.tables import Correction, Pin, QueueItem, Rating, Review, WithheldRating
from service.scoring.tables import AutoScore, ScoringRun, TurnSentiment

SUBMITTED = ("submitted", "acknowledged")


@dataclass(frozen=True, slots=True)
class Lock:
    """Who has a conversation open, and until when."""

    by: UUID
    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class OpenReview:
    """Everything the review page shows, as the database has it."""

    review: Review
    conversation: Conversation
    run: ScoringRun
    turns: list[Turn]
    moods: dict[int, str]  # the customer's turns only
    proposals: dict[str, Proposal]
    mine: dict[str, Decision]  # of the person who looks
    theirs: dict[str, Decision]  # of whoever submitted it, when that is someone else
    pins: list[Pin]
    lock: Lock | None
    why: list[dict[str, Any]]  # why it waited, as codes
    names: dict[UUID, str]
    decided_at: datetime | None  # the person's newest act
    rulings: dict[str, Decision]  # what answers to disputes put in force
    withheld: dict[str, str]  # left out of every number, with the cause


def is_for_reviewing(principal: Principal) -> ColumnElement[bool]:
    """Limit conversations to those a person may see and did not serve themselves."""
    own = or_(Conversation.agent_id.is_(None), Conversation.agent_id != principal.id)
    return and_(visible_to(principal), own)


def find_review(db: Session, review_id: UUID, *, principal: Principal) -> Review:
    """Return one review: drafts for those who review, submitted ones for all who may see it.

    Raises:
        NotFound: also when it exists and is not for this person.
    """
    review = db.scalar(_for(principal).where(Review.id == review_id))
    if review is None or not _may_open(review, principal):
        raise NotFound
    return review


def lock_review(db: Session, review_id: UUID, *, principal: Principal) -> Review:
    """Return one review for changing: the next one who asks waits until this transaction ends.

    Raises:
        NotFound: also when it exists and is not for this person.
    """
    statement = _for(principal).where(Review.id == review_id).with_for_update(of=Review)
    review = db.scalar(statement.execution_options(populate_existing=True))
    if review is None or not _may_open(review, principal):
        raise NotFound
    return review


def _for(principal: Principal) -> Select[Review]:
    return (
        select(Review)
        .join(Conversation, Conversation.id == Review.conversation_id)
        .where(visible_to(principal))
    )


def _may_open(review: Review, principal: Principal) -> bool:
    return review.state in SUBMITTED or may_review(principal, review.agent_id)


def get_review(db: Session, review_id: UUID, *, principal: Principal) -> OpenReview:
    """Return a review with all that its page shows, in a fixed number of queries.

    Raises:
        NotFound: also when it exists and is not for this person.
    """
    review = find_review(db, review_id, principal=principal)
    conversation, run, item = db.execute(
        select(Conversation, ScoringRun, QueueItem)
        .select_from(Conversation)
        .join(ScoringRun, ScoringRun.id == review.run_id)
        .outerjoin(QueueItem, QueueItem.conversation_id == Conversation.id)
        .where(Conversation.id == review.conversation_id)
    ).one()
    decisions = decisions_of(db, review.id)
    ids = {review.reviewer_id, review.agent_id, item.locked_by if item else None} - {None}
    names = names_of(db, ids)
    official = decisions.get(review.reviewer_id, {}) if review.state in SUBMITTED else {}
    return OpenReview(
        review=review,
        conversation=conversation,
        run=run,
        turns=turns_of(db, review.revision_id),
        moods=moods_of(db, [run.id]).get(run.id, {}),
        proposals=proposals_of(db, [run.id]).get(run.id, {}),
        mine=decisions.get(principal.id, {}),
        theirs=official if review.reviewer_id != principal.id else {},
        pins=list(db.scalars(select(Pin).where(Pin.review_id == review.id).order_by(Pin.position))),
        lock=lock_of(item, names),
        why=item.why if item else [],
        names=names,
        decided_at=db.scalar(
            select(func.max(Rating.at)).where(
                Rating.review_id == review.id, Rating.by == principal.id
            )
        ),
        rulings=rulings_of(db, review.id) if official else {},
        withheld=withheld_in(db, [review.id]).get(review.id, {}) if official else {},
    )


def lock_of(item: QueueItem | None, names: dict[UUID, str]) -> Lock | None:
    """Return who has an item open; None when nobody has, or the time has run out."""
    if item is None or item.locked_by is None or item.locked_until is None:
        return None
    if item.locked_until <= now():
        return None
    return Lock(by=item.locked_by, name=names.get(item.locked_by, ""), until=item.locked_until)


def decisions_of(db: Session, review_id: UUID) -> dict[UUID, dict[str, Decision]]:
    """Return each person's newest decision about each criterion of one review."""
    found: dict[UUID, dict[str, Decision]] = {}
    for rating, reason in db.execute(_ratings(review_id).where(Rating.is_ruling.is_(False))):
        found.setdefault(rating.by, {})[rating.criterion] = _decision(rating, reason)
    return found


def rulings_of(db: Session, review_id: UUID) -> dict[str, Decision]:
    """Return the values that answers to disputes put in force, by criterion."""
    rows = db.execute(_ratings(review_id).where(Rating.is_ruling))
    return {rating.criterion: _decision(rating, reason) for rating, reason in rows}


def _ratings(review_id: UUID) -> Select[Rating, str]:
    return (
        select(Rating, Correction.reason)
        .outerjoin(Correction, Correction.rating_id == Rating.id)
        .where(Rating.review_id == review_id)
        .order_by(Rating.id)
    )


def _decision(rating: Rating, reason: str | None) -> Decision:
    return Decision(
        criterion=rating.criterion,
        value=rating.value,
        decision=rating.decision,
        root_cause=rating.root_cause,
        comment=rating.comment,
        reason=reason,
    )


def withheld_in(db: Session, review_ids: Collection[UUID]) -> dict[UUID, dict[str, str]]:
    """Return what is left out of every number, by review and criterion, with the cause."""
    found: dict[UUID, dict[str, str]] = {}
    rows = db.scalars(select(WithheldRating).where(WithheldRating.review_id.in_(review_ids)))
    for row in rows:
        found.setdefault(row.review_id, {})[row.criterion] = row.cause
    return found


def proposals_of(db: Session, run_ids: Collection[UUID]) -> dict[UUID, dict[str, Proposal]]:
    """Return what the machine proposes, by run and criterion."""
    found: dict[UUID, dict[str, Proposal]] = {}
    for auto in db.scalars(select(AutoScore).where(AutoScore.run_id.in_(run_ids))):
        found.setdefault(auto.run_id, {})[auto.criterion] = Proposal(
            criterion=auto.criterion,
            value=auto.value,
            confidence=auto.confidence,
            evidence=tuple(auto.evidence),
            is_found=auto.is_found,
        )
    return found


def moods_of(db: Session, run_ids: Iterable[UUID]) -> dict[UUID, dict[int, str]]:
    """Return the mood of each of the customer's turns, in their order, by run."""
    rows = db.execute(
        select(TurnSentiment.run_id, TurnSentiment.position, TurnSentiment.value)
        .where(TurnSentiment.run_id.in_(run_ids))
        .order_by(TurnSentiment.run_id, TurnSentiment.position)
    )
    found: dict[UUID, dict[int, str]] = {}
    for row in rows:
        found.setdefault(row.run_id, {})[row.position] = row.value
    return found
