"""Reviews for the demo, from the ratings that people gave to its conversations.

The development data was rated by people; in the demo a part of it is reviewed with their values, so
that agents have confirmed ratings and mentors something to prepare. The rest waits in the queue.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.conversations.tables import Conversation
from service.demo.cast import SOURCE, is_pinned, people, rated
from service.identity.actions import find_by_email
from service.identity.queries import principal_of
from service.identity.rules import Principal
from service.review import actions
from service.review.tables import QueueItem, Review

VALUES = {"P": "pass", "H": "partial", "F": "fail", "N": "na"}
EVERY = 4  # one in so many rated conversations is left for the person who tries the demo
LOCK_MINUTES = 1


def review_rated(db: Session, conversation_ids: Sequence[UUID], *, unsure_below: float) -> int:
    """Review the demo's rated conversations among these; return how many.

    Does nothing for conversations of another source, for those that are reviewed, and after the
    demo was removed.
    """
    rows = list(
        db.scalars(
            select(Conversation)
            .where(Conversation.id.in_(conversation_ids), Conversation.source == SOURCE)
            .where(Conversation.id.in_(select(QueueItem.conversation_id)))
            .where(Conversation.id.not_in(select(Review.conversation_id)))
            .order_by(Conversation.started_at)
        )
    )
    if not rows:
        return 0
    ratings, reviewers = rated(), _reviewers(db)
    if not reviewers:
        return 0
    done = 0
    for row in rows:
        number = int.from_bytes(row.id.bytes[-2:], "big")
        if row.external_id in ratings and number % EVERY:
            reviewer = reviewers[number % len(reviewers)]
            _review(db, row, ratings[row.external_id], reviewer, unsure_below=unsure_below)
            done += 1
    return done


def _reviewers(db: Session) -> list[Principal]:
    users = [find_by_email(db, person.email) for person in people() if person.role == "reviewer"]
    return [principal_of(db, user) for user in users if user is not None]


def _review(
    db: Session,
    conversation: Conversation,
    ratings: Mapping[str, Any],
    reviewer: Principal,
    *,
    unsure_below: float,
) -> None:
    review = actions.open_review(db, conversation.id, principal=reviewer, lock_minutes=LOCK_MINUTES)
    for criterion, rating in ratings.items():
        value = VALUES[rating["value"]]
        actions.rate(
            db, review, criterion, principal=reviewer, value=value, lock_minutes=LOCK_MINUTES
        )
        if is_pinned(criterion, value) and rating["evidence"]:
            actions.pin(
                db,
                review,
                criterion,
                rating["evidence"][0],
                principal=reviewer,
                is_praise=value == "pass",
                lock_minutes=LOCK_MINUTES,
            )
    submitted = actions.submit(
        db, review.id, principal=reviewer, version=review.version, unsure_below=unsure_below
    )
    if conversation.started_at is not None and submitted.submitted_at is not None:
        # As if it had been reviewed two days later; the audit row says when it really was.
        submitted.submitted_at = min(
            submitted.submitted_at, conversation.started_at + timedelta(days=2)
        )
