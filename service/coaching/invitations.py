"""The announcement of a session: its mail and its calendar file, in the agent's language."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time

from prompts.library import load_scorecard, render_text
from service.coaching.queries import FullSession
from service.config import Settings

PRODUCT = "-//Afterword//Coaching//EN"


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an agent is told about a session."""

    subject: str
    body: str
    calendar: bytes
    to: str | None  # None: the agent has no e-mail address
    message_id: str


def invitation(full: FullSession, settings: Settings) -> Invitation:
    """Return the announcement of a session that has a time."""
    session, agent, mentor = full.session, full.agent, full.mentor
    assert session.starts_at is not None, "only a planned session is announced"
    language = agent.language or settings.language
    zone = agent.time_zone or settings.timezone
    local = session.starts_at.astimezone(ZoneInfo(zone))
    locale = Locale.parse("en_GB" if language == "en" else language)
    when = {
        "date": format_date(local.date(), "full", locale=locale),
        "time": format_time(local, "HH:mm", locale=locale),
    }
    subject = render_text("announcement_subject", language, **when)
    body = render_text(
        "announcement_body",
        language,
        agent_name=agent.name,
        mentor_name=mentor.name,
        time_zone=zone,
        minutes=session.minutes,
        topics=topics(full, settings.scorecard, language),
        url=address(full, settings),
        **when,
    )
    return Invitation(
        subject,
        body,
        calendar_file(full, settings, subject=subject, body=body),
        agent.email,
        f"<{session.id}.{session.announcements}@afterword>",
    )


def topics(full: FullSession, scorecard_id: str, language: str) -> list[str]:
    """Return what the agenda is about, in its order: criteria, each once, by their names."""
    scorecard = load_scorecard(scorecard_id)
    keys = [
        item.key
        for item in full.items
        if item.is_kept and item.kind in {"gap", "praise"} and item.key in scorecard
    ]
    return [scorecard[key].name(language) for key in dict.fromkeys(keys) if key]


def address(full: FullSession, settings: Settings) -> str:
    """Return where the whole agenda is; only a path while nobody has set `AFTERWORD_PUBLIC_URL`."""
    return f"{settings.public_url.rstrip('/')}/coaching/sessions/{full.session.id}"


def calendar_file(full: FullSession, settings: Settings, *, subject: str, body: str) -> bytes:
    """Return the session as iCalendar (RFC 5545) with the method REQUEST (RFC 5546).

    A later announcement of the same session has the same UID and a higher SEQUENCE, so calendars
    move the entry rather than adding one.
    """
    from icalendar import Calendar, Event, vCalAddress  # noqa: PLC0415 -- 0.2 s, announcing only

    session = full.session
    assert session.starts_at is not None, "only a planned session is announced"
    event = Event()
    event.add("uid", f"{session.id}@afterword")
    event.add("sequence", max(0, session.announcements - 1))
    event.add("dtstamp", session.announced_at or session.created_at)
    event.add("dtstart", session.starts_at)
    event.add("dtend", session.starts_at + timedelta(minutes=session.minutes))
    event.add("summary", subject)
    event.add("description", body)
    event.add("status", "CONFIRMED")
    organizer = vCalAddress(f"mailto:{full.mentor.email or settings.mail_from}")
    organizer.params["CN"] = full.mentor.name
    event.add("organizer", organizer)
    if full.agent.email:
        attendee = vCalAddress(f"mailto:{full.agent.email}")
        attendee.params["CN"] = full.agent.name
        attendee.params["RSVP"] = "TRUE"
        event.add("attendee", attendee)
    if settings.public_url:
        event.add("url", address(full, settings))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def message(found: Invitation, settings: Settings, *, at: datetime) -> EmailMessage:
    """Return the mail: text, and the calendar file as an attachment.

    Raises:
        ValueError: the agent has no e-mail address.
    """
    if found.to is None:
        raise ValueError("a mail needs an address")
    mail = EmailMessage()
    mail["Subject"] = found.subject
    mail["From"] = settings.mail_from
    mail["To"] = found.to
    mail["Date"] = at
    mail["Message-ID"] = found.message_id  # a second try is the same mail
    mail.set_content(found.body + "\n")
    mail.add_attachment(
        found.calendar.decode(),
        subtype="calendar",
        filename="session.ics",
        params={"method": "REQUEST"},
    )
    return mail
