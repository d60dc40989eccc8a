"""What was said: conversations, their revisions and turns, and how they came in."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.conversations.rules import CHANNELS, NOT_SCORED, SPEAKERS
from service.database import Table, new_id, now, one_of

__all__ = [
    "CHANNELS",
    "NOT_SCORED",
    "SPEAKERS",
    "Conversation",
    "Import",
    "RefusedRecord",
    "Revision",
    "Turn",
]


class Conversation(Table):
    """One exchange with a customer. Its id is ordered by time, so it is also the import order."""

    __tablename__ = "conversations"
    __table_args__ = (
        sa.UniqueConstraint("source", "external_id"),
        one_of("channel", *CHANNELS),
        sa.Index("ix_conversations_agent_id_id", "agent_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str]  # the help desk or format it came from; ids are unique within
    external_id: Mapped[str]
    channel: Mapped[str]
    language: Mapped[str]  # of the customer's side; "und" when unsure
    domain: Mapped[str | None]
    agent_name: Mapped[str | None]  # as imported
    agent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("users.id"))
    customer_digest: Mapped[str | None] = mapped_column(index=True)  # keyed, never the name
    started_at: Mapped[datetime | None] = mapped_column(index=True)
    csat: Mapped[float | None]  # 1 to 5
    tags: Mapped[list[str]] = mapped_column(default=list)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)  # the import's metadata, masked
    revision: Mapped[int] = mapped_column(default=1)  # number of the newest one
    turn_count: Mapped[int]
    opening: Mapped[str] = mapped_column(default="")  # start of the customer's first words, masked
    not_scored: Mapped[str | None]  # why no criterion is rated: language, no_agent, empty
    import_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("imports.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Revision(Table):
    """One state of a conversation's text. Another text under the same id is a new revision."""

    __tablename__ = "revisions"
    __table_args__ = (sa.UniqueConstraint("conversation_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("conversations.id"))
    number: Mapped[int]
    content_digest: Mapped[str]  # keyed digest of the original, to recognise a re-import
    imported_at: Mapped[datetime] = mapped_column(default=now)


class Turn(Table):
    """One uninterrupted message by one speaker, masked."""

    __tablename__ = "turns"
    __table_args__ = (one_of("speaker", *SPEAKERS),)

    revision_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("revisions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # from 0; people count from 1
    speaker: Mapped[str]
    author: Mapped[str | None]  # which agent, where a conversation has several
    text: Mapped[str]
    at: Mapped[datetime | None]


class Import(Table):
    """One file that came in, its progress and its outcome."""

    __tablename__ = "imports"
    __table_args__ = (one_of("state", "waiting", "mapping", "running", "done", "failed"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    file_name: Mapped[str]  # data; the file is stored under our own id
    format: Mapped[str]
    source: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)  # encoding, mapping, speakers
    state: Mapped[str] = mapped_column(default="waiting")
    bytes_total: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    bytes_read: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    imported: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    revised: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    error: Mapped[dict[str, Any] | None] = mapped_column(
        sa.JSON()
    )  # code and values, when it failed
    by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class RefusedRecord(Table):
    """A record that was not taken: where, why, and nothing of what it said."""

    __tablename__ = "refused_records"

    import_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("imports.id"), primary_key=True)
    row: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    field: Mapped[str]
    code: Mapped[str]
    values: Mapped[dict[str, Any]]
