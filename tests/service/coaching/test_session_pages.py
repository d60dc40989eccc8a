"""One session from its draft to the talk, as the mentor and the agent get it."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from service.coaching.tables import ActionItem, AgendaItem, CoachingSession
from service.database import Database, now
from service.identity.tables import User
from service.job_tables import Job
from tests.service.coaching.agendas import (
    People,
    SignIn,
    announced_address,
    fields_of,
    in_days,
    on_sqlite,
    prepare,
)
from tests.service.coaching.reviewed import make_review


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


def test_a_discarded_draft_is_gone(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)

    assert browser.post(f"{address}/discard", data={}).status_code == 303

    assert browser.get(address).status_code == 404


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
