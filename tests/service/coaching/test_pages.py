"""The coaching pages, as the mentor, the agent and strangers get them."""

import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from service.coaching.tables import ActionItem, AgendaItem, CoachingSession
from service.database import Database, now
from service.identity.tables import User
from service.job_tables import Job
from tests.factories import make_agent, make_user
from tests.service.coaching.reviewed import make_review

SignIn = Callable[[uuid.UUID], TestClient]
# What a form or a template does is the same on both databases.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WEAK = {"plan": "fail", "empathy": "pass", "greeting": "pass"}


@dataclass
class People:
    mentor: uuid.UUID
    stranger: uuid.UUID
    other_mentor: uuid.UUID
    agent: uuid.UUID
    colleague: uuid.UUID
    reviewer: uuid.UUID


@pytest.fixture
def people(database: Database) -> People:
    """Ten reviews of one agent: the plan failed, empathy and greeting passed."""
    with database.writing() as db:
        reviewer = make_user(db, name="Ada Marlow")
        agent = make_agent(db, name="Ben Okafor")
        agent.email = "ben@afterword.example"
        for number in range(10):
            make_review(
                db,
                agent=agent,
                reviewer=reviewer,
                values=WEAK,
                ago=timedelta(days=3 + number),
                pins=[("empathy", 1, True), ("plan", 3, False)] if number == 0 else [],
                external_id=f"wen-{number:03}",
            )
        return People(
            make_user(db, role="mentor", name="Ida Thorne").id,
            make_user(db, role="mentor", name="Sam Stranger", teams=["Returns"]).id,
            make_user(db, role="mentor", name="Otto Other").id,
            agent.id,
            make_agent(db, name="Kim Colleague").id,
            reviewer.id,
        )


def prepare(browser: TestClient, people: People) -> str:
    """Draft an agenda and return its address."""
    answer = browser.post(f"/coaching/agents/{people.agent}/prepare", data={})
    assert answer.status_code == 303
    return answer.headers["location"]


def fields_of(page: str) -> dict[str, str]:
    """Return what a browser would send of the agenda's form, without its buttons."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, kind = attribute(tag, "name"), attribute(tag, "type")
        is_on = kind not in {"checkbox", "radio"} or " checked" in tag
        if name and is_on and name not in {"topic", "back"}:
            found[name] = attribute(tag, "value")
    for tag, text in re.findall(r"<textarea ([^>]*)>([^<]*)</textarea>", page):
        found[attribute(tag, "name")] = text
    for name, options in re.findall(
        r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen.group(1) if chosen else re.findall(r'value="([^"]*)"', options)[0]
    return found


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found.group(1) if found else ""


def in_days(days: int) -> dict[str, str]:
    day = (now() + timedelta(days=days)).date().isoformat()
    return {"day": day, "time": "10:00", "minutes": "40"}


def announce(browser: TestClient, address: str) -> None:
    page = browser.get(address).text
    answer = browser.post(f"{address}/announce", data=fields_of(page) | in_days(3))
    assert (answer.status_code, answer.headers["location"]) == (303, address)


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


def test_a_draft_holds_gap_praise_topics_and_questions(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)

    page = browser.get(prepare(browser, people)).text

    assert "C5 Plan, owner and deadline" in page
    assert "C6 Empathy: acknowledging the situation" in page
    assert "Your parcel left on Monday" in page
    assert page.count('class="excerpt excerpt-good"') == 2
    assert page.count("Standing topics") == 1
    assert "What would the customer need to hear here to know what happens next, and when?" in page


def test_the_agent_sees_nothing_of_a_draft(people: People, sign_in: SignIn) -> None:
    address = prepare(sign_in(people.mentor), people)

    browser = sign_in(people.agent)

    assert browser.get(address).status_code == 404
    assert address not in browser.get("/me").text


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


def test_another_mentor_of_the_team_reads_without_private_notes(
    people: People, sign_in: SignIn
) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)
    assert sign_in(people.other_mentor).get(address).status_code == 404
    browser = sign_in(people.mentor)
    page = browser.get(address).text
    note = next(name for name in fields_of(page) if name.startswith("note-"))
    secret = {"private": "Start with the birthday lamp.", note: "Asked for a lighter shift."}
    browser.post(f"{address}/announce", data=fields_of(page) | in_days(3) | secret)

    for who in (people.other_mentor, people.agent):
        browser = sign_in(who)
        page = browser.get(address).text
        assert "C5 Plan, owner and deadline" in page
        assert "birthday lamp" not in page
        assert "lighter shift" not in page
    assert sign_in(people.other_mentor).post(address, data={"version": "3"}).status_code == 404
    assert "birthday lamp" in sign_in(people.mentor).get(address).text


def test_an_agent_adds_a_topic_and_acknowledges(
    people: People, sign_in: SignIn, database: Database
) -> None:
    address = announced_address(sign_in(people.mentor), people)
    browser = sign_in(people.agent)
    assert address in browser.get("/me").text

    browser.post(f"{address}/topics", data={"topic": "<b>The packing screen</b>"})
    browser.post(f"{address}/acknowledge", data={})

    page = sign_in(people.mentor).get(address).text
    assert "&lt;b&gt;The packing screen&lt;/b&gt;" in page
    assert "Acknowledged" in page
    with database.reading() as db:
        topic = db.query(AgendaItem).filter_by(kind="agent_topic").one()
        assert (topic.body, topic.by) == ("<b>The packing screen</b>", people.agent)


def announced_address(browser: TestClient, people: People) -> str:
    address = prepare(browser, people)
    announce(browser, address)
    return address


@on_sqlite
def test_an_agenda_announced_too_late_is_refused_and_kept(
    people: People, sign_in: SignIn, database: Database
) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)
    form = fields_of(browser.get(address).text) | in_days(0) | {"private": "Kept."}

    answer = browser.post(f"{address}/announce", data=form)

    assert answer.status_code == 422
    assert "at least 24 hours before" in answer.text
    assert "Kept." in browser.get(address).text
    with database.reading() as db:
        assert db.query(CoachingSession).one().state == "draft"


@on_sqlite
def test_a_critical_example_needs_praise_beside_it(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)
    page = browser.get(address).text
    part = page[page.index("Done well") : page.index("Standing topics")]
    form = fields_of(page) | in_days(3)
    for name in re.findall(r'name="(keep-[^"]+)"', part):
        del form[name]

    answer = browser.post(f"{address}/announce", data=form)

    assert answer.status_code == 422
    assert "There are 1 critical examples and 0 good ones." in answer.text


def test_what_was_typed_into_an_old_page_comes_back_unsaved(
    people: People, sign_in: SignIn
) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)
    form = fields_of(browser.get(address).text)
    assert browser.post(address, data=form | {"private": "First."}).status_code == 303

    answer = browser.post(address, data=form | {"private": "Second."})

    assert answer.status_code == 409
    assert "Second." in answer.text
    assert "First." in browser.get(address).text
    again = fields_of(answer.text)
    assert browser.post(address, data=again).status_code == 303
    assert "Second." in browser.get(address).text


@on_sqlite
def test_points_change_places_are_dropped_and_taken_back(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)
    page = browser.get(address).text
    first, second = re.findall(r'name="up" value="([^"]+)"', page)[:2]
    form = fields_of(page)
    dropped = form.copy()
    del dropped[f"keep-{first}"]

    browser.post(address, data=dropped | {"down": first, f"body-{first}": "What helped you?"})

    page = browser.get(address).text
    assert re.findall(r'name="up" value="([^"]+)"', page)[:2] == [second, first]
    assert f"keep-{first}" not in fields_of(page)
    assert "What helped you?" in page
    browser.post(address, data=fields_of(page) | {f"keep-{first}": "1"})
    assert f"keep-{first}" in fields_of(browser.get(address).text)


@on_sqlite
def test_a_pin_is_put_on_the_agenda_once(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)
    page = browser.get(address).text
    used = re.findall(r'name="use" value="([^"]+)"', page)

    assert used == []  # the draft uses both pins: the praise, and the weak example
    assert page.count("wen-000, turn 4") == 1


def test_the_talk_ends_with_action_items_and_the_next_one_measures_them(
    people: People, sign_in: SignIn, database: Database
) -> None:
    browser = sign_in(people.mentor)
    address = announced_address(browser, people)
    form = fields_of(browser.get(address).text) | {
        "text-new1": "Name the day in every answer",
        "criterion-new1": "plan",
        "measure-new1": "10 of 10 chats",
        "shared": "We looked at two chats.",
    }
    browser.post(f"{address}/hold", data=form)
    sign_in(people.agent).post(f"{address}/acknowledge", data={})
    own = sign_in(people.agent).get("/me").text
    with database.writing() as db:
        session = db.query(CoachingSession).one()
        session.held_at = session.created_at = now() - timedelta(days=1, hours=12)
        assert session.state == "acknowledged"
        make_later_reviews(db, people)

    following = browser_page(sign_in, people)

    assert "Name the day in every answer" in own
    assert "10 of 10 chats" in own
    assert "Name the day in every answer" in following
    assert "Better: the change is larger than chance." in following
    with database.reading() as db:
        assert db.query(ActionItem).one().state == "open"


def make_later_reviews(db: Session, people: People) -> None:
    for number in range(10):
        make_review(
            db,
            agent=db.get_one(User, people.agent),
            reviewer=db.get_one(User, people.reviewer),
            values={"plan": "pass"},
            ago=timedelta(minutes=5 + number),
        )


def browser_page(sign_in: SignIn, people: People) -> str:
    browser = sign_in(people.mentor)
    return browser.get(prepare(browser, people)).text


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


def test_a_review_is_read_and_acknowledged_by_its_agent_alone(
    people: People, sign_in: SignIn
) -> None:
    own = sign_in(people.agent)
    address = re.findall(r'href="(/me/reviews/[^"]+)"', own.get("/me").text)[0]

    page = own.get(address).text
    assert "Ada Marlow" in page
    assert "Root cause: Agent skill." in page
    assert "test-heads-1" in page
    assert "9 criteria were decided by nobody." in page
    assert own.post(f"{address}/acknowledge", data={}).status_code == 303
    assert "Acknowledged" in own.get(address).text
    assert sign_in(people.colleague).get(address).status_code == 404
    assert sign_in(people.colleague).post(f"{address}/acknowledge", data={}).status_code == 404
    assert sign_in(people.mentor).get(address).status_code == 403


@on_sqlite
def test_nobody_coaches_themselves_or_who_is_no_agent(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)

    for who in (people.mentor, people.reviewer, people.other_mentor):
        assert browser.post(f"/coaching/agents/{who}/prepare", data={}).status_code == 404


def test_preparing_twice_gives_the_same_draft(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)

    assert prepare(browser, people) == prepare(browser, people)


def test_a_discarded_draft_is_gone(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)

    assert browser.post(f"{address}/discard", data={}).status_code == 303

    assert browser.get(address).status_code == 404


@on_sqlite
def test_a_sixth_action_item_and_one_without_a_day_are_refused(
    people: People, sign_in: SignIn
) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)
    new = {"text-new1": "Do it", "criterion-new1": "plan", "measure-new1": "", "due-new1": ""}
    answer = browser.post(address, data=fields_of(browser.get(address).text) | new)
    assert (answer.status_code, "COA-427" in answer.text) == (422, True)

    form = fields_of(browser.get(address).text)
    for number in range(1, 7):
        form |= {
            f"text-new{number}": "Do it",
            f"criterion-new{number}": "plan",
            f"due-new{number}": "2026-12-24",
        }
    answer = browser.post(address, data=form)
    assert (answer.status_code, "COA-426" in answer.text) == (422, True)


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


@on_sqlite
def test_the_pdf_is_in_the_agents_language_and_without_notes(
    people: People, sign_in: SignIn
) -> None:
    browser = sign_in(people.mentor)
    address = announced_address(browser, people)

    answer = browser.get(f"{address}/print.pdf")

    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


@on_sqlite
def test_without_what_draws_pdfs_there_is_a_page_to_print(
    people: People, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.coaching.session_pages.pdf_of", lambda _html: None)
    browser = sign_in(people.mentor)
    address = announced_address(browser, people)

    page = browser.get(f"{address}/print.pdf").text

    assert "cannot make PDF files" in page
    assert "C5 Plan, owner and deadline" in page


@pytest.mark.parametrize(("host", "expected"), [("mail.test", 1), ("", 0)])
def test_a_mail_is_put_down_only_where_there_is_a_mail_server(
    people: People, sign_in: SignIn, database: Database, host: str, expected: int
) -> None:
    browser = sign_in(people.mentor)
    app = browser.app
    app.state.settings = app.state.settings.model_copy(update={"smtp_host": host})  # type: ignore[attr-defined]  # -- the test client knows its app as any ASGI

    address = announced_address(browser, people)

    page = browser.get(address).text
    assert ("The mail is on its way" in page) == bool(expected)
    assert ("No mail is sent from here" in page) == (not expected)
    with database.reading() as db:
        assert db.query(Job).filter_by(kind="announce").count() == expected
