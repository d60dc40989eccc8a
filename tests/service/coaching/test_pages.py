"""The agents of a mentor, and who may see what of coaching at all."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from service.database import Database
from service.identity.tables import User
from tests.factories import make_agent
from tests.service.coaching.agendas import WEAK, People, SignIn, announce, on_sqlite, prepare
from tests.service.coaching.reviewed import make_review


def test_a_mentor_sees_the_agents_of_their_teams(people: People, sign_in: SignIn) -> None:
    page = sign_in(people.mentor).get("/coaching").text

    assert "Ben Okafor" in page
    assert "Kim Colleague" in page
    assert "Every week" in page
    assert "C5 below target" in page
    assert "Ben Okafor" not in sign_in(people.stranger).get("/coaching").text


@on_sqlite
def test_an_agent_is_shown_with_mean_interval_and_number(people: People, sign_in: SignIn) -> None:
    page = sign_in(people.mentor).get(f"/coaching/agents/{people.agent}").text

    assert "0–28" in page
    assert "72–100" in page
    assert "n 10" in page
    assert "Not enough data: 0 confirmed, 10 are needed." in page


def test_strangers_get_what_a_missing_page_gives(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)
    announce(browser, address)

    for who in (people.stranger, people.colleague):
        browser = sign_in(who)
        for ending in ("", "/print.pdf", "/calendar.ics"):
            assert browser.get(address + ending).status_code == 404
    assert sign_in(people.stranger).get(f"/coaching/agents/{people.agent}").status_code == 404
    assert sign_in(people.stranger).post(address, data={"version": "2"}).status_code == 404


def test_unconfirmed_scores_appear_on_no_page(
    people: People, sign_in: SignIn, database: Database
) -> None:
    with database.writing() as db:
        agent, reviewer = db.get_one(User, people.agent), db.get_one(User, people.reviewer)
        for state in ("draft", "submitted"):
            make_review(
                db,
                agent=agent,
                reviewer=reviewer,
                values={"closing": "fail"} if state == "draft" else {"greeting": "pass"},
                proposed={"closing": "fail"},
                pins=[("closing", 1, False)] if state == "draft" else [],
                state=state,
                external_id=f"unseen-{state}",
                ago=timedelta(hours=2),
            )
    browser = sign_in(people.mentor)
    pages = [
        browser.get(prepare(browser, people)).text,
        browser.get(f"/coaching/agents/{people.agent}").text,
        sign_in(people.agent).get("/me").text,
    ]

    for page in pages:
        assert "unseen-draft" not in page
        row = page[page.index("Closing and summary") :][:400]
        assert "n 1" not in row


@on_sqlite
def test_nobody_coaches_themselves_or_who_is_no_agent(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)

    for who in (people.mentor, people.reviewer, people.other_mentor):
        assert browser.post(f"/coaching/agents/{who}/prepare", data={}).status_code == 404


def test_preparing_twice_gives_the_same_draft(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)

    assert prepare(browser, people) == prepare(browser, people)


def test_the_pages_take_the_same_number_of_queries_however_much_there_is(
    people: People,
    sign_in: SignIn,
    database: Database,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    address = prepare(sign_in(people.mentor), people)

    def counted() -> list[int]:
        counts = []
        for who, path in (
            (people.mentor, "/coaching"),
            (people.mentor, f"/coaching/agents/{people.agent}"),
            (people.mentor, address),
            (people.agent, "/me"),
        ):
            browser = sign_in(who)
            with count_queries() as statements:
                assert browser.get(path).status_code == 200
            counts.append(len(statements))
        return counts

    before = counted()
    with database.writing() as db:
        agent, reviewer = db.get_one(User, people.agent), db.get_one(User, people.reviewer)
        for number in range(3):
            make_agent(db, name=f"More {number}")
            make_review(
                db,
                agent=agent,
                reviewer=reviewer,
                values=WEAK,
                pins=[("clarity", 1, True), ("clarity", 3, False)],
            )

    assert counted() == before
