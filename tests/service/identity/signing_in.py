"""A person who signs in, and a clock that the test moves."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from service.database import Database
from service.identity import actions
from service.identity.tables import SignInTry

PASSWORD = "correct horse battery"
START = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)


class Clock:
    """The time, moved by the test."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


def tries(database: Database) -> int:
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(SignInTry)) or 0


def attempt(
    database: Database,
    email: str = "ada@own.example",
    password: str = "wrong password",
    address: str = "198.51.100.7",
) -> int:
    return actions.sign_in(database, email, password, address=address).status
