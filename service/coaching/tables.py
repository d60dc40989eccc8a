"""From confirmed ratings to a talk: sessions, their agenda, what was agreed."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table, new_id, now, one_of

SESSION_STATES = ("draft", "announced", "held", "acknowledged")
ITEM_KINDS = ("follow_up", "gap", "praise", "standing", "question", "agent_topic")


class CoachingSession(Table):
    """One talk between a mentor and an agent, with an agenda announced beforehand."""

    __tablename__ = "coaching_sessions"
    __table_args__ = (one_of("state", *SESSION_STATES),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    agent_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"), index=True)
    mentor_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"), index=True)
    state: Mapped[str] = mapped_column(default="draft")
    starts_at: Mapped[datetime | None]
    minutes: Mapped[int] = mapped_column(default=30)
    shared_notes: Mapped[str] = mapped_column(default="")
    private_notes: Mapped[str] = mapped_column(default="")  # the mentor's own, shown to nobody else
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    announced_at: Mapped[datetime | None]  # the last time
    announcements: Mapped[int] = mapped_column(default=0)  # the calendar's SEQUENCE counts them
    mailed_at: Mapped[datetime | None]  # when the mail server took the last announcement
    held_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]  # the agenda; after the talk what was agreed

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}


class AgendaItem(Table):
    """One point of the agenda."""

    __tablename__ = "agenda_items"
    __table_args__ = (one_of("kind", *ITEM_KINDS),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("coaching_sessions.id"), index=True)
    position: Mapped[int]
    kind: Mapped[str]
    key: Mapped[str | None]  # criterion, standing topic or question key
    body: Mapped[str] = mapped_column(default="")  # what a person wrote or edited
    action_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("action_items.id"))
    is_kept: Mapped[bool] = mapped_column(default=True)  # False: dropped, but can be taken back
    note: Mapped[str] = mapped_column(default="")  # of a standing topic: private, never analysed
    by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"))


class AgendaEvidence(Table):
    """A turn that an agenda item rests on, with the confirmed rating it shows."""

    __tablename__ = "agenda_evidence"

    item_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("agenda_items.id", ondelete="CASCADE"), primary_key=True
    )
    review_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("reviews.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # of the turn
    rating_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("ratings.id"))


class ActionItem(Table):
    """What the agent will do, by when, and by which criterion it will show."""

    __tablename__ = "action_items"
    __table_args__ = (one_of("state", "open", "done", "dropped"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("coaching_sessions.id"), index=True)
    agent_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"), index=True)
    criterion: Mapped[str]
    text: Mapped[str]
    measure: Mapped[str] = mapped_column(default="")  # how it will show
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="open")
    created_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
