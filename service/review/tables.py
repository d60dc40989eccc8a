"""What people decided: the queue, reviews, ratings, corrections, pins."""

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table, new_id, now, one_of

REVIEW_STATES = ("draft", "submitted", "acknowledged")
DECISIONS = ("confirmed", "corrected", "undone")
WITHHELD_CAUSES = ("dispute", "criterion_unclear")
CORRECTION_REASONS = (
    "evidence_missed",
    "evidence_does_not_show_it",
    "does_not_apply",
    "wrong_level",
    "transcript_error",
)
AUDIT_KINDS = ("random", "gold", "second")
AUDIT_STATES = ("waiting", "open", "submitted", "cancelled")


class QueueItem(Table):
    """A scored conversation waiting for a person: least sure and critical first."""

    __tablename__ = "queue_items"
    __table_args__ = (
        one_of("state", "waiting", "done"),
        sa.Index("ix_queue_items_state_priority", "state", "priority", "conversation_id"),
        sa.Index("ix_queue_items_lottery", "lottery"),
        sa.Index("ix_queue_items_state_stream", "state", "stream", "priority", "conversation_id"),
    )

    conversation_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("conversations.id"), primary_key=True
    )
    run_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("scoring_runs.id"))
    state: Mapped[str] = mapped_column(default="waiting")
    priority: Mapped[float]  # higher comes first
    stream: Mapped[str] = mapped_column(default="other")  # critical, unsure, praise, other
    why: Mapped[list[Any]]  # [{"code": "...", "criterion": "...", ...}], put into words on the page
    open_criteria: Mapped[int]  # how many need a person's eyes
    minutes: Mapped[float]  # expected effort
    locked_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("users.id"))
    locked_until: Mapped[datetime | None]
    lottery: Mapped[date | None]  # the week in whose draw of blind audits it was; None: in none yet


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
        sa.Index("ix_reviews_lottery_state", "lottery", "state"),
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
    lottery: Mapped[date | None]  # the week in whose draw of second reviews it was

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
    is_ruling: Mapped[bool] = mapped_column(default=False)  # answers a dispute: counts before all
    by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class WithheldRating(Table):
    """A decided value that is left out of every number, and why; the row goes when it is settled.

    Calibration reads those of an unclear criterion from here, and removes what it has settled.
    """

    __tablename__ = "withheld_ratings"
    __table_args__ = (one_of("cause", *WITHHELD_CAUSES),)

    review_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("reviews.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(primary_key=True)
    cause: Mapped[str]
    since: Mapped[datetime] = mapped_column(default=now)


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


class Audit(Table):
    """A conversation drawn to be rated by somebody who sees no value of anybody else.

    Kinds: random (of all that was scored), second (of submitted reviews), gold (put in by
    calibration). `inclusion_probability` is the chance that this draw had to take this
    conversation out of what it drew from: every estimate weights by its inverse.
    """

    __tablename__ = "audits"
    __table_args__ = (
        one_of("kind", *AUDIT_KINDS),
        one_of("state", *AUDIT_STATES),
        sa.CheckConstraint(
            "inclusion_probability > 0 AND inclusion_probability <= 1",
            name="inclusion_probability_is_one",
        ),
        sa.UniqueConstraint("conversation_id", "period"),
        sa.Index("ix_audits_state_id", "state", "id"),
        sa.Index("ix_audits_reviewer_id_submitted_at", "reviewer_id", "submitted_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("conversations.id"))
    revision_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("revisions.id"))
    run_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("scoring_runs.id"))  # compared with
    kind: Mapped[str]
    period: Mapped[date]  # the Monday of its ISO week
    language: Mapped[str]  # with the next two: the stratum
    channel: Mapped[str]
    team_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("teams.id"))
    inclusion_probability: Mapped[float]
    drawn_at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[str] = mapped_column(default="waiting")
    reviewer_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("users.id"))
    locked_until: Mapped[datetime | None]  # while open: then others may take it
    submitted_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")  # which definition was unclear


class AuditRating(Table):
    """What a blind audit says about one criterion. Append-only.

    The first row of a criterion is the blind one; a later one changed it after the comparison,
    and says why.
    """

    __tablename__ = "audit_ratings"
    __table_args__ = (
        one_of("value", "pass", "partial", "fail", "na"),
        sa.Index("ix_audit_ratings_audit_id_criterion_id", "audit_id", "criterion", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    audit_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("audits.id"))
    criterion: Mapped[str]
    value: Mapped[str]
    reason: Mapped[str | None]  # of a change; None: rated blind
    by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class StreamShare(Table):
    """How much of the reviewers' time a stream of the queue gets, where somebody changed it."""

    __tablename__ = "stream_shares"
    __table_args__ = (sa.CheckConstraint("share >= 0 AND share <= 1", name="share_is_part"),)

    stream: Mapped[str] = mapped_column(primary_key=True)
    share: Mapped[float]
    by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
