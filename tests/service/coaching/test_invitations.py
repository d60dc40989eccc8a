"""The announcement's mail and calendar file, in three languages, to a real mail server."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy.orm import Session

from service import jobs
from service.coaching import actions, queries
from service.coaching.invitations import invitation
from service.coaching.mailing import Mailing, enqueue_mail
from service.coaching.queries import FullSession
from service.coaching.tables import AgendaItem, CoachingSession
from service.config import Settings
from service.database import Database, now
from service.identity.queries import principal_of
from service.job_tables import JobBatch
from tests.factories import make_agent, make_user
from tests.service.inbox import Inbox, serving

STARTS = datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
WHEN = {
    "en": ("Coaching session: Thursday, 24 December 2026, 10:00", "Plan, owner and deadline"),
    "pl": ("czwartek, 24 grudnia 2026, 10:00", "Plan działania, osoba i termin"),
    "ru": ("четверг, 24 декабря 2026\u202fг., 10:00", "План действий, ответственный и срок"),
}


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with serving() as box:
        yield box


def make_session(db: Session, *, language: str | None) -> CoachingSession:
    agent = make_agent(db, name="Łucja Ковалёва")
    agent.email, agent.language, agent.time_zone = "lucja@a.example", language, "Europe/Warsaw"
    mentor = make_user(db, role="mentor", name="Ida Żółć")
    session = CoachingSession(
        agent_id=agent.id,
        mentor_id=mentor.id,
        state="announced",
        starts_at=STARTS,
        minutes=40,
        announcements=2,
        announced_at=STARTS - timedelta(days=2),
        private_notes="Nobody else reads this.",
    )
    db.add(session)
    db.flush()
    for position, (kind, is_kept) in enumerate((("gap", True), ("praise", False))):
        db.add(
            AgendaItem(
                session_id=session.id,
                position=position,
                kind=kind,
                key="plan" if kind == "gap" else "closing",
                is_kept=is_kept,
                note="Nobody else reads this.",
                by=mentor.id,
            )
        )
    db.flush()
    return session


def full(db: Session, session: CoachingSession) -> FullSession:
    return queries.full_session(db, session)


@pytest.mark.parametrize("language", ["en", "pl", "ru"])
def test_the_calendar_file_comes_back_as_it_went_out(
    db: Session, settings: Settings, language: str
) -> None:
    session = make_session(db, language=language)
    found = invitation(full(db, session), settings)

    calendar = Calendar.from_ical(found.calendar)
    (event,) = calendar.events

    assert calendar["METHOD"] == "REQUEST"
    assert (event["UID"], event["SEQUENCE"]) == (f"{session.id}@afterword", 1)
    assert event.decoded("DTSTART") == STARTS
    assert event.decoded("DTEND") == STARTS + timedelta(minutes=40)
    assert WHEN[language][0] in str(event["SUMMARY"])
    assert str(event["DESCRIPTION"]) == found.body
    assert event["ATTENDEE"].params["CN"] == "Łucja Ковалёва"
    assert max(len(line) for line in found.calendar.split(b"\r\n")) <= 75


@pytest.mark.parametrize("language", ["en", "pl", "ru"])
def test_the_mail_arrives_in_the_agents_language_with_the_calendar_file(
    database: Database, settings: Settings, inbox: Inbox, language: str
) -> None:
    settings = settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": inbox.port,
            "public_url": "https://qa.example",
        }
    )
    with database.writing() as db:
        session = make_session(db, language=language)
        session_id = session.id

    store = Mailing(database, settings)([str(session_id)])
    with database.writing() as db:
        store(db)

    (mail,) = inbox.mails
    body, attachment = mail.get_body(("plain",)), next(mail.iter_attachments())
    assert body is not None
    text = body.get_content()
    assert (mail["To"], mail["From"]) == ("lucja@a.example", "afterword@localhost")
    assert WHEN[language][0] in str(mail["Subject"])
    assert f"- {WHEN[language][1]}" in text
    assert f"https://qa.example/coaching/sessions/{session_id}" in text
    assert "Nobody else" not in text
    assert attachment.get_content_type() == "text/calendar"
    assert attachment.get_param("method") == "REQUEST"
    assert Calendar.from_ical(attachment.get_content())["METHOD"] == "REQUEST"
    with database.reading() as db:
        assert db.get_one(CoachingSession, session_id).mailed_at is not None


def test_a_session_that_was_mailed_is_not_mailed_again(
    database: Database, settings: Settings, inbox: Inbox
) -> None:
    settings = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": inbox.port})
    with database.writing() as db:
        session_id = make_session(db, language="en").id
    mailing = Mailing(database, settings)
    for _ in range(2):
        store = mailing([str(session_id)])
        with database.writing() as db:
            store(db)

    assert len(inbox.mails) == 1


def test_announcing_puts_down_the_mail_in_the_same_transaction(
    db: Session, settings: Settings
) -> None:
    session = make_session(db, language="en")
    enqueue_mail(db, session, by=session.mentor_id)

    assert [batch.items for batch in db.query(JobBatch)] == [[str(session.id)]]
    assert jobs.enqueue.__module__ == "service.jobs"


def test_a_later_announcement_has_a_higher_sequence(db: Session, settings: Settings) -> None:
    session = make_session(db, language="en")
    mentor = full(db, session).mentor
    first = Calendar.from_ical(invitation(full(db, session), settings).calendar).events[0]
    session.starts_at = now() + timedelta(days=9)

    actions.announce(db, session, principal=principal_of(db, mentor), at=now())

    second = Calendar.from_ical(invitation(full(db, session), settings).calendar).events[0]
    assert second["UID"] == first["UID"]
    assert (first["SEQUENCE"], second["SEQUENCE"]) == (1, 2)
    assert uuid.UUID(str(first["UID"]).split("@", maxsplit=1)[0]) == session.id
