import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from service.conversations import uploads
from service.conversations.files import Choice, begin
from service.conversations.import_job import Importing
from service.conversations.importing import import_records
from service.conversations.neutral import NeutralConversation, NeutralTurn
from service.conversations.tables import Conversation, Import
from service.database import Database
from service.job_batches import Stopping
from service.job_tables import Job
from tests.factories import make_agent, make_conversation, make_user

SignIn = Callable[[uuid.UUID], TestClient]
HTMX = {"hx-request": "true"}
JSONL = (
    b'{"id":"1","channel":"chat","turns":[{"speaker":"customer","text":"mail me: a@b.example"}]}\n'
    b'{"id":"2","channel":"fax","turns":[]}\n'
)
CSV = "id;kto;treść\n1;klient;Zażółć, jan@b.example\n1;konsultant;Jaźń\n"


@pytest.fixture
def lead(database: Database, sign_in: SignIn) -> TestClient:
    """Return the browser of a lead."""
    with database.writing() as db:
        user = make_user(db, role="lead")
    return sign_in(user.id)


def upload(client: TestClient, name: str, data: bytes, **fields: str) -> str:
    answer = client.post("/imports", files={"file": (name, data)}, data=fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def work(database: Database, folder: Path) -> list[uuid.UUID]:
    """Do what waits, as a worker does; return the imports after which scoring is put down."""
    after: list[uuid.UUID] = []
    importing = Importing(database, folder, after=lambda _db, identity: after.append(identity))
    with database.reading() as db:
        waiting = db.scalars(select(Import.id).where(Import.state == "waiting")).all()
    store = importing([str(identity) for identity in waiting], is_stopped=lambda: False)
    with database.writing() as db:
        store(db)
    return after


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


def test_the_list_shows_a_persons_own_teams_and_finds_by_words(
    database: Database, sign_in: SignIn
) -> None:
    with database.writing() as db:
        user = make_user(db, role="reviewer")
        make_conversation(db, agent=make_agent(db), external_id="ours")
        stranger = make_agent(db, name="Eve", teams=("Returns",))
        make_conversation(db, agent=stranger, external_id="theirs")
        imported = begin(db, Choice("neutral", "neutral"), file_name="f", size=1, by=None).id
    said = (NeutralTurn("customer", "Gdzie jest moja złota rybka?"),)
    import_records(database, imported, [NeutralConversation("rybka", "chat", said)])
    client = sign_in(user.id)

    listed = client.get("/conversations").text
    found = client.post("/conversations/search", data={"words": "złote rybki"}).text
    nothing = client.post("/conversations/search", data={"words": "złota żaba"}).text

    ids = r"<bdi>(ours|theirs|rybka)</bdi></a>"
    assert re.findall(ids, listed) == ["rybka", "ours"]
    assert re.findall(ids, found) == ["rybka"]
    assert re.findall(ids, nothing) == []


def test_the_list_is_filtered_and_paged(database: Database, sign_in: SignIn) -> None:
    with database.writing() as db:
        admin = make_user(db, role="admin")
        for i in range(51):
            make_conversation(db, external_id=f"n{i}", channel="email" if i else "call")
    client = sign_in(admin.id)

    first = client.get("/conversations").text
    following = re.search(r'href="(/conversations\?after=[^"]+)"', first)
    assert following is not None
    second = client.get(following[1].replace("&amp;", "&")).text

    assert len(re.findall(r"<bdi>n\d+</bdi>", first)) == 50
    assert re.findall(r"<bdi>(n\d+)</bdi>", second) == ["n0"]
    assert re.findall(r"<bdi>(n\d+)</bdi>", client.get("/conversations?channel=call").text) == [
        "n0"
    ]
    assert client.get("/conversations?channel=fax").status_code == 422


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries_for_any_length(
    database: Database,
    sign_in: SignIn,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    rows: int,
) -> None:
    with database.writing() as db:
        admin = make_user(db, role="admin")
        for i in range(rows):
            make_conversation(db, agent=make_agent(db, name=f"Agent {i}"))
    client = sign_in(admin.id)
    client.get("/conversations")

    with count_queries() as statements:
        client.get("/conversations")

    assert len([one for one in statements if "FROM conversations" in one]) == 1


def test_a_conversation_is_shown_as_plain_text(database: Database, sign_in: SignIn) -> None:
    with database.writing() as db:
        admin = make_user(db, role="admin")
        turns = (("customer", "<script>alert(1)</script> [EMAIL]"), ("agent", "\u202eabc"))
        shown = make_conversation(db, turns=turns)
    client = sign_in(admin.id)

    text = client.get(f"/conversations/{shown.id}").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text
    assert "\u202e" not in text
    assert client.get(f"/conversations/{uuid.uuid4()}").status_code == 404
