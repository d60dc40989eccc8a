from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from service import migrate
from service.database import Database
from service.tables import metadata
from tests.conftest import SECRET


def test_the_migrations_make_exactly_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": migrate.is_ours, "compare_type": True}
        )
        difference = compare_metadata(context, metadata)

    assert difference == []


def test_every_check_constraint_of_the_tables_is_in_the_database(database: Database) -> None:
    inspector = inspect(database.engine)
    expected = {
        (table.name, constraint.name)
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if type(constraint).__name__ == "CheckConstraint"
    }

    found = {
        (table.name, check["name"])
        for table in metadata.sorted_tables
        for check in inspector.get_check_constraints(table.name)
    }

    assert expected <= found


def test_migrating_down_and_up_again_ends_at_the_newest(database: Database) -> None:
    migrate.downgrade(database.engine, "base")
    with database.engine.connect() as connection:
        assert migrate.current(connection) is None

    migrate.upgrade(database.engine)

    with database.engine.connect() as connection:
        assert migrate.current(connection) == migrate.newest()


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    with database.writing() as db:
        db.execute(text("INSERT INTO dead_workers (id) VALUES ('kept')"))

    migrate.upgrade(database.engine)

    with database.reading() as db:
        assert db.execute(text("SELECT id FROM dead_workers")).scalar_one() == "kept"


def test_a_migration_that_fails_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}", secret=SECRET)
    from alembic.operations import Operations

    original = Operations.create_table

    def failing(self: Operations, name: str, *columns: Any, **options: Any) -> Any:
        if name == "turns":
            raise RuntimeError("power loss")
        return original(self, name, *columns, **options)

    monkeypatch.setattr(Operations, "create_table", failing)
    with pytest.raises(RuntimeError, match="power loss"):
        migrate.upgrade(database.engine)

    assert inspect(database.engine).get_table_names() == []
    database.close()
