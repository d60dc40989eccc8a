"""What people did with a suggested case."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table, new_id, now, one_of

REASONS = ("wrong_problem", "outdated", "wrong_procedure", "language")


class Suggestion(Table):
    """A case that was offered as an answer and then copied as a draft or rejected."""

    __tablename__ = "suggestions"
    __table_args__ = (one_of("outcome", "copied", "rejected"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("cases.id", ondelete="CASCADE"), index=True
    )
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("conversations.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"))
    outcome: Mapped[str]
    reason: Mapped[str | None]  # of a rejection, one of REASONS
    at: Mapped[datetime] = mapped_column(default=now)
