"""How often a password may be tried: per account, per address, and in all."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, text
from sqlalchemy.orm import Session

from service.database import Database, now
from service.identity.tables import SignInTry

WINDOW = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
PER_ACCOUNT, PER_ADDRESS, PER_MINUTE = 10, 50, 120
PG_LOCK = 4_021_978  # any number nobody else locks


@dataclass(frozen=True, slots=True)
class Try:
    """One password being tried. It counts as wrong until `forgive` takes it back."""

    id: UUID
    account: str  # keyed digest of the e-mail address that was typed


def begin_try(database: Database, email: str, address: str) -> Try | None:
    """Count a try before any hashing; None when there were too many.

    A try that is being looked at counts already: a hundred at once are no way around the limit.
    """
    account, place = _key(database, f"account:{email}"), _key(database, f"address:{address}")
    with database.reading() as db:
        if _is_full(db, account, place):
            return None
    with database.writing() as db:
        if db.get_bind().dialect.name == "postgresql":
            db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PG_LOCK})
        if _is_full(db, account, place):
            return None
        row = SignInTry(account=account, address=place, at=now())
        db.add(row)
        db.execute(delete(SignInTry).where(SignInTry.at < now() - WINDOW))
        db.flush()
        return Try(row.id, account)


def forgive(db: Session, made: Try) -> None:
    """Forget the tries of an account whose password was right in the end."""
    db.execute(delete(SignInTry).where(SignInTry.account == made.account))


def _key(database: Database, words: str) -> str:
    return hmac.new(database.secret, words.encode(), hashlib.sha256).hexdigest()


def _is_full(db: Session, account: str, address: str) -> bool:
    at = now()
    return (
        _count(db, SignInTry.account == account, SignInTry.at > at - WINDOW) >= PER_ACCOUNT
        or _count(db, SignInTry.address == address, SignInTry.at > at - WINDOW) >= PER_ADDRESS
        or _count(db, SignInTry.at > at - MINUTE) >= PER_MINUTE
    )


def _count(db: Session, *conditions: ColumnElement[bool]) -> int:
    return db.scalar(select(func.count()).select_from(SignInTry).where(*conditions)) or 0
