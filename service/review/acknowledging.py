"""The agent says that they have read a review of their own conversation."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audit.actions import record
from service.errors import NotFound
from service.identity.rules import Principal
from service.review.queries import SUBMITTED
from service.review.tables import Review


def acknowledge(db: Session, review_id: UUID, *, principal: Principal, at: datetime) -> Review:
    """Note that the agent has read a review; a second time changes nothing.

    Raises:
        NotFound: it is not a submitted review of their conversation.
    """
    review = db.scalar(
        select(Review)
        .where(
            Review.id == review_id,
            Review.agent_id == principal.id,
            Review.state.in_(SUBMITTED),
        )
        .with_for_update()
    )
    if review is None:
        raise NotFound
    if review.state == "submitted":
        review.state, review.acknowledged_at = "acknowledged", at
        review.version += 1
        record(db, "review.acknowledged", subject=f"review:{review.id}", actor=principal.id)
    return review
