"""The first admin: made from this machine alone, by a token that the terminal printed."""

import secrets
import threading

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from service.database import Database
from service.errors import NotFound
from service.identity.access import start_visit
from service.identity.actions import add_person
from service.identity.tables import User


class Setup:
    """The one-time token of an empty database, kept in the memory of `serve` alone."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._lock = threading.Lock()  # the token is good for one admin, also for two at once

    def fits(self, token: str) -> bool:
        """Whether a token is the one that was printed and not used since."""
        return bool(self._token) and secrets.compare_digest(token.encode(), self._token.encode())

    def make_admin(
        self, database: Database, token: str, *, email: str, name: str, password: str
    ) -> str:
        """Make the first admin, use the token up, and return the token of their visit.

        Raises:
            NotFound: the token does not fit, or somebody can sign in already.
            Invalid: e-mail, name or password do not fit; the token stays good.
        """
        with self._lock:
            if not self.fits(token):
                raise NotFound
            with database.writing() as db:
                if can_anybody_sign_in(db):
                    raise NotFound
                admin = add_person(
                    db, email=email, name=name, role="admin", password=password, by=None
                )
                visit = start_visit(db, admin)
            self._token = ""
            return visit


def can_anybody_sign_in(db: Session) -> bool:
    """Whether there is anybody with a password; agents that an import brought have none."""
    return bool(db.scalar(select(exists().where(User.password_hash.is_not(None)))))


def begin_setup(database: Database) -> tuple[Setup, str] | None:
    """Return a new setup with its token, to be printed; None when somebody can sign in."""
    with database.reading() as db:
        if can_anybody_sign_in(db):
            return None
    token = secrets.token_urlsafe(32)
    return Setup(token), token
