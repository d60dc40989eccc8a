"""Resolved tickets kept as examples, and their vectors."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table, new_id, now, one_of

OUTCOMES = ("first_contact", "follow_up", "escalated", "solved")  # solved: no more is known


class Case(Table):
    """A resolved conversation whose solution was confirmed by someone other than its agent,
    or a resolved ticket that an admin imported. All texts are masked.
    """

    __tablename__ = "cases"
    __table_args__ = (
        sa.UniqueConstraint("source", "external_id"),
        one_of("outcome", *OUTCOMES),
        sa.Index("ix_cases_is_active_changed_at", "is_active", "changed_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str]  # "review" for confirmed conversations, else the import's source
    external_id: Mapped[str]
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("conversations.id"), index=True
    )
    problem: Mapped[str]
    solution: Mapped[str]  # agent's turns only
    language: Mapped[str]
    topic: Mapped[str]
    channel: Mapped[str | None]
    outcome: Mapped[str]
    csat: Mapped[float | None]
    solved_at: Mapped[datetime]
    approved_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("users.id"))
    is_active: Mapped[bool] = mapped_column(default=True)
    rejected: Mapped[int] = mapped_column(default=0)  # times, since an owner last looked
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    # Moved by whatever changes what may be found: how other processes notice.
    changed_at: Mapped[datetime] = mapped_column(default=now)


class CaseVector(Table):
    """The vector of a case's problem, not centred; the index in memory is made of these."""

    __tablename__ = "case_vectors"

    case_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    encoder_id: Mapped[str] = mapped_column(primary_key=True)
    dimension: Mapped[int]
    vector: Mapped[bytes]  # float32
