"""What becomes of an uploaded file: read, stopped, gone on with, or forgotten."""

import os
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from service.audit.tables import AuditRow
from service.conversations import actions, uploads
from service.conversations.formats.table import preview
from service.conversations.import_job import Importing
from service.conversations.tables import Conversation, Import
from service.database import Database, now
from service.job_batches import Stopping
from tests.service.conversations.uploading import CSV, JSONL, upload, work

SignIn = Callable[[uuid.UUID], TestClient]
HTMX = {"hx-request": "true"}


def test_zendesk_users_come_with_the_tickets(
    lead: TestClient, database: Database, tmp_path: Path
) -> None:
    ticket = (
        b'{"id":1,"requester_id":5,"assignee_id":9,"comments":[{"author_id":9,"body":"Hello"}]}'
    )
    users = b'[{"id":9,"name":"Anna Lis","role":"agent"}]'

    lead.post("/imports", files={"file": ("t.jsonl", ticket), "users": ("u.json", users)})
    work(database, tmp_path)

    with database.reading() as db:
        assert db.scalars(select(Conversation.agent_name)).all() == ["Anna Lis"]
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_stopped_import_ends_and_its_file_is_deleted(
    lead: TestClient, database: Database, tmp_path: Path
) -> None:
    page = upload(lead, "a.jsonl", JSONL)

    answer = lead.post(f"{page}/stop")
    again = lead.post(f"{page}/stop")
    work(database, tmp_path)

    assert (answer.status_code, again.status_code) == (303, 409)
    assert "IMP-060" in lead.get(page).text
    assert list((tmp_path / "uploads").iterdir()) == []
    with database.reading() as db:
        assert db.scalars(select(Conversation.id)).all() == []


def test_an_import_that_the_end_of_its_worker_cut_off_goes_on(
    lead: TestClient, database: Database, tmp_path: Path
) -> None:
    page = upload(lead, "a.jsonl", JSONL)
    identity = page.rsplit("/", 1)[1]
    importing = Importing(database, tmp_path, after=lambda _db, _identity: None)

    with pytest.raises(Stopping):
        importing([identity], is_stopped=lambda: True)
    importing([identity], is_stopped=lambda: False)
    importing([identity], is_stopped=lambda: False)  # the batch was not marked done in time

    assert re.findall(r"<dd>(\d+)</dd>", lead.get(page).text) == ["1", "0", "0", "1"]


def test_a_table_that_nobody_chooses_columns_for_is_forgotten_after_a_day(
    lead: TestClient, database: Database, tmp_path: Path
) -> None:
    left, newer = (upload(lead, name, CSV.encode()) for name in ("left.csv", "newer.csv"))
    orphan = tmp_path / "uploads" / uuid.uuid4().hex  # its process was killed before the commit
    orphan.write_bytes(b"id;text")
    identity = uuid.UUID(left.rsplit("/", 1)[1])
    with database.writing() as db:
        db.get_one(Import, identity).created_at = now() - timedelta(hours=25)
    for path in (orphan, uploads.path_of(tmp_path, identity)):
        os.utime(path, (0, 0))

    gone = actions.forget_abandoned(database, tmp_path, at=now())

    assert gone == 1
    assert (lead.get(left).status_code, lead.get(newer).status_code) == (404, 200)
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == [
        uuid.UUID(newer.rsplit("/", 1)[1]).hex
    ]
    with database.reading() as db:
        told = db.scalars(select(AuditRow).where(AuditRow.action == "import.abandoned")).one()
    assert told.subject == f"import:{identity}"


def test_the_file_of_an_import_that_waits_is_kept_however_old(
    lead: TestClient, database: Database, tmp_path: Path
) -> None:
    identity = uuid.UUID(upload(lead, "a.jsonl", JSONL).rsplit("/", 1)[1])
    os.utime(uploads.path_of(tmp_path, identity), (0, 0))

    actions.forget_abandoned(database, tmp_path, at=now() + timedelta(days=9))

    assert uploads.path_of(tmp_path, identity).exists()


def test_the_next_upload_forgets_what_was_abandoned(lead: TestClient, database: Database) -> None:
    left = upload(lead, "left.csv", CSV.encode())
    with database.writing() as db:
        db.execute(update(Import).values(created_at=now() - timedelta(hours=25)))

    upload(lead, "a.jsonl", JSONL)

    assert lead.get(left).status_code == 404


def test_a_file_is_read_before_a_transaction_opens(
    lead: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = upload(lead, "rozmowy.csv", CSV.encode())
    seen: list[int] = []

    def watched(*args: Any, **named: Any) -> list[list[str]]:
        seen.append(database.engine.pool.checkedout())  # type: ignore[attr-defined]  # -- a queue pool
        return preview(*args, **named)

    monkeypatch.setattr(actions, "preview", watched)
    answer = lead.post(f"{page}/mapping", data={"id": "id", "speaker": "kto", "text": "treść"})

    assert (answer.status_code, seen) == (303, [0])


def test_an_empty_table_is_refused_in_words(lead: TestClient) -> None:
    page = upload(lead, "empty.csv", b"", format="csv")

    answer = lead.post(f"{page}/mapping", data={"id": "id"})

    assert (answer.status_code, "IMP-001" in answer.text) == (422, True)


def test_events_tell_an_imports_progress_and_end_with_it(
    lead: TestClient, database: Database, tmp_path: Path
) -> None:
    page = upload(lead, "a.jsonl", JSONL)
    shown = lead.get(page).text
    assert f'hx-sse:connect="{page}/events" hx-sse:close="end"' in shown
    assert 'hx-trigger="every 10s"' in shown
    assert '<noscript><meta http-equiv="refresh"' in shown
    work(database, tmp_path)

    answer = lead.get(f"{page}/events")

    assert answer.headers["content-type"].startswith("text/event-stream")
    first, end = answer.text.strip().split("\n\n")
    assert first.startswith('data: <div id="import"')
    assert end.startswith("event: end")
    assert "hx-sse" not in lead.get(page).text.split("<main")[1]
