"""What a mentor changes on a session's page. No action commits."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prompts.library import load_questions
from service.audit.actions import record
from service.coaching import material, queries, rules
from service.coaching.edits import ACTION_STATES, ActionEdit, Edits, PointEdit
from service.coaching.points import add_point, add_quote, points_of
from service.coaching.refusals import (
    NoDueDay,
    NotADraft,
    StaleSession,
    TooManyActions,
    TooManyGaps,
)
from service.coaching.tables import ActionItem, AgendaItem, CoachingSession
from service.database import now
from service.errors import NotFound
from service.identity.rules import Principal
from service.identity.tables import User


def own_session(db: Session, session_id: UUID, *, principal: Principal) -> CoachingSession:
    """Return a session that the person leads, for changing.

    Raises:
        NotFound: also when it exists and somebody else leads it.
    """
    found = db.scalar(
        queries.sessions_for(principal)
        .where(CoachingSession.id == session_id, CoachingSession.mentor_id == principal.id)
        .with_for_update(of=CoachingSession)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def save(db: Session, session: CoachingSession, edits: Edits, *, principal: Principal) -> None:
    """Keep what the mentor's form holds; once announced, only notes and action items change.

    Raises:
        StaleSession: the session was saved since the form was opened.
        NoDueDay, TooManyActions: an action item is not complete, or one too many.
    """
    if session.version != edits.version:
        raise StaleSession
    apply(db, session, edits)
    session.version += 1
    record(
        db,
        "session.saved",
        subject=f"session:{session.id}",
        actor=principal.id,
        version=session.version,
    )


def apply(db: Session, session: CoachingSession, edits: Edits) -> None:
    """Put the form's values into the rows, as far as the session's state lets them change."""
    is_draft = session.state == "draft"
    items = db.scalars(select(AgendaItem).where(AgendaItem.session_id == session.id))
    for item in items:
        if item.id in edits.points:
            _apply_point(item, edits.points[item.id], is_draft=is_draft)
    if is_draft and edits.question:
        _add_question(db, session, edits.question)
    if session.state in {"draft", "announced"}:
        session.starts_at = edits.starts_at or session.starts_at
        session.minutes = edits.minutes or session.minutes
    if edits.private_notes is not None:
        session.private_notes = edits.private_notes
    if session.state != "acknowledged":  # what the agent has acknowledged stands
        if edits.shared_notes is not None:
            session.shared_notes = edits.shared_notes
        _apply_actions(db, session, edits)
    _apply_states(db, session, edits)


def _apply_point(item: AgendaItem, edit: PointEdit, *, is_draft: bool) -> None:
    if is_draft:
        item.is_kept = edit.is_kept
        item.position = edit.position
        if edit.body is not None and item.kind in {"gap", "praise", "question"}:
            item.body = edit.body
    if edit.note is not None and item.kind == "standing":
        item.note = edit.note


def _add_question(db: Session, session: CoachingSession, text: str) -> None:
    last = select(func.max(AgendaItem.position)).where(AgendaItem.session_id == session.id)
    point = rules.Point("question", None, text)
    add_point(db, session, point, position=(db.scalar(last) or 0) + 1, by=session.mentor_id)


def _apply_actions(db: Session, session: CoachingSession, edits: Edits) -> None:
    statement = select(ActionItem).where(ActionItem.session_id == session.id)
    existing = {item.id: item for item in db.scalars(statement)}
    for action_id, edit in edits.actions.items():
        item = existing.get(action_id)
        if item is not None and not edit.text and session.held_at is None:
            db.delete(item)
            del existing[action_id]
        elif item is not None and edit.text:
            _check(edit)
            item.text, item.criterion, item.measure = edit.text, edit.criterion, edit.measure
            item.due_on = edit.due_on or item.due_on
    fresh = [edit for edit in edits.new_actions if edit.text]
    if len(existing) + len(fresh) > rules.MOST_ACTIONS:
        raise TooManyActions
    for edit in fresh:
        _check(edit)
        db.add(
            ActionItem(
                session_id=session.id,
                agent_id=session.agent_id,
                criterion=edit.criterion,
                text=edit.text,
                measure=edit.measure,
                due_on=edit.due_on,
            )
        )
    db.flush()


def _check(edit: ActionEdit) -> None:
    if edit.due_on is None:
        raise NoDueDay


def _apply_states(db: Session, session: CoachingSession, edits: Edits) -> None:
    if not edits.states:
        return
    earlier = db.scalars(
        select(ActionItem)
        .join(CoachingSession, CoachingSession.id == ActionItem.session_id)
        .where(
            ActionItem.id.in_(edits.states),
            ActionItem.agent_id == session.agent_id,
            CoachingSession.held_at.is_not(None),
        )
    )
    for action in earlier:
        state = edits.states[action.id]
        if state != action.state and state in ACTION_STATES:
            action.state = state
            action.closed_at = None if state == "open" else now()


def use_pin(db: Session, session: CoachingSession, pin_id: UUID, *, principal: Principal) -> None:
    """Put a pinned turn on the agenda: with the criterion's point, or as a new one.

    Raises:
        NotADraft: the agenda is announced.
        NotFound: no such pin of this agent in a submitted review.
        TooManyGaps: it would be the third criterion to work on.
    """
    if session.state != "draft":
        raise NotADraft
    found = material.material_of(db, session.agent_id, since=now() - rules.WINDOW)
    pin = next((one for one in found.pins if one.id == pin_id), None)
    if pin is None:
        raise NotFound
    kind = "praise" if pin.is_praise else "gap"
    kept = [item for item in points_of(db, session) if item.kind == kind and item.is_kept]
    item = next((one for one in kept if one.key == pin.criterion), None)
    if item is None:
        if kind == "gap" and len(kept) >= rules.MOST_GAPS:
            raise TooManyGaps
        item = _add_pinned(db, session, pin, kind=kind)
    rating = next(
        (
            one.rating_id
            for one in found.ratings
            if one.review_id == pin.review_id and one.criterion == pin.criterion
        ),
        None,
    )
    add_quote(db, item, rules.Quote(pin.review_id, pin.position, rating))
    record(
        db,
        "session.pin_used",
        subject=f"session:{session.id}",
        actor=principal.id,
        pin=str(pin.id),
    )


def _add_pinned(
    db: Session, session: CoachingSession, pin: rules.Pinned, *, kind: str
) -> AgendaItem:
    agent = db.get_one(User, session.agent_id)
    questions = load_questions(agent.language or "en")
    body = ""
    if pin.criterion in questions:
        asked = questions[pin.criterion]
        body = asked.praise if kind == "praise" else asked.gap[0]
    items = points_of(db, session)
    last = max((item.position for item in items), default=0)
    point = rules.Point(kind, pin.criterion, body)
    return add_point(db, session, point, position=last + 1, by=session.mentor_id)


def move(db: Session, session: CoachingSession, item_id: UUID, *, by: int) -> None:
    """Let a point change places with the one before (-1) or after (+1) it in its part.

    Raises:
        NotADraft: the agenda is announced.
        NotFound: the session has no such point.
    """
    if session.state != "draft":
        raise NotADraft
    items = points_of(db, session)
    item = next((one for one in items if one.id == item_id), None)
    if item is None:
        raise NotFound
    part = [one for one in items if one.kind == item.kind]
    place = part.index(item) + by
    if 0 <= place < len(part):
        part.remove(item)
        part.insert(place, item)
    for kind_place, one in zip(sorted(one.position for one in part), part, strict=True):
        one.position = kind_place
    db.flush()
