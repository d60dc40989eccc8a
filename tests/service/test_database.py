import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, StatementError

from service.database import Database, OldSqlite, check_sqlite, new_id
from service.job_tables import DeadWorker, Job
from tests.conftest import SECRET


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2", "3.7.0", "3.50.6"])
def test_an_sqlite_that_corrupts_is_refused(version: str) -> None:
    with pytest.raises(OldSqlite, match="DB-007"):
        check_sqlite(version)


@pytest.mark.parametrize("version", ["3.51.3", "3.53.4", "3.50.7", "3.44.6", "4.0.0"])
def test_a_repaired_sqlite_is_taken(version: str) -> None:
    check_sqlite(version)


def test_every_sqlite_connection_is_durable_and_checks_keys(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}", secret=SECRET)
    wanted = {
        "synchronous": 2,
        "foreign_keys": 1,
        "journal_mode": "wal",
        "secure_delete": 1,
        "busy_timeout": 30000,
    }

    reader = database.engine.execution_options(is_reader=True)
    connections = [reader.connect() for _ in range(3)]
    found = [
        {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in wanted}
        for connection in connections
    ]

    assert found == [wanted] * 3
    for connection in connections:
        connection.close()
    database.close()


def test_read_then_write_in_many_threads_loses_nothing(database: Database) -> None:
    with database.writing() as db:
        job = Job(kind="count")
        db.add(job)
    job_id = job.id

    def work() -> None:
        for _ in range(10):
            with database.writing() as db:
                found = db.scalars(select(Job).where(Job.id == job_id).with_for_update()).one()
                found.done += 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.reading() as db:
        assert db.get_one(Job, job_id).done == 40


def test_a_reader_sees_one_snapshot_and_blocks_no_writer(database: Database) -> None:
    if database.engine.dialect.name == "postgresql":
        pytest.skip("PostgreSQL's default shows each statement the newest committed rows")
    with database.reading() as reader:
        assert reader.scalars(select(DeadWorker)).all() == []
        with database.writing() as writer:
            writer.add(DeadWorker(id="w1"))

        assert reader.scalars(select(DeadWorker)).all() == []


def test_what_is_written_while_reading_is_rolled_back(database: Database) -> None:
    with database.reading() as db:
        db.add(DeadWorker(id="w1"))
        db.flush()

    with database.reading() as db:
        assert db.scalars(select(DeadWorker)).all() == []


def test_times_come_back_in_utc(database: Database) -> None:
    moment = datetime(2026, 5, 11, 9, 12, tzinfo=timezone(timedelta(hours=2)))
    with database.writing() as db:
        job = Job(kind="x", created_at=moment)
        db.add(job)

    with database.reading() as db:
        found = db.get_one(Job, job.id).created_at
    assert (found, found.tzinfo) == (moment, UTC)


def test_a_time_without_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="needs its zone"), database.writing() as db:
        db.add(Job(kind="x", created_at=datetime(2026, 5, 11)))  # noqa: DTZ001 -- the point of the test


def test_a_word_outside_its_list_is_refused_by_the_database(database: Database) -> None:
    with pytest.raises(DBAPIError), database.writing() as db:
        db.add(Job(kind="x", state="dreaming"))


def test_ids_grow_with_time() -> None:
    ids = [new_id() for _ in range(1000)]

    assert ids == sorted(ids)
