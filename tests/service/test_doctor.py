"""`afterword doctor`: OK, or what is broken."""

import pytest
import sqlalchemy as sa

from service import doctor, leases
from service.audit.actions import record
from service.audit.tables import AuditRow
from service.config import Settings
from service.database import Database
from service.job_tables import Job, WorkerLease
from tests.factories import make_conversation, make_run


@pytest.fixture
def checked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("AFTERWORD_DATA_DIR", str(settings.data_dir))
    assert settings.secret_key is not None
    monkeypatch.setenv("AFTERWORD_SECRET_KEY", settings.secret_key.get_secret_value())


def found(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    status = doctor.run()
    return status, capsys.readouterr().out.splitlines()


def test_a_sound_database_is_ok(
    checked: None, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.writing() as db:
        make_run(db, make_conversation(db))
        record(db, "test.done", subject="test:1", actor=None)
        leases.beat(db, "a")

    assert found(capsys) == (0, ["OK"])


def test_what_is_broken_is_named(
    checked: None, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.writing() as db:
        conversation = make_conversation(db)
        run = make_run(db, conversation)
        last = record(db, "test.done", subject="test:1", actor=None)
        db.add(
            AuditRow(
                sequence=2,
                at=last.at,
                action="test.forged",
                subject="test:2",
                details={},
                previous=last.digest,
                digest="0" * 64,
            )
        )
        db.add(Job(kind="score", total=1, done=2))
        for worker in ("gone", "alive"):
            leases.beat(db, worker)
        db.execute(
            sa.update(WorkerLease)
            .where(WorkerLease.id == "gone")
            .values(beat=WorkerLease.beat - 1000)
        )
        conversation.turn_count += 1
        run.scorecard = "gone/1"

    status, lines = found(capsys)

    assert status == 1
    told = "\n".join(lines)
    for words in ("entry 2", str(conversation.id), "gone/1", "more than it had to", "worker gone"):
        assert words in told
