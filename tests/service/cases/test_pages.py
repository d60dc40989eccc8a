import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from starlette.testclient import TestClient

from service.cases.actions import count_rejection
from service.cases.tables import Case
from service.database import Database
from tests.factories import make_agent, make_case, make_conversation, make_user

SignIn = Callable[[uuid.UUID], TestClient]
Count = Callable[[], AbstractContextManager[list[str]]]


def test_a_case_shows_its_problem_its_solution_and_who_approved_it(
    database: Database, sign_in: SignIn
) -> None:
    with database.writing() as db:
        agent, stranger = make_agent(db), make_agent(db, name="Ola", teams=("Returns",))
        ada = make_user(db, name="Ada Marlow")
        made = make_conversation(db, agent=agent)
        case = make_case(
            db, problem="Write to [EMAIL] <b>", conversation=made, approved_by=ada, csat=4.0
        )

    page = sign_in(agent.id).get(f"/cases/{case.id}")
    foreign = sign_in(stranger.id).get(f"/cases/{case.id}")

    assert page.status_code == foreign.status_code == 200
    assert '<span class="masked">e-mail address</span> &lt;b&gt;' in page.text
    assert "Ada Marlow" in page.text
    assert f"/conversations/{made.id}" in page.text
    assert f"/conversations/{made.id}" not in foreign.text
    assert "Retire" not in page.text


def test_a_lead_retires_a_case_and_offers_it_again(database: Database, sign_in: SignIn) -> None:
    with database.writing() as db:
        lead, case = make_user(db, role="lead"), make_case(db)
    client = sign_in(lead.id)

    answer = client.post(f"/cases/{case.id}/retire")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case.id}")
    assert "Retired: no search finds it." in client.get(f"/cases/{case.id}").text
    client.post(f"/cases/{case.id}/offer")
    assert "Retired" not in client.get(f"/cases/{case.id}").text


@pytest.mark.parametrize("role", ["agent", "mentor", "reviewer"])
def test_only_leads_and_admins_retire(database: Database, sign_in: SignIn, role: str) -> None:
    with database.writing() as db:
        user, case = make_user(db, role=role), make_case(db)

    answer = sign_in(user.id).post(f"/cases/{case.id}/retire")

    assert answer.status_code == 403
    with database.reading() as db:
        assert db.get_one(Case, case.id).is_active


def test_a_case_that_agents_rejected_waits_in_a_list_of_its_own(
    database: Database, sign_in: SignIn
) -> None:
    with database.writing() as db:
        lead, case = make_user(db, role="lead"), make_case(db, problem="Held problem")
        make_case(db, problem="Other problem")
        for _ in range(3):
            count_rejection(db, case.id)
    client = sign_in(lead.id)

    rejected = client.get("/cases?which=rejected").text

    assert "Held problem" in rejected
    assert "Other problem" not in rejected
    assert "1 was rejected by agents and waits for you." in rejected
    assert "Not offered: agents rejected it." in client.get(f"/cases/{case.id}").text


def test_no_cases_yet_says_where_they_come_from(database: Database, sign_in: SignIn) -> None:
    with database.writing() as db:
        lead = make_user(db, role="lead")

    assert "afterword import --cases FILE" in sign_in(lead.id).get("/cases").text


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_any_length(
    database: Database, sign_in: SignIn, count_queries: Count, count: int
) -> None:
    with database.writing() as db:
        lead = make_user(db, role="lead")
        for _ in range(count):
            make_case(db)
    client = sign_in(lead.id)

    with count_queries() as statements:
        client.get("/cases")

    assert len([one for one in statements if one.startswith("SELECT")]) == 4


def test_a_case_that_does_not_exist_is_nothing_here(database: Database, sign_in: SignIn) -> None:
    with database.writing() as db:
        agent = make_agent(db)

    assert sign_in(agent.id).get(f"/cases/{uuid.uuid4()}").status_code == 404
