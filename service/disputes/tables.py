"""Disputes of agents about what was decided, and the answers to them."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table, new_id, now, one_of
from service.disputes.rules import OUTCOMES, STATES


class Dispute(Table):
    """An agent disagrees with one decided criterion of a review of their own conversation."""

    __tablename__ = "disputes"
    __table_args__ = (
        one_of("state", *STATES),
        one_of("value", "pass", "partial", "fail", "na"),
        sa.UniqueConstraint("review_id", "criterion"),
        sa.Index("ix_disputes_due_at_id", "due_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    review_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("reviews.id"))
    criterion: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(default=1)
    rating_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ratings.id"))  # what is disputed
    reviewer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"))  # whose review it was
    value: Mapped[str]  # what the agent thinks it is
    text: Mapped[str]  # masked
    evidence: Mapped[list[int]]  # positions of turns that show it, from 0
    by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime | None]  # by when it is to be answered; None while nobody has to
    escalated_at: Mapped[datetime | None]
    escalation: Mapped[str] = mapped_column(default="")  # why the answer is not the end; masked
    told: Mapped[int] = mapped_column(default=0)  # how many answers were mailed

    # Two answers at once: the second UPDATE finds no such version and fails.
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}


class DisputeAnswer(Table):
    """What somebody else decided about a dispute. Append-only; the second round is the last."""

    __tablename__ = "dispute_answers"
    __table_args__ = (one_of("outcome", *OUTCOMES), sa.UniqueConstraint("dispute_id", "round"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    dispute_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("disputes.id"))
    round: Mapped[int]  # 1, or 2 after an escalation
    outcome: Mapped[str]
    value: Mapped[str | None]  # that stands now; None while the criterion is unclear
    reason: Mapped[str]  # masked
    rating_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("ratings.id"))  # if changed
    by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)
