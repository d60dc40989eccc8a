"""How often a password may be tried: hard for an account from one address, softly for an account
from everywhere, and per address and in all.

Whoever tries another's account from elsewhere must not lock them out: too many tries of an account
only make addresses that it never signed in from wait, a little longer each time.
"""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.database import Database, now
from service.identity.tables import KnownAddress, SignInTry

WINDOW = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
PER_PAIR, PER_ADDRESS, PER_MINUTE = 10, 50, 120
PER_ACCOUNT = 10  # from everywhere; from then on new addresses wait between two tries
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=1)
KNOWN_FOR = timedelta(days=90)  # since the last sign-in from there
PG_LOCK = 4_021_978  # any number nobody else locks


@dataclass(frozen=True, slots=True)
class Try:
    """One password being tried. It counts as wrong until `forgive` takes it back."""

    id: UUID
    account: str  # keyed digest of the e-mail address that was typed
    address: str  # keyed digest of the network address


def begin_try(database: Database, email: str, address: str) -> Try | timedelta:
    """Count a try before any hashing; when there were too many, return how long to wait instead.

    A try that is being looked at counts already: a hundred at once are no way around the limit.
    """
    account = _key(database, f"account:{email}")
    place = _key(database, f"address:{network_of(address)}")
    with database.reading() as db:
        if wait := _wait(db, account, place):
            return wait
    with database.writing() as db:
        if db.get_bind().dialect.name == "postgresql":
            db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PG_LOCK})
        if wait := _wait(db, account, place):
            return wait
        row = SignInTry(account=account, address=place, at=now())
        db.add(row)
        db.execute(delete(SignInTry).where(SignInTry.at < now() - WINDOW))
        db.flush()
        return Try(row.id, account, place)


def forgive(db: Session, made: Try) -> None:
    """Forget the tries of an account from an address where its password was right in the end.

    Those from elsewhere still count: they were somebody else's. The address is known from now on.
    """
    db.execute(
        delete(SignInTry).where(
            SignInTry.account == made.account, SignInTry.address == made.address
        )
    )
    dialect = postgresql if db.get_bind().dialect.name == "postgresql" else sqlite
    seen = dialect.insert(KnownAddress).values(
        account=made.account, address=made.address, seen_at=now()
    )
    keys = [KnownAddress.account, KnownAddress.address]
    db.execute(
        seen.on_conflict_do_update(index_elements=keys, set_={"seen_at": seen.excluded.seen_at})
    )
    db.execute(delete(KnownAddress).where(KnownAddress.seen_at < now() - KNOWN_FOR))


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the /64 that one subscriber has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def wait_after(tries: int) -> timedelta:
    """Return how long an account rests after its last try, by how many there were: 2 s to 1 min."""
    if tries < PER_ACCOUNT:
        return timedelta()
    doubled = FIRST_WAIT * (1 << min(tries - PER_ACCOUNT, 10))
    return min(doubled, LONGEST_WAIT)


def minutes(wait: timedelta) -> int:
    """Return a time to wait in whole minutes, at least one."""
    return max(1, -(-wait // MINUTE))


def _key(database: Database, words: str) -> str:
    return hmac.new(database.secret, words.encode(), hashlib.sha256).hexdigest()


def _wait(db: Session, account: str, address: str) -> timedelta | None:
    at = now()
    lately = SignInTry.at > at - WINDOW
    here = SignInTry.address == address
    if (
        _count(db, SignInTry.account == account, here, lately) >= PER_PAIR
        or _count(db, here, lately) >= PER_ADDRESS
    ):
        return WINDOW
    if _count(db, SignInTry.at > at - MINUTE) >= PER_MINUTE:
        return MINUTE
    if db.get(KnownAddress, (account, address)) is not None:
        return None
    return _rest(db, account, at)


def _rest(db: Session, account: str, at: datetime) -> timedelta | None:
    row = db.execute(
        select(func.count().label("tries"), func.max(SignInTry.at).label("last")).where(
            SignInTry.account == account, SignInTry.at > at - WINDOW
        )
    ).one()
    left = row.last + wait_after(row.tries) - at if row.last else timedelta()
    return left if left > timedelta() else None


def _count(db: Session, *conditions: ColumnElement[bool]) -> int:
    return db.scalar(select(func.count()).select_from(SignInTry).where(*conditions)) or 0
