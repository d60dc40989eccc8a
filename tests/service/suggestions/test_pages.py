import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from sqlalchemy import select, text
from starlette.testclient import TestClient

from service.audit.tables import AuditRow
from service.cases.indexing import index_missing
from service.cases.search import EmbeddedSearch
from service.database import Database
from service.identity.tables import User
from service.suggestions.tables import Suggestion
from tests.conftest import SECRET
from tests.factories import make_agent, make_case, make_conversation, make_user
from tests.service.cases.words import NoModels, WordModels

HTMX = {"hx-request": "true"}
ROUTER = "router restarts every evening"
TURNS = (("customer", ROUTER), ("agent", "I am looking at the line."))
SignIn = Callable[[uuid.UUID], TestClient]
OURS = AuditRow.action.like("suggestion.%")
Count = Callable[[], AbstractContextManager[list[str]]]


@dataclass
class Desk:
    """Two agents of two teams, a conversation of the first, cases with vectors."""

    agent: uuid.UUID
    stranger: uuid.UUID
    reviewer: uuid.UUID
    conversation: uuid.UUID
    cases: list[uuid.UUID]


@pytest.fixture
def desk(database: Database, client: TestClient) -> Desk:
    models = WordModels()
    with database.writing() as db:
        agent = make_agent(db)
        stranger = make_agent(db, name="Ola", teams=("Returns",))
        reviewer = make_user(db)
        conversation = make_conversation(db, agent=agent, turns=TURNS)
        cases = [
            make_case(db, problem=ROUTER, solution="Plug it into the wall, order [ORDER].").id,
            make_case(db, problem="router restarts every morning", solution="New adapter.").id,
            make_case(db, problem="parcel lost by courier", solution="Sent again.").id,
        ]
    index_missing(database, models)
    client.app.state.search = EmbeddedSearch(models)  # type: ignore[attr-defined]
    return Desk(agent.id, stranger.id, reviewer.id, conversation.id, cases)


def titles(page: str) -> list[str]:
    head = r'class="case-title">(?:<kbd>\d</kbd> |<a [^>]*>)<bdi lang="en">([^<]+)</bdi>'
    return re.findall(head, page)


def test_a_pasted_question_finds_what_solved_it(desk: Desk, sign_in: SignIn) -> None:
    page = sign_in(desk.agent).post("/answers", data={"question": ROUTER}).text

    assert titles(page) == [ROUTER, "router restarts every morning"]
    assert "Very close" in page
    assert "Solved at first contact" in page
    assert 'Plug it into the wall, order <span class="masked">order</span>.' in page
    assert ">Plug it into the wall, order [ORDER].</textarea>" in page
    assert "Nothing is sent from here" in page


def test_asking_stores_nothing(desk: Desk, database: Database, sign_in: SignIn) -> None:
    client = sign_in(desk.agent)
    with database.reading() as db:
        before = db.execute(text("SELECT count(*) FROM audit_rows")).scalar_one()

    client.post("/answers", data={"question": f"{ROUTER} canary-4711"})

    with database.reading() as db:
        assert db.scalars(select(Suggestion)).all() == []
        assert db.execute(text("SELECT count(*) FROM audit_rows")).scalar_one() == before


def test_a_question_never_stands_in_an_address(desk: Desk, sign_in: SignIn) -> None:
    client = sign_in(desk.agent)

    assert client.get("/answers", params={"question": "x"}).status_code == 422
    assert client.get("/answers", params={"q": "x"}).status_code == 422
    assert 'method="post" action="/answers" id="ask"' in client.get("/answers").text


def test_nothing_close_is_said_in_words(desk: Desk, sign_in: SignIn) -> None:
    page = sign_in(desk.agent).post("/answers", data={"question": "tulips bloom"}).text

    assert "No reliable case." in page
    assert titles(page) == []


@pytest.mark.parametrize("question", ["", "  \n ", "Hello, good morning!", "😀"])
def test_a_question_without_a_telling_word_is_nothing_to_search_for(
    desk: Desk, sign_in: SignIn, question: str
) -> None:
    client = sign_in(desk.agent)
    page = client.post("/answers", data={"question": question}).text
    fragment = client.post("/answers", data={"question": question}, headers=HTMX).text

    for one in (page, fragment):
        assert "Nothing to search for." in one
        assert "No reliable case." not in one
        assert titles(one) == []
    assert "Nothing to search for." not in client.get("/answers").text


def test_a_conversation_that_is_only_a_greeting_has_no_similar_cases_for_a_reason(
    desk: Desk, database: Database, sign_in: SignIn
) -> None:
    with database.writing() as db:
        agent = db.get_one(User, desk.agent)
        greeting = make_conversation(
            db, agent=agent, turns=(("customer", "Hello!"),), external_id="g"
        )

    page = sign_in(desk.agent).get(f"/conversations/{greeting.id}/similar").text

    assert "Nothing to search for." in page
    assert titles(page) == []


def test_an_own_conversation_can_be_answered_a_foreign_one_not(desk: Desk, sign_in: SignIn) -> None:
    mine = sign_in(desk.agent).get(f"/answers?conversation={desk.conversation}")
    foreign = sign_in(desk.stranger).get(f"/answers?conversation={desk.conversation}")
    posted = sign_in(desk.stranger).post("/answers", data={"conversation": str(desk.conversation)})

    assert titles(mine.text)[0] == ROUTER
    assert (mine.status_code, foreign.status_code, posted.status_code) == (200, 404, 404)


def test_similar_cases_are_a_fragment_for_htmx_and_a_page_without(
    desk: Desk, sign_in: SignIn
) -> None:
    path = f"/conversations/{desk.conversation}/similar"
    client = sign_in(desk.reviewer)

    page, fragment = client.get(path).text, client.get(path, headers=HTMX).text

    assert page.startswith("<!doctype html>")
    assert fragment.startswith('<ul class="cases">')
    assert titles(page) == titles(fragment) == [ROUTER, "router restarts every morning"]
    assert "<b>Same:</b>" in fragment
    assert sign_in(desk.stranger).get(path).status_code == 404


def test_copying_is_noted_and_shows_the_draft(
    desk: Desk, database: Database, sign_in: SignIn
) -> None:
    client = sign_in(desk.agent)

    page = client.post(f"/answers/{desk.cases[0]}/copy", data={"question": ROUTER}).text
    fragment = client.post(
        f"/answers/{desk.cases[1]}/copy",
        data={"conversation": str(desk.conversation)},
        headers=HTMX,
    ).text

    assert page.count("<details data-draft open>") == 1
    assert "Copied as a draft" in fragment
    assert "<!doctype" not in fragment
    with database.reading() as db:
        rows = db.scalars(select(Suggestion).order_by(Suggestion.id)).all()
        actions = db.scalars(select(AuditRow.action).where(OURS)).all()
    assert [(row.case_id, row.outcome, row.conversation_id) for row in rows] == [
        (desk.cases[0], "copied", None),
        (desk.cases[1], "copied", desk.conversation),
    ]
    assert actions == ["suggestion.copied", "suggestion.copied"]


def test_a_rejected_case_is_gone_from_the_page_and_lower_for_everybody(
    desk: Desk, database: Database, sign_in: SignIn
) -> None:
    answer = sign_in(desk.agent).post(
        f"/answers/{desk.cases[0]}/reject", data={"question": ROUTER, "reason": "outdated"}
    )
    again = sign_in(desk.stranger).post("/answers", data={"question": ROUTER})

    assert titles(answer.text) == ["router restarts every morning"]
    assert "ranked lower from now on" in answer.text
    assert titles(again.text) == ["router restarts every morning", ROUTER]
    with database.reading() as db:
        row = db.scalars(select(Suggestion)).one()
        audit = db.scalars(select(AuditRow).where(OURS)).one()
    assert (row.outcome, row.reason, row.user_id) == ("rejected", "outdated", desk.agent)
    assert (audit.action, audit.details) == ("suggestion.rejected", {"reason": "outdated"})


def test_three_rejections_take_a_case_out(desk: Desk, sign_in: SignIn) -> None:
    for person in (desk.agent, desk.stranger, desk.reviewer):
        sign_in(person).post(
            f"/answers/{desk.cases[0]}/reject",
            data={"question": ROUTER, "reason": "wrong_procedure"},
        )

    page = sign_in(desk.agent).post("/answers", data={"question": ROUTER}).text

    assert titles(page) == ["router restarts every morning"]


def test_not_similar_beside_a_conversation_goes_back_to_its_cases(
    desk: Desk, sign_in: SignIn
) -> None:
    form = {
        "conversation": str(desk.conversation), "place": "similar", "reason": "wrong_problem",
    }  # fmt: skip
    client = sign_in(desk.reviewer)

    plain = client.post(f"/answers/{desk.cases[0]}/reject", data=form)
    fragment = client.post(f"/answers/{desk.cases[0]}/reject", data=form, headers=HTMX)

    assert plain.status_code == 303
    assert plain.headers["location"] == f"/conversations/{desk.conversation}/similar"
    assert titles(fragment.text) == ["router restarts every morning"]


def test_a_foreign_conversation_cannot_be_named_when_rejecting(
    desk: Desk, database: Database, sign_in: SignIn
) -> None:
    answer = sign_in(desk.stranger).post(
        f"/answers/{desk.cases[0]}/reject",
        data={"conversation": str(desk.conversation), "reason": "outdated"},
    )

    assert answer.status_code == 404
    with database.reading() as db:
        assert db.scalars(select(Suggestion)).all() == []


@pytest.mark.parametrize("reason", ["", "boring"])
def test_a_rejection_needs_a_known_reason(desk: Desk, sign_in: SignIn, reason: str) -> None:
    answer = sign_in(desk.agent).post(
        f"/answers/{desk.cases[0]}/reject", data={"question": ROUTER, "reason": reason}
    )

    assert answer.status_code == 422


def test_damaged_weights_switch_suggestions_off_and_nothing_else(
    desk: Desk, client: TestClient, sign_in: SignIn
) -> None:
    client.app.state.search = EmbeddedSearch(NoModels())  # type: ignore[attr-defined]
    client = sign_in(desk.agent)

    answers = client.post("/answers", data={"question": ROUTER})
    similar = client.get(f"/conversations/{desk.conversation}/similar")

    assert answers.status_code == similar.status_code == 200
    assert "Suggestions are off." in answers.text
    assert "Suggestions are off." in similar.text
    assert client.get(f"/cases/{desk.cases[0]}").status_code == 200


@pytest.mark.parametrize("more", [0, 2])
def test_finding_takes_the_same_queries_for_any_number_of_cases(
    desk: Desk, database: Database, sign_in: SignIn, count_queries: Count, more: int
) -> None:
    models = WordModels()
    with database.writing() as db:
        for number in range(more):
            make_case(db, problem=f"router restarts every {number}00 minutes")
    index_missing(database, models)
    client = sign_in(desk.agent)
    client.post("/answers", data={"question": ROUTER})

    with count_queries() as statements:
        client.post("/answers", data={"question": ROUTER})

    assert len([one for one in statements if one.lstrip().startswith("SELECT")]) == 7


def test_the_words_of_a_question_reach_no_log(
    desk: Desk, sign_in: SignIn, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_in(desk.agent).post("/answers", data={"question": "canary-8812 router"})

    out = capsys.readouterr()
    assert "canary-8812" not in out.out + out.err
    assert SECRET.decode() not in out.out + out.err
