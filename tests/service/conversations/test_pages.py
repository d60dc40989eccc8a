import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from starlette.testclient import TestClient

from service.conversations.files import Choice, begin
from service.conversations.importing import import_records
from service.conversations.neutral import NeutralConversation, NeutralTurn
from service.database import Database
from tests.factories import make_agent, make_conversation, make_user

SignIn = Callable[[uuid.UUID], TestClient]
HTMX = {"hx-request": "true"}


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


def test_the_mails_that_a_turn_answers_are_folded_and_kept(
    database: Database, sign_in: SignIn
) -> None:
    quoted = "On 11 May 2026, Ben wrote:\n> Have <you> tried it?"
    with database.writing() as db:
        admin = make_user(db, role="admin")
        turns = (("customer", f"Still broken.\n\n{quoted}"), ("agent", "Thank you."))
        shown = make_conversation(db, turns=turns)

    text = sign_in(admin.id).get(f"/conversations/{shown.id}").text

    assert "<bdi>Still broken.</bdi>" in text
    assert text.count('<details class="turn-quoted">') == 1
    assert "wrote:<br>&gt; Have &lt;you&gt; tried it?</bdi></p></details>" in text


@pytest.mark.parametrize(
    ("language", "opening", "told"),
    [
        ("und", "", "No customer turn, so no language could be told"),
        ("und", "xyzzy", "Language is not scored"),
        ("fr", "", "Language is not scored"),
    ],
)
def test_why_a_conversation_is_not_scored_is_told_as_it_is(
    database: Database, sign_in: SignIn, language: str, opening: str, told: str
) -> None:
    with database.writing() as db:
        admin = make_user(db, role="admin")
        shown = make_conversation(db, turns=(("agent", "Hello?"),))
        shown.language, shown.opening, shown.not_scored = language, opening, "language"
    client = sign_in(admin.id)

    assert told in client.get(f"/conversations/{shown.id}").text
    assert f'<span class="chip chip-line">{told}</span>' in client.get("/conversations").text
