"""What stands of a review: decisions of who submitted it, rulings on disputes, what is withheld.

The one place that knows which rating of a criterion is official, and which are in no number.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from service.conversations.tables import Conversation
from service.database import now
from service.identity.rules import Principal
from service.review import rules
from service.review.deciding import add_rating, rating_of
from service.review.queries import decisions_of, is_for_reviewing, rulings_of, withheld_in
from service.review.rules import Decision
from service.review.tables import Rating, Review, WithheldRating

OFFICIAL_FIRST = (Rating.is_ruling.desc(), Rating.id.desc())


def is_official() -> ColumnElement[bool]:
    """Limit ratings, joined with their review, to those that can stand.

    Ordered by `OFFICIAL_FIRST`, the first of a criterion is the one that does.
    """
    return or_(Rating.by == Review.reviewer_id, Rating.is_ruling)


def is_withheld(review_id: Any, criterion: Any) -> ColumnElement[bool]:
    """Whether the value of a criterion is left out of every number.

    Args:
        review_id, criterion: columns of the statement.
    """
    return (
        select(WithheldRating.review_id)
        .where(WithheldRating.review_id == review_id, WithheldRating.criterion == criterion)
        .exists()
    )


def unclear_ratings(db: Session, *, principal: Principal) -> list[tuple[Review, WithheldRating]]:
    """Return the values whose criterion was found unclear, oldest first: calibration's list.

    `release` takes one off it, once a consensus has settled it.
    """
    rows = db.execute(
        select(Review, WithheldRating)
        .join(WithheldRating, WithheldRating.review_id == Review.id)
        .join(Conversation, Conversation.id == Review.conversation_id)
        .where(WithheldRating.cause == "criterion_unclear", is_for_reviewing(principal))
        .order_by(WithheldRating.since, Review.id, WithheldRating.criterion)
    )
    return [(row.Review, row.WithheldRating) for row in rows]


def official(db: Session, review: Review) -> dict[str, Decision]:
    """Return the decisions that stand, those left out of numbers among them."""
    decided = decisions_of(db, review.id).get(review.reviewer_id, {})
    return {**decided, **rulings_of(db, review.id)}


def withhold(db: Session, review: Review, criterion: str, *, cause: str) -> None:
    """Leave the value of a criterion out of every number until `release`."""
    row = WithheldRating(review_id=review.id, criterion=criterion, cause=cause, since=now())
    db.merge(row)
    rescore(db, review)


def release(db: Session, review: Review, criterion: str) -> None:
    """Count the value of a criterion again."""
    db.execute(
        delete(WithheldRating).where(
            and_(WithheldRating.review_id == review.id, WithheldRating.criterion == criterion)
        )
    )
    rescore(db, review)


def rule(db: Session, review: Review, made: Decision, *, proposed: str, by: UUID) -> Rating:
    """Add the value that stands from now on, whoever submitted the review.

    Args:
        proposed: the machine's value, for the record of a correction.
    """
    rating = rating_of(review, made, by=by)
    rating.is_ruling = True
    add_rating(db, review, made, rating, proposed=proposed)
    return rating


def rescore(db: Session, review: Review) -> None:
    """Compute the review's quality score anew, of what stands and is not withheld."""
    db.flush()
    left_out = withheld_in(db, [review.id]).get(review.id, {})
    review.quality_score = score_of(review, official(db, review), left_out)
    db.flush()


def score_of(
    review: Review, standing: Mapping[str, Decision], left_out: Collection[str]
) -> float | None:
    """Return the quality score of what stands, without what is withheld."""
    counted = {key: made for key, made in standing.items() if key not in left_out}
    return rules.review_score(load_scorecard(review.scorecard), counted)


def official_rating(db: Session, review: Review, criterion: str) -> Rating | None:
    """Return the rating of a criterion that stands; None while nobody decided it."""
    rating = db.scalar(
        select(Rating)
        .join(Review, Review.id == Rating.review_id)
        .where(Rating.review_id == review.id, Rating.criterion == criterion, is_official())
        .order_by(*OFFICIAL_FIRST)
        .limit(1)
    )
    return rating if rating is not None and rating.decision != "undone" else None
