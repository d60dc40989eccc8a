import re
import uuid
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select
from starlette.testclient import TestClient

from service.conversations import uploads
from service.conversations.tables import Conversation
from service.database import Database
from service.job_tables import Job
from tests.factories import make_user
from tests.service.conversations.uploading import CSV, JSONL, upload, work

SignIn = Callable[[uuid.UUID], TestClient]
HTMX = {"hx-request": "true"}


def test_an_uploaded_file_is_read_by_a_job_and_then_deleted(
    lead: TestClient, database: Database, tmp_path: Path
) -> None:
    page = upload(lead, "May chats.jsonl", JSONL)
    identity = uuid.UUID(page.rsplit("/", 1)[1])
    assert uploads.path_of(tmp_path, identity).stat().st_mode & 0o777 == 0o600
    assert "hx-trigger" in lead.get(page).text

    after = work(database, tmp_path)

    assert after == [identity]
    assert list((tmp_path / "uploads").iterdir()) == []
    text = lead.get(page).text
    assert re.findall(r"<dd>(\d+)</dd>", text) == ["1", "0", "0", "1"]
    assert "<code>IMP-014</code>" in text
    assert "hx-trigger" not in text
    with database.reading() as db:
        assert db.scalars(select(Job.kind)).all() == ["import"]
        assert db.scalars(select(Conversation.opening)).all() == ["mail me: [EMAIL]"]


def test_the_progress_comes_as_a_fragment(lead: TestClient) -> None:
    page = upload(lead, "a.jsonl", JSONL)

    text = lead.get(page, headers=HTMX).text

    assert text.lstrip().startswith('<div id="import"')
    assert "<!doctype" not in text


def test_the_report_holds_every_refusal_and_no_formula(
    lead: TestClient, database: Database, tmp_path: Path
) -> None:
    page = upload(lead, "=cmd.jsonl", JSONL)
    work(database, tmp_path)

    answer = lead.get(f"{page}/report")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.text.splitlines() == [
        "\ufeffLine,Field,Code,What was found,What to do",
        (
            '2,channel,IMP-014,"The value is not one of: chat, email, call, social, review.",'
            "Correct it and import the same file again: what is already here is recognised."
        ),
    ]


def test_a_table_waits_for_its_columns(
    lead: TestClient, database: Database, tmp_path: Path
) -> None:
    page = upload(lead, "rozmowy.csv", CSV.encode())

    text = lead.get(page).text
    assert '<option value="treść" selected>' in text
    assert "[EMAIL]" in re.sub(r"<[^>]+>", "", text) or "jan@b.example" not in text
    assert "jan@b.example" not in text
    answer = lead.post(f"{page}/mapping", data={"id": "id", "speaker": "kto", "text": "treść"})

    assert (answer.status_code, answer.headers["location"]) == (303, page)
    work(database, tmp_path)
    with database.reading() as db:
        assert db.scalars(select(Conversation.turn_count)).all() == [2]


def test_a_wrong_choice_of_columns_is_said_and_kept(lead: TestClient) -> None:
    page = upload(lead, "rozmowy.csv", CSV.encode())

    answer = lead.post(f"{page}/mapping", data={"id": "id", "text": "kto"})

    assert answer.status_code == 422
    assert "IMP-030" in answer.text
    assert '<option value="kto" selected>' in answer.text


def test_another_encoding_can_be_chosen_with_the_columns(lead: TestClient) -> None:
    page = upload(lead, "rozmowy.csv", CSV.encode("cp1250"))
    first = lead.get(page)
    fields = {"encoding": "cp1250", "id": "id", "speaker": "kto", "text": "treść"}

    answer = lead.post(f"{page}/mapping", data=fields)

    assert first.status_code == 422
    assert "IMP-003" in first.text
    assert answer.status_code == 303


def test_an_unknown_format_is_refused_and_nothing_kept(lead: TestClient, tmp_path: Path) -> None:
    answer = lead.post("/imports", files={"file": ("a.pdf", b"%PDF-1.7")})

    assert answer.status_code == 422
    assert "Nothing was imported." in answer.text
    assert list((tmp_path / "uploads").iterdir()) == []


def test_the_imports_of_others_do_not_exist(
    lead: TestClient, database: Database, sign_in: SignIn
) -> None:
    page = upload(lead, "a.jsonl", JSONL)
    with database.writing() as db:
        other = make_user(db, role="lead", email="other@afterword.example")

    client = sign_in(other.id)

    foreign = client.get(page)
    missing = client.get(f"/imports/{uuid.uuid4()}")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert "a.jsonl" not in client.get("/imports").text
