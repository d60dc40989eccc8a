"""What agents find about themselves, and nobody else about them by these queries."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.conversations.tables import Conversation, Turn
from service.disputes.queries import FullDispute, own_disputes
from service.errors import NotFound
from service.identity.queries import names_of
from service.identity.rules import Principal
from service.review.confirmed import ConfirmedRating, confirmed_ratings, decided_in
from service.review.queries import SUBMITTED, withheld_in
from service.review.tables import Pin, Review
from service.scoring.tables import AutoScore, HeadVersion, ScoringRun

LATEST = 8  # reviews on the agent's page


@dataclass(frozen=True, slots=True)
class OwnReview:
    """A submitted review of somebody's own conversation, with what was decided in it."""

    review: Review
    conversation: Conversation
    ratings: list[ConfirmedRating]
    pins: list[Pin]
    withheld: dict[str, str]  # by criterion: in no number at present, and why


@dataclass(frozen=True, slots=True)
class OwnReviewPage:
    """One review with its evidence, as the agent reads it."""

    own: OwnReview
    turns: dict[int, Turn]
    evidence: dict[str, tuple[int, ...]]  # of confirmed values, by criterion
    reviewer: str
    run: ScoringRun
    heads: HeadVersion
    disputes: list[FullDispute]  # of this review


def own_reviews(db: Session, *, principal: Principal, since: datetime) -> list[OwnReview]:
    """Return the newest reviews of somebody's conversations."""
    rows = db.execute(
        select(Review, Conversation)
        .join(Conversation, Conversation.id == Review.conversation_id)
        .where(
            Review.agent_id == principal.id,
            Review.state.in_(SUBMITTED),
            Review.submitted_at >= since,
        )
        .order_by(Review.submitted_at.desc(), Review.id.desc())
        .limit(LATEST)
    ).all()
    ratings: dict[UUID, list[ConfirmedRating]] = {}
    for rating in confirmed_ratings(db, [principal.id], since=since):
        ratings.setdefault(rating.review_id, []).append(rating)
    pins: dict[UUID, list[Pin]] = {}
    ids = [row.Review.id for row in rows]
    withheld = withheld_in(db, ids)
    for pin in db.scalars(select(Pin).where(Pin.review_id.in_(ids))):
        pins.setdefault(pin.review_id, []).append(pin)
    return [
        OwnReview(
            row.Review,
            row.Conversation,
            ratings.get(row.Review.id, []),
            pins.get(row.Review.id, []),
            withheld.get(row.Review.id, {}),
        )
        for row in rows
    ]


def own_review(db: Session, review_id: UUID, *, principal: Principal) -> OwnReviewPage:
    """Return one review of somebody's own conversation.

    Raises:
        NotFound: also when it exists and is somebody else's, or not submitted.
    """
    found = db.execute(
        select(Review, Conversation, ScoringRun, HeadVersion)
        .join(Conversation, Conversation.id == Review.conversation_id)
        .join(ScoringRun, ScoringRun.id == Review.run_id)
        .join(HeadVersion, HeadVersion.sha == ScoringRun.model_sha)
        .where(
            Review.id == review_id,
            Review.agent_id == principal.id,
            Review.state.in_(SUBMITTED),
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    review, conversation, run, heads = found
    ratings = decided_in(db, review.id)
    withheld = withheld_in(db, [review.id]).get(review.id, {})
    confirmed = {rating.criterion for rating in ratings if rating.decision == "confirmed"}
    scores = db.scalars(
        select(AutoScore).where(
            AutoScore.run_id == run.id,
            AutoScore.criterion.in_(confirmed),
            AutoScore.is_found,
        )
    )
    turns = db.scalars(select(Turn).where(Turn.revision_id == review.revision_id))
    pins = list(db.scalars(select(Pin).where(Pin.review_id == review.id)))
    return OwnReviewPage(
        own=OwnReview(review, conversation, ratings, pins, withheld),
        turns={turn.position: turn for turn in turns},
        evidence={score.criterion: tuple(score.evidence) for score in scores},
        reviewer=names_of(db, {review.reviewer_id}).get(review.reviewer_id, ""),
        run=run,
        heads=heads,
        disputes=own_disputes(db, principal=principal, review_id=review.id),
    )


def head_versions(db: Session, *, principal: Principal, since: datetime) -> list[str]:
    """Return which versions of the classifiers proposed values that people then decided."""
    return list(
        db.scalars(
            select(HeadVersion.version)
            .distinct()
            .join(ScoringRun, ScoringRun.model_sha == HeadVersion.sha)
            .join(Review, Review.run_id == ScoringRun.id)
            .where(
                Review.agent_id == principal.id,
                Review.state.in_(SUBMITTED),
                Review.submitted_at >= since,
            )
            .order_by(HeadVersion.version)
        )
    )
