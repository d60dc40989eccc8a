"""What mentors and agents do with a coaching session. No action commits."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prompts.library import load_questions, load_scorecard
from service.audit.actions import record
from service.coaching import queries, rules
from service.coaching.edits import ActionEdit, Edits, PointEdit
from service.coaching.refusals import (
    NoDueDay,
    NotADraft,
    NothingToTalkAbout,
    NoTime,
    NotNow,
    StaleSession,
    TooLittlePraise,
    TooManyActions,
    TooManyGaps,
    TooSoon,
)
from service.coaching.tables import ActionItem, AgendaEvidence, AgendaItem, CoachingSession
from service.database import now
from service.errors import NotFound
from service.identity.rules import Principal
from service.identity.tables import User

LONGEST = 4000  # characters of a text that somebody writes
ACTION_STATES = ("open", "done", "dropped")


def prepare(
    db: Session, agent_id: UUID, *, principal: Principal, scorecard: str, language: str
) -> CoachingSession:
    """Draft the agenda of the next session; a draft of the same mentor is given back as it is.

    Args:
        scorecard: name and version of the criteria.
        language: of the questions, unless the agent has chosen one.

    Raises:
        NotFound: this person may not coach such an agent.
    """
    agent = queries.find_agent(db, agent_id, principal=principal)
    db.execute(
        select(User.id).where(User.id == agent.id).with_for_update()
    )  # two clicks, one draft
    draft = db.scalar(
        select(CoachingSession).where(
            CoachingSession.agent_id == agent.id,
            CoachingSession.mentor_id == principal.id,
            CoachingSession.state == "draft",
        )
    )
    if draft is not None:
        return draft
    session = CoachingSession(agent_id=agent.id, mentor_id=principal.id)
    db.add(session)
    db.flush()
    points = _drafted(db, agent, scorecard=scorecard, language=agent.language or language)
    for position, point in enumerate(points):
        _add_point(db, session, point, position=position, by=principal.id)
    record(
        db,
        "session.prepared",
        subject=f"session:{session.id}",
        actor=principal.id,
        agent=str(agent.id),
        points=len(points),
    )
    return session


def _drafted(db: Session, agent: User, *, scorecard: str, language: str) -> list[rules.Point]:
    material = queries.material_of(db, agent.id, since=now() - rules.WINDOW)
    held = select(func.count()).select_from(CoachingSession)
    held = held.where(CoachingSession.agent_id == agent.id, CoachingSession.held_at.is_not(None))
    actions = queries.open_actions(db, agent.id)
    return rules.build_agenda(
        ratings=material.ratings,
        pins=material.pins,
        actions=[rules.OpenAction(item.id, item.criterion) for item in actions],
        turns=material.turns,
        scorecard=load_scorecard(scorecard),
        questions=load_questions(language),
        sessions_before=db.scalar(held) or 0,
    )


def _add_point(
    db: Session, session: CoachingSession, point: rules.Point, *, position: int, by: UUID
) -> AgendaItem:
    item = AgendaItem(
        session_id=session.id,
        position=position,
        kind=point.kind,
        key=point.key,
        body=point.body,
        action_id=point.action_id,
        by=by,
    )
    db.add(item)
    db.flush()
    for quote in point.quotes:
        _add_quote(db, item, quote)
    return item


def _add_quote(db: Session, item: AgendaItem, quote: rules.Quote) -> None:
    place = (item.id, quote.review_id, quote.position)
    if db.get(AgendaEvidence, place) is None:
        db.add(
            AgendaEvidence(
                item_id=item.id,
                review_id=quote.review_id,
                position=quote.position,
                rating_id=quote.rating_id,
            )
        )
        db.flush()


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
    _add_point(db, session, point, position=(db.scalar(last) or 0) + 1, by=session.mentor_id)


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
    material = queries.material_of(db, session.agent_id, since=now() - rules.WINDOW)
    pin = next((one for one in material.pins if one.id == pin_id), None)
    if pin is None:
        raise NotFound
    kind = "praise" if pin.is_praise else "gap"
    kept = [item for item in _items(db, session) if item.kind == kind and item.is_kept]
    item = next((one for one in kept if one.key == pin.criterion), None)
    if item is None:
        if kind == "gap" and len(kept) >= rules.MOST_GAPS:
            raise TooManyGaps
        item = _add_pinned(db, session, pin, kind=kind)
    rating = next(
        (
            one.rating_id
            for one in material.ratings
            if one.review_id == pin.review_id and one.criterion == pin.criterion
        ),
        None,
    )
    _add_quote(db, item, rules.Quote(pin.review_id, pin.position, rating))
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
    items = _items(db, session)
    last = max((item.position for item in items), default=0)
    point = rules.Point(kind, pin.criterion, body)
    return _add_point(db, session, point, position=last + 1, by=session.mentor_id)


def _items(db: Session, session: CoachingSession) -> list[AgendaItem]:
    statement = select(AgendaItem).where(AgendaItem.session_id == session.id)
    return list(db.scalars(statement.order_by(AgendaItem.position, AgendaItem.id)))


def move(db: Session, session: CoachingSession, item_id: UUID, *, by: int) -> None:
    """Let a point change places with the one before (-1) or after (+1) it in its part.

    Raises:
        NotADraft: the agenda is announced.
        NotFound: the session has no such point.
    """
    if session.state != "draft":
        raise NotADraft
    items = _items(db, session)
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


def announce(db: Session, session: CoachingSession, *, principal: Principal, at: datetime) -> None:
    """Give the agenda to the agent, at least 24 hours before; again, when the time changed.

    Args:
        at: the present moment.

    Raises:
        NotNow: the session was held already.
        NoTime, TooSoon, NothingToTalkAbout, TooLittlePraise: what is missing.
    """
    if session.state not in {"draft", "announced"}:
        raise NotNow
    if session.starts_at is None:
        raise NoTime
    if session.starts_at - at < rules.NOTICE:
        raise TooSoon
    _check_points(db, session)
    session.state = "announced"
    session.announced_at = at
    session.announcements += 1
    session.mailed_at = None
    session.acknowledged_at = None
    session.version += 1
    record(
        db,
        "session.announced",
        subject=f"session:{session.id}",
        actor=principal.id,
        agent=str(session.agent_id),
        number=session.announcements,
    )


def _check_points(db: Session, session: CoachingSession) -> None:
    kept = [item for item in _items(db, session) if item.is_kept]
    if not kept:
        raise NothingToTalkAbout
    if len([item for item in kept if item.kind == "gap"]) > rules.MOST_GAPS:
        raise TooManyGaps
    quoted = set(
        db.scalars(
            select(AgendaEvidence.item_id).where(
                AgendaEvidence.item_id.in_([item.id for item in kept])
            )
        )
    )
    critical = len([item for item in kept if item.kind == "gap" and item.id in quoted])
    praise = len([item for item in kept if item.kind == "praise" and item.id in quoted])
    if praise < critical:
        raise TooLittlePraise(critical=critical, praise=praise)


def hold(db: Session, session: CoachingSession, *, principal: Principal, at: datetime) -> None:
    """Note that the talk took place: what was agreed now goes to the agent.

    Raises:
        NotNow: it is not announced, or was held already.
    """
    if session.state != "announced":
        raise NotNow
    session.state, session.held_at, session.acknowledged_at = "held", at, None
    session.version += 1
    record(db, "session.held", subject=f"session:{session.id}", actor=principal.id)


def discard(db: Session, session: CoachingSession, *, principal: Principal) -> None:
    """Throw a draft away; nobody but its mentor has seen it.

    Raises:
        NotADraft: the agent has it already.
    """
    if session.state != "draft":
        raise NotADraft
    subject = f"session:{session.id}"
    for item in _items(db, session):
        db.delete(item)
    for action in db.scalars(select(ActionItem).where(ActionItem.session_id == session.id)):
        db.delete(action)
    db.flush()
    db.delete(session)
    record(db, "session.discarded", subject=subject, actor=principal.id)


def add_topic(db: Session, session_id: UUID, text: str, *, principal: Principal) -> AgendaItem:
    """Add an agent's own topic to their announced agenda, until the session is held.

    Raises:
        NotFound: it is not their session, or not announced.
        NotNow: it was held already.
    """
    session = _of_agent(db, session_id, principal=principal)
    if session.state != "announced":
        raise NotNow
    items = _items(db, session)
    item = AgendaItem(
        session_id=session.id,
        position=max((one.position for one in items), default=0) + 1,
        kind="agent_topic",
        body=text,
        by=principal.id,
    )
    db.add(item)
    record(db, "session.topic_added", subject=f"session:{session.id}", actor=principal.id)
    return item


def acknowledge(db: Session, session_id: UUID, *, principal: Principal, at: datetime) -> None:
    """Note that the agent has read the agenda, or, after the talk, what was agreed.

    Raises:
        NotFound: it is not their session, or not announced.
    """
    session = _of_agent(db, session_id, principal=principal)
    if session.acknowledged_at is not None:
        return
    session.acknowledged_at = at
    if session.state == "held":
        session.state = "acknowledged"
        session.version += 1
    record(
        db,
        "session.acknowledged",
        subject=f"session:{session.id}",
        actor=principal.id,
        state=session.state,
    )


def _of_agent(db: Session, session_id: UUID, *, principal: Principal) -> CoachingSession:
    found = db.scalar(
        select(CoachingSession)
        .where(
            CoachingSession.id == session_id,
            CoachingSession.agent_id == principal.id,
            CoachingSession.state != "draft",
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found
