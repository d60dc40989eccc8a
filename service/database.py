"""Engine, table base and the types both databases share."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

import pysqlite3.dbapi2 as sqlite
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from uuid_utils.compat import uuid7

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SAFE_SQLITE = (3, 51, 3)
BACKPORTED = {(3, 50, 7), (3, 44, 6)}
# secure_delete: erased words leave the file, too. synchronous=FULL: acknowledged is durable.
SQLITE_PRAGMAS = (
    "busy_timeout=30000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "temp_store=MEMORY",
    "cache_size=-32768",
    "journal_size_limit=67108864",
)


class OldSqlite(RuntimeError):
    """This SQLite can corrupt a database in WAL mode (the WAL-reset race of 3.7.0 to 3.51.2)."""

    def __init__(self, version: str) -> None:
        super().__init__(
            f"DB-007 SQLite {version} can corrupt a database in WAL mode when two processes write "
            "(fixed in 3.51.3). Install pysqlite3>=0.6.1 or use PostgreSQL. Not started."
        )


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment, aware and in UTC, on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: its meaning would depend on the machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time needs its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = sa.JSON().with_variant(JSONB(), "postgresql")


class Table(DeclarativeBase):
    """Base of all tables: constraint names, and one column type per Python type."""

    metadata = sa.MetaData(naming_convention=CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        uuid.UUID: sa.Uuid(),
        float: sa.Double(),
        dict[str, Any]: Json,
        list[Any]: Json,
        list[str]: Json,
        list[int]: Json,
    }


def new_id() -> uuid.UUID:
    """Return a UUIDv7: ordered by time, so that an index grows at its end."""
    return uuid7()


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def one_of(column: str, *values: str) -> sa.CheckConstraint:
    """Limit a column to words; both databases check it."""
    words = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({words})", name=f"{column}_is_known")


def check_sqlite(version: str) -> None:
    """Refuse an SQLite with the WAL-reset bug.

    Raises:
        OldSqlite: for 3.7.0 to 3.51.2, but the two releases the fix was carried back to.
    """
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    if numbers < SAFE_SQLITE and numbers not in BACKPORTED:
        raise OldSqlite(version)


def connect(url: str) -> Engine:
    """Return an engine for SQLite (through pysqlite3) or PostgreSQL (through psycopg).

    Raises:
        OldSqlite: see `check_sqlite`.
    """
    if not url.startswith("sqlite"):
        return sa.create_engine(
            url, pool_pre_ping=True, hide_parameters=True, pool_size=10, max_overflow=10
        )
    check_sqlite(sqlite.sqlite_version)
    engine = sa.create_engine(
        url, module=sqlite, hide_parameters=True, pool_size=10, max_overflow=20
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def connect_for_library(url: str) -> Engine:
    """Return an engine for a library that lets SQLite's driver open the transactions.

    One that it made itself would use Python's own sqlite3, which can corrupt the database.

    Raises:
        OldSqlite: see `check_sqlite`.
    """
    if not url.startswith("sqlite"):
        return connect(url)
    check_sqlite(sqlite.sqlite_version)
    engine = sa.create_engine(
        url, module=sqlite, hide_parameters=True, pool_size=5, max_overflow=20
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "connect", _let_driver_begin)
    return engine


def _let_driver_begin(connection: sqlite.Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = "IMMEDIATE"


def _prepare_sqlite(connection: sqlite.Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver opens no transactions of its own
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that may write takes the write lock first: an upgrade from reading to
    # writing fails at once when another connection wrote in between, however long one waits.
    is_reader = connection.get_execution_options().get("is_reader", False)
    connection.exec_driver_sql("BEGIN" if is_reader else "BEGIN IMMEDIATE")


class Database:
    """One engine and its two kinds of sessions.

    `writing()` is one transaction that may write, committed at the end; `reading()` sees one
    snapshot and blocks nobody. `secret` keys digests and the audit chain.
    """

    def __init__(self, url: str, *, secret: bytes) -> None:
        self.url = url
        self.engine = connect(url)
        self.secret = secret
        reader = self.engine.execution_options(is_reader=True)
        info = {"secret": secret}
        self._writers = sessionmaker(self.engine, expire_on_commit=False, info=info)
        self._readers = sessionmaker(reader, expire_on_commit=False, info=info)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that may write: committed at the end, rolled back on any error."""
        with self._writers.begin() as db:
            yield db

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One snapshot; whatever is written in it is an error in the program and is rolled back."""
        with self._readers() as db:
            yield db

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
