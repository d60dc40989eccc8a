"""Write audit rows, in the transaction of what they tell about."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from service.audit.tables import AuditRow
from service.database import now

GENESIS = "0" * 64
PG_LOCK = 4_021_977  # any number nobody else locks


def record(
    db: Session, action: str, *, subject: str, actor: uuid.UUID | None, **details: Any
) -> AuditRow:
    """Append one act to the chain.

    Writers are serialised: on SQLite the transaction holds the write lock already, on PostgreSQL
    an advisory lock is held to the transaction's end. Unserialised chains fork.

    Args:
        action: noun.verb, for example "review.submitted".
        subject: kind:id of what was changed.
        actor: who did it; None for the system.
        details: ids, codes and numbers; never personal data.
    """
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PG_LOCK})
    db.flush()
    last = db.scalar(select(AuditRow).order_by(AuditRow.sequence.desc()).limit(1))
    row = AuditRow(
        sequence=last.sequence + 1 if last else 1,
        at=now(),
        actor_id=actor,
        action=action,
        subject=subject,
        details=details,
        previous=last.digest if last else GENESIS,
        digest="",
    )
    row.digest = digest_of(row, secret=db.info["secret"])
    db.add(row)
    db.flush()
    return row


def digest_of(row: AuditRow, *, secret: bytes) -> str:
    """Return the hex HMAC of a row and its predecessor's digest."""
    content = [
        row.sequence,
        _stamp(row.at),
        str(row.actor_id) if row.actor_id else None,
        row.action,
        row.subject,
        row.details,
    ]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(secret, (row.previous + canonical).encode(), hashlib.sha256).hexdigest()


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def broken_links(db: Session) -> Iterator[int]:
    """Yield the sequence numbers whose row or link was altered; nothing when all is well.

    A tail that was cut off cannot be seen by the chain alone: compare `head` with one kept outside.
    """
    expected, previous = 1, GENESIS
    for row in db.scalars(
        select(AuditRow).order_by(AuditRow.sequence).execution_options(yield_per=1000)
    ):
        true = digest_of(row, secret=db.info["secret"])
        if row.sequence != expected or row.previous != previous or row.digest != true:
            yield row.sequence
        expected, previous = row.sequence + 1, row.digest


def head(db: Session) -> tuple[int, str]:
    """Return the number of rows and the last digest, to be kept in a second place."""
    count = db.scalar(select(func.count()).select_from(AuditRow)) or 0
    digest = db.scalar(select(AuditRow.digest).order_by(AuditRow.sequence.desc()).limit(1))
    return count, digest or GENESIS
