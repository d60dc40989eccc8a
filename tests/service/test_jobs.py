"""The runner: DBOS on our engines, quiet, over and over in one process; jobs from end to end."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Engine

from service import jobs, leases
from service.database import Database, connect_for_library
from service.job_batches import Handler, Store
from service.job_runner import Runner
from service.job_tables import DeadWorker, Job, JobBatch
from service.migrate import upgrade

SECONDS = 40.0


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def runner(database: Database, handler: Handler) -> Runner:
    return Runner(database, {"score": handler}, poll_seconds=0.05, lease_seconds=2, first_wait=0.0)


def nothing(items: Sequence[str], *, is_stopped: Callable[[], bool]) -> Store:
    return lambda _db: None


def is_done(database: Database, job_id: UUID) -> bool:
    with database.reading() as db:
        return db.get_one(Job, job_id).state == "done"


@pytest.mark.xdist_group("kill")  # DBOS is one per process
def test_a_job_is_done_in_silence_and_the_worker_leaves_soon(
    database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):  # a second worker in the same process works as well
        with database.writing() as db:
            job_id = jobs.enqueue(db, "score", ["a", "b", "c"], batch=2).id
        worker = runner(database, nothing)
        worker.start()
        wait_until(partial(is_done, database, job_id))
        began = time.monotonic()
        worker.stop()
        assert time.monotonic() - began < 3.0

    with database.reading() as db:
        assert leases.age_of_youngest(db) is None
        assert worker.id in db.scalars(select(DeadWorker.id)).all()
    assert capfd.readouterr() == ("", "")


@pytest.mark.xdist_group("kill")
def test_a_batch_that_the_queue_lost_is_handed_out_again(database: Database) -> None:
    with database.writing() as db:
        job_id = jobs.enqueue(db, "score", ["a"]).id
        batch = db.get_one(JobBatch, (job_id, 0))
        batch.state, batch.handed = "handed", 7  # and DBOS knows nothing of it
    with database.writing() as db:
        db.execute(sa.update(JobBatch).values(changed_at=datetime(2026, 1, 1, tzinfo=UTC)))
    worker = runner(database, nothing)
    worker.start()
    try:
        wait_until(partial(is_done, database, job_id))
    finally:
        worker.stop()


def test_every_engine_on_sqlite_is_the_safe_one_and_writes_through(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite3'}", secret=b"x")
    library = connect_for_library(database.url)
    upgrade(database.engine)

    def asks(engine: Engine, question: str) -> Any:
        with engine.connect() as connection:
            return connection.exec_driver_sql(question).scalar()

    for engine in (database.engine, library):
        version = tuple(int(part) for part in asks(engine, "SELECT sqlite_version()").split("."))
        assert version >= (3, 51, 3)
        assert asks(engine, "PRAGMA synchronous") == 2  # FULL
        assert asks(engine, "PRAGMA journal_mode") == "wal"
        assert asks(engine, "PRAGMA foreign_keys") == 1
        assert asks(engine, "PRAGMA busy_timeout") == 30000
        engine.dispose()


@pytest.mark.xdist_group("kill")
def test_the_worker_makes_no_engine_of_its_own(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[dict[str, Any]] = []
    true = sa.create_engine

    def note(*args: Any, **options: Any) -> Engine:
        made.append(options)
        return true(*args, **options)

    monkeypatch.setattr(sa, "create_engine", note)
    worker = runner(database, nothing)
    worker.start()
    worker.stop()

    assert len(made) == 1  # ours
    if database.engine.dialect.name == "sqlite":
        import pysqlite3.dbapi2

        assert made[0]["module"] is pysqlite3.dbapi2


@pytest.mark.xdist_group("kill")
def test_nothing_in_the_queues_tables_is_more_than_an_id(database: Database) -> None:
    with database.writing() as db:
        job_id = jobs.enqueue(db, "score", ["a-rather-personal-word"]).id
    worker = runner(database, nothing)
    worker.start()
    wait_until(partial(is_done, database, job_id))
    worker.stop()

    schema = "dbos" if database.engine.dialect.name == "postgresql" else None
    with database.engine.connect() as connection:
        tables = [
            name
            for name in sa.inspect(connection).get_table_names(schema=schema)
            if schema or "workflow" in name or "operation" in name or "dbos" in name
        ]
        assert "workflow_status" in tables
        for name in tables:
            table = sa.Table(name, sa.MetaData(), autoload_with=connection, schema=schema)
            assert "personal" not in repr(connection.execute(sa.select(table)).all())
