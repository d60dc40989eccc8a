"""A session's pages: its agenda, announced, held, acknowledged, printed."""

from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from service.coaching import actions, editing, mailing, queries, words
from service.coaching.forms import NoFields, Sent, SentAgenda, TopicForm
from service.coaching.invitations import invitation
from service.coaching.pages import numbers_of, path_to, reason_of, settings_of
from service.coaching.printing import pdf_of
from service.coaching.refusals import StaleSession, TooManyGaps
from service.coaching.tables import CoachingSession
from service.coaching.views import AgendaView, agenda_view
from service.database import now
from service.errors import DomainError, NotFound
from service.identity.access import CurrentUser
from service.identity.rules import Principal
from service.identity.tables import User
from service.language import translate
from service.web.problems import status_of
from service.web.rendering import render, render_text
from service.web.transactions import Db

router = APIRouter()


@router.get("/coaching/sessions/{session_id}", name="show_agenda")
def show_agenda(request: Request, session_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Show a session: to its mentor for editing, to the agent and other mentors to read."""
    session = queries.find_session(db, session_id, principal=user)
    return _page(request, db, session, user)


def _view(request: Request, db: Session, session: CoachingSession, user: Principal) -> AgendaView:
    settings = settings_of(request)
    return agenda_view(
        db,
        session,
        principal=user,
        language=request.state.language,
        scorecard_id=settings.scorecard,
        default_language=settings.language,
    )


def _page(
    request: Request,
    db: Session,
    session: CoachingSession,
    user: Principal,
    *,
    refusal: DomainError | None = None,
) -> Response:
    view = _view(request, db, session, user)
    language = request.state.language
    name = "coaching/agenda.html" if view.is_leading else "coaching/read.html"
    suggested = next((point.item.key for point in view.parts["gap"]), None)
    return render(
        request,
        name,
        status=status_of(refusal) if refusal else 200,
        refusal=translate(refusal.message, refusal.values, language=language) if refusal else None,
        refusal_code=refusal.code if refusal else None,
        suggested=suggested,
        mail=_mail_state(request, view),
        day=_local_day(request, session),
        reason=reason_of(view.cadence, settings_of(request).scorecard, language),
        rhythms=words.RHYTHMS,
        **_reading(request, view, user),
    )


def _reading(request: Request, view: AgendaView, user: Principal) -> dict[str, Any]:
    """Return what the agenda needs wherever it is read."""
    is_own = view.session.agent_id == user.id

    def review_path(review_id: UUID) -> str:
        name = "show_my_review" if is_own else "show_review"
        return path_to(request, name, review_id=review_id)

    return {
        "view": view,
        "is_own": is_own,
        "review_path": review_path,
        "numbers": numbers_of(settings_of(request).scorecard),
        "states": words.STATES,
        "changes": words.CHANGES,
        "action_names": words.ACTION_NAMES,
    }


def _mail_state(request: Request, view: AgendaView) -> str:
    """Return where the announcement's mail is: sent, waiting, failed, none, or empty for a draft."""
    if view.is_draft or view.is_held:
        return ""
    if view.session.mailed_at is not None:
        return "sent"
    if not settings_of(request).smtp_host or view.full.agent.email is None:
        return "none"
    return "failed" if view.full.mail_failed else "waiting"


def _local_day(request: Request, session: CoachingSession) -> str:
    """Return the session's day as a date field takes it, in the reader's time zone."""
    if session.starts_at is None:
        return ""
    return session.starts_at.astimezone(ZoneInfo(request.state.time_zone)).date().isoformat()


def _kept(
    request: Request, db: Session, session_id: UUID, user: Principal, sent: SentAgenda
) -> tuple[CoachingSession, Response | None]:
    """Keep what the form holds. A page saved elsewhere meanwhile comes back as it was typed."""
    session = editing.own_session(db, session_id, principal=user)
    try:
        editing.save(db, session, sent.edits, principal=user)
    except StaleSession as refusal:
        editing.apply(db, session, sent.edits)
        response = _page(request, db, session, user, refusal=refusal)
        db.rollback()  # shown, not saved
        return session, response
    db.flush()
    return session, None


def _done(request: Request, session: CoachingSession) -> Response:
    return RedirectResponse(path_to(request, "show_agenda", session_id=session.id), 303)


@router.post("/coaching/sessions/{session_id}", name="save_agenda")
def save_agenda(
    request: Request, session_id: UUID, sent: Sent, user: CurrentUser, db: Db
) -> Response:
    """Keep what the form holds, then do what its button says."""
    session, stale = _kept(request, db, session_id, user, sent)
    if stale is not None:
        return stale
    try:
        if sent.act == "use":
            editing.use_pin(db, session, _id(sent.value), principal=user)
        elif sent.act in {"up", "down"}:
            editing.move(db, session, _id(sent.value), by=-1 if sent.act == "up" else 1)
    except TooManyGaps as refusal:
        return _page(request, db, session, user, refusal=refusal)
    return _done(request, session)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error


@router.post("/coaching/sessions/{session_id}/announce", name="announce_agenda")
def announce_agenda(
    request: Request, session_id: UUID, sent: Sent, user: CurrentUser, db: Db
) -> Response:
    """Give the agenda to the agent; a refusal keeps what was typed."""
    session, stale = _kept(request, db, session_id, user, sent)
    if stale is not None:
        return stale
    try:
        actions.announce(db, session, principal=user, at=now())
    except DomainError as refusal:
        return _page(request, db, session, user, refusal=refusal)
    agent = db.get_one(User, session.agent_id)
    if settings_of(request).smtp_host and agent.email:
        mailing.enqueue_mail(db, session, by=user.id)
    return _done(request, session)


@router.post("/coaching/sessions/{session_id}/hold", name="hold_session")
def hold_session(
    request: Request, session_id: UUID, sent: Sent, user: CurrentUser, db: Db
) -> Response:
    """Note that the talk took place; what was agreed goes to the agent."""
    session, stale = _kept(request, db, session_id, user, sent)
    if stale is not None:
        return stale
    actions.hold(db, session, principal=user, at=now())
    return _done(request, session)


@router.post("/coaching/sessions/{session_id}/discard", name="discard_session")
def discard_session(
    request: Request,
    session_id: UUID,
    _form: Annotated[NoFields, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Throw a draft away."""
    session = editing.own_session(db, session_id, principal=user)
    agent_id = session.agent_id
    actions.discard(db, session, principal=user)
    return RedirectResponse(path_to(request, "show_agent", agent_id=agent_id), 303)


@router.post("/coaching/sessions/{session_id}/topics", name="add_topic")
def add_topic(
    request: Request,
    session_id: UUID,
    form: Annotated[TopicForm, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Add the agent's own topic."""
    item = actions.add_topic(db, session_id, form.topic, principal=user)
    return RedirectResponse(path_to(request, "show_agenda", session_id=item.session_id), 303)


@router.post("/coaching/sessions/{session_id}/acknowledge", name="acknowledge_agenda")
def acknowledge_agenda(
    request: Request,
    session_id: UUID,
    _form: Annotated[NoFields, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Note that the agent has read the agenda, or what was agreed."""
    actions.acknowledge(db, session_id, principal=user, at=now())
    return RedirectResponse(path_to(request, "show_agenda", session_id=session_id), 303)


@router.get("/coaching/sessions/{session_id}/calendar.ics", name="download_calendar")
def download_calendar(request: Request, session_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Hand over the calendar file of a session that has a time."""
    session = queries.find_session(db, session_id, principal=user)
    if session.starts_at is None:
        raise NotFound
    found = invitation(queries.full_session(db, session), settings_of(request))
    return Response(
        found.calendar,
        media_type="text/calendar; charset=utf-8; method=REQUEST",
        headers={"content-disposition": 'attachment; filename="session.ics"'},
    )


@router.get("/coaching/sessions/{session_id}/print.pdf", name="print_agenda")
def print_agenda(request: Request, session_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Hand over the agenda as a PDF in the agent's language, without anybody's private notes."""
    session = queries.find_session(db, session_id, principal=user)
    agent = db.get_one(User, session.agent_id)
    read_in = request.state.language
    request.state.language = agent.language or settings_of(request).language
    context = _reading(request, _view(request, db, session, user), user)
    drawn = pdf_of(render_text(request, "coaching/print.html", **context))
    if drawn is None:
        request.state.language = read_in
        context = _reading(request, _view(request, db, session, user), user)
        return render(request, "coaching/no_pdf.html", **context)
    return Response(
        drawn,
        media_type="application/pdf",
        headers={"content-disposition": 'inline; filename="agenda.pdf"'},
    )
