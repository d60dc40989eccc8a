"""The audit log: who did what to which thing, chained so that a change of history shows."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table


class AuditRow(Table):
    """One act. Append-only: triggers refuse UPDATE and DELETE on both databases.

    `details` carries ids, codes and numbers, never a customer's words or personal data, so that
    erasing a person does not break the chain.
    """

    __tablename__ = "audit_rows"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]  # None: the system itself
    action: Mapped[str]  # noun.verb, for example review.submitted
    subject: Mapped[str]  # kind:id
    details: Mapped[dict[str, Any]]
    previous: Mapped[str]  # hex of the row before
    digest: Mapped[str]  # hex HMAC-SHA256(secret, previous ‖ canonical row)
