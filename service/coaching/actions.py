"""What mentors and agents do with a coaching session. No action commits."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prompts.library import load_questions, load_scorecard
from service.audit.actions import record
from service.coaching import material, queries, rules
from service.coaching.points import add_point, points_of
from service.coaching.refusals import (
    NotADraft,
    NothingToTalkAbout,
    NoTime,
    NotNow,
    TooLittlePraise,
    TooManyGaps,
    TooSoon,
)
from service.coaching.tables import ActionItem, AgendaEvidence, AgendaItem, CoachingSession
from service.database import now
from service.errors import NotFound
from service.identity.rules import Principal
from service.identity.tables import User


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
        add_point(db, session, point, position=position, by=principal.id)
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
    found = material.material_of(db, agent.id, since=now() - rules.WINDOW)
    held = select(func.count()).select_from(CoachingSession)
    held = held.where(CoachingSession.agent_id == agent.id, CoachingSession.held_at.is_not(None))
    actions = queries.open_actions(db, agent.id)
    return rules.build_agenda(
        ratings=found.ratings,
        pins=found.pins,
        actions=[rules.OpenAction(item.id, item.criterion) for item in actions],
        turns=found.turns,
        scorecard=load_scorecard(scorecard),
        questions=load_questions(language),
        sessions_before=db.scalar(held) or 0,
    )


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
    kept = [item for item in points_of(db, session) if item.is_kept]
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
    for item in points_of(db, session):
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
    items = points_of(db, session)
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
