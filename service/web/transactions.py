"""One transaction per request."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from service.database import Database

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def database_of(request: Request) -> Database:
    """Return the database this app was made with."""
    database: Database = request.app.state.database
    return database


def transaction(request: Request) -> Iterator[Session]:
    """Give each request one transaction: commit at the end, roll back on any error.

    A request that only asks reads one snapshot and never waits for a writer.
    """
    database = database_of(request)
    if request.method in SAFE_METHODS:
        with database.reading() as db:
            yield db
    else:
        with database.writing() as db:
            yield db


# scope="function": commit before the response leaves. The default commits after it, so a browser
# would be told "saved" and then the commit could still fail.
Db = Annotated[Session, Depends(transaction, scope="function")]
