"""Bring a database to the newest schema, whole or not at all."""

from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

PG_LOCK = 4_021_976  # one migrates, others wait
OTHERS = {  # tables of the job library and of the word index, which have no class here
    "alembic_version",
    "indexed_words",
}


def is_ours(_thing: Any, name: str | None, kind: str, is_reflected: bool, other: Any) -> bool:
    """Leave out tables that the database has and we have no class for: the job library's."""
    if kind != "table" or name is None:
        return True
    if name in OTHERS or name.startswith("indexed_words"):
        return False
    return not (is_reflected and other is None)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "service:migrations")
    return config


def newest() -> str | None:
    """Return the name of the newest migration."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current(connection: Connection) -> str | None:
    """Return the migration a database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate in one transaction; of two that start at once, one waits for the other."""
    _run(engine, lambda config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str) -> None:
    """Go back to an earlier migration."""
    _run(engine, lambda config: command.downgrade(config, revision))


def _run(engine: Engine, step: Any) -> None:
    config = _config()
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": PG_LOCK})
        config.attributes["connection"] = connection
        step(config)
