"""What people decided: the queue, reviews, ratings, corrections, pins."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table, new_id, now, one_of

REVIEW_STATES = ("draft", "submitted", "acknowledged")
DECISIONS = ("confirmed", "corrected", "undone")
CORRECTION_REASONS = (
    "evidence_missed",
    "evidence_does_not_show_it",
    "does_not_apply",
    "wrong_level",
    "transcript_error",
)


class QueueItem(Table):
    """A scored conversation waiting for a person: least sure and critical first."""

    __tablename__ = "queue_items"
    __table_args__ = (
        one_of("state", "waiting", "done"),
        sa.Index("ix_queue_items_state_priority", "state", "priority", "conversation_id"),
    )

    conversation_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("conversations.id"), primary_key=True
    )
    run_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("scoring_runs.id"))
    state: Mapped[str] = mapped_column(default="waiting")
    priority: Mapped[float]  # higher comes first
    why: Mapped[list[Any]]  # [{"code": "...", "criterion": "...", ...}], put into words on the page
    open_criteria: Mapped[int]  # how many need a person's eyes
    minutes: Mapped[float]  # expected effort
    locked_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("users.id"))
    locked_until: Mapped[datetime | None]


class Skip(Table):
    """A reviewer passed over a queue item, with the reason; it stays away from them."""

    __tablename__ = "skips"

    conversation_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("conversations.id"), primary_key=True
    )
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)


class Review(Table):
    """One person's judgement of one revision, on the proposals of one run."""

    __tablename__ = "reviews"
    __table_args__ = (
        one_of("state", *REVIEW_STATES),
        sa.UniqueConstraint("revision_id", "scorecard"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("conversations.id"), index=True
    )
    revision_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("revisions.id"))
    run_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("scoring_runs.id"))
    agent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    scorecard: Mapped[str]
    reviewer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"), index=True)
    state: Mapped[str] = mapped_column(default="draft")
    version: Mapped[int] = mapped_column(default=1)
    quality_score: Mapped[float | None]  # of the decided values, when submitted
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    submitted_at: Mapped[datetime | None] = mapped_column(index=True)
    acknowledged_at: Mapped[datetime | None]

    # Two saves at once: the second UPDATE finds no such version and fails.
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}


class Rating(Table):
    """One decision about one criterion. Append-only; the newest of a criterion counts."""

    __tablename__ = "ratings"
    __table_args__ = (
        one_of("value", "pass", "partial", "fail", "na"),
        one_of("decision", *DECISIONS),
        sa.Index("ix_ratings_review_id_criterion_id", "review_id", "criterion", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    review_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("reviews.id"))
    criterion: Mapped[str]
    value: Mapped[str]
    decision: Mapped[str]
    root_cause: Mapped[str | None]  # of a partial or fail
    comment: Mapped[str] = mapped_column(default="")
    by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class Correction(Table):
    """A person replaced the machine's value: kept for measuring and training. Append-only."""

    __tablename__ = "corrections"
    __table_args__ = (one_of("reason", *CORRECTION_REASONS),)

    rating_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ratings.id"), primary_key=True)
    run_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("scoring_runs.id"), index=True)
    criterion: Mapped[str]
    from_value: Mapped[str]  # the auto-score's
    to_value: Mapped[str]
    reason: Mapped[str]
    by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class Pin(Table):
    """A turn kept for a coaching talk, as a good or a weak example."""

    __tablename__ = "pins"
    __table_args__ = (sa.UniqueConstraint("review_id", "criterion", "position"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    review_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("reviews.id"))
    agent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    criterion: Mapped[str]
    position: Mapped[int]
    is_praise: Mapped[bool]
    by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
