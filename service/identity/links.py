"""One-time links to choose a password: made by an admin, handed over by hand, valid 30 minutes."""

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from service.audit.actions import record
from service.database import Database, now
from service.errors import N_, Invalid, NotFound
from service.identity.access import digest_of
from service.identity.actions import replace_password
from service.identity.passwords import hash_password
from service.identity.rules import check_password
from service.identity.tables import ResetLink, User

VALID = timedelta(minutes=30)
STALE = N_("This link was used already or is older than 30 minutes. Ask an admin for a new one.")


def make_link(db: Session, user: User, *, by: UUID) -> str:
    """Return the token of a new link; the person's earlier links end.

    Raises:
        Invalid: they have no e-mail address to sign in with, or are deactivated.
    """
    if user.email is None or not user.is_active:
        raise Invalid(N_("Give this person an e-mail address and activate them first."))
    token = secrets.token_urlsafe(32)
    end_links(db, user.id)
    db.add(ResetLink(token_sha256=digest_of(token), user_id=user.id, expires_at=now() + VALID))
    record(db, "user.reset_link_made", subject=f"user:{user.id}", actor=by)
    return token


def end_links(db: Session, user_id: UUID) -> None:
    """End every link of a person."""
    db.execute(delete(ResetLink).where(ResetLink.user_id == user_id))


def person_of(db: Session, token: str) -> User:
    """Return whose password a link can set.

    Raises:
        NotFound: it was used, is too old, or never was.
    """
    link = db.get(ResetLink, digest_of(token))
    if link is None or link.used_at is not None or link.expires_at <= now():
        raise NotFound(STALE)
    user = db.get_one(User, link.user_id)
    if not user.is_active:
        raise NotFound(STALE)
    return user


def use_link(database: Database, token: str, password: str) -> str:
    """Set the password, use the link up, end every visit; return the token of a new visit.

    Raises:
        NotFound: as for `person_of`; also when another request used it a moment before.
        Invalid: the password is easily guessed; the link stays good.
    """
    with database.reading() as db:
        user_id = person_of(db, token).id
    check_password(password)
    hashed = hash_password(password)
    with database.writing() as db:
        used = db.execute(
            update(ResetLink)
            .where(
                ResetLink.token_sha256 == digest_of(token),
                ResetLink.used_at.is_(None),
                ResetLink.expires_at > now(),
            )
            .values(used_at=now())
            .returning(ResetLink.user_id)
        ).scalar()
        if used is None:
            raise NotFound(STALE)
        return replace_password(db, user_id, hashed, actor=user_id)
