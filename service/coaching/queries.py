"""Find agents to coach, what is known about them, and sessions; who asks limits every query."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from service.coaching.material import Excerpt
from service.coaching.tables import ActionItem, AgendaEvidence, AgendaItem, CoachingSession
from service.conversations.tables import Conversation, Turn
from service.errors import NotFound
from service.identity.queries import visible_agent_ids
from service.identity.rules import Principal
from service.identity.tables import User
from service.job_tables import JobFailure
from service.review.queries import SUBMITTED
from service.review.standing import OFFICIAL_FIRST, is_official, is_withheld
from service.review.tables import Rating, Review

PAGE = 50  # agents on one page
COACHES = frozenset({"mentor", "lead", "admin"})


@dataclass(frozen=True, slots=True)
class AgentsPage:
    """Some agents by name, and where the next page begins."""

    agents: list[User]
    after: UUID | None


@dataclass(frozen=True, slots=True)
class FullSession:
    """A session with its agenda, its evidence and its action items."""

    session: CoachingSession
    agent: User
    mentor: User
    items: list[AgendaItem]
    excerpts: dict[UUID, list[Excerpt]] = field(default_factory=dict)  # by agenda item
    actions: list[ActionItem] = field(default_factory=list)  # agreed here
    followed: dict[UUID, ActionItem] = field(default_factory=dict)  # of earlier sessions, by id
    agreed_at: dict[UUID, datetime] = field(default_factory=dict)  # when those were agreed
    mail_failed: bool = False


def coachable(principal: Principal) -> Select[User]:
    """Return a query of the agents somebody may coach: of their own teams, never themselves."""
    statement = select(User).where(User.role == "agent", User.id != principal.id)
    if principal.role not in COACHES:
        return statement.where(User.id.is_(None))
    return statement.where(User.id.in_(visible_agent_ids(principal)))


def find_agent(db: Session, agent_id: UUID, *, principal: Principal) -> User:
    """Return one agent to coach.

    Raises:
        NotFound: also when they exist and are not for this person.
    """
    agent = db.scalar(coachable(principal).where(User.id == agent_id))
    if agent is None:
        raise NotFound
    return agent


def agents_page(db: Session, *, principal: Principal, after: UUID | None = None) -> AgentsPage:
    """Return a page of the agents somebody may coach, by name."""
    statement = coachable(principal).where(User.is_active)
    last = db.scalar(coachable(principal).where(User.id == after)) if after else None
    if last is not None:
        same_name = and_(User.name == last.name, User.id > last.id)
        statement = statement.where(or_(User.name > last.name, same_name))
    found = list(db.scalars(statement.order_by(User.name, User.id).limit(PAGE + 1)))
    return AgentsPage(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)


def sessions_for(principal: Principal) -> Select[CoachingSession]:
    """Return a query of the sessions somebody may see.

    A mentor sees their drafts and, of the agents they may coach, all that was announced; the agent
    their own once it was announced.
    """
    own = and_(CoachingSession.agent_id == principal.id, CoachingSession.state != "draft")
    agents = coachable(principal).with_only_columns(User.id)
    is_shown = or_(CoachingSession.state != "draft", CoachingSession.mentor_id == principal.id)
    return select(CoachingSession).where(
        or_(own, and_(CoachingSession.agent_id.in_(agents), is_shown))
    )


def find_session(db: Session, session_id: UUID, *, principal: Principal) -> CoachingSession:
    """Return one session.

    Raises:
        NotFound: also when it exists and is not for this person.
    """
    found = db.scalar(sessions_for(principal).where(CoachingSession.id == session_id))
    if found is None:
        raise NotFound
    return found


def sessions_of(
    db: Session, agent_ids: Collection[UUID], *, principal: Principal
) -> list[CoachingSession]:
    """Return the sessions of some agents that a person may see, newest first."""
    statement = sessions_for(principal).where(CoachingSession.agent_id.in_(agent_ids))
    return list(db.scalars(statement.order_by(CoachingSession.id.desc())))


def open_actions(db: Session, agent_id: UUID) -> list[ActionItem]:
    """Return what an agent has agreed to and not done yet, by date."""
    return list(
        db.scalars(
            select(ActionItem)
            .join(CoachingSession, CoachingSession.id == ActionItem.session_id)
            .where(
                ActionItem.agent_id == agent_id,
                ActionItem.state == "open",
                CoachingSession.held_at.is_not(None),
            )
            .order_by(ActionItem.due_on, ActionItem.id)
        )
    )


def full_session(db: Session, session: CoachingSession) -> FullSession:
    """Return a session with all that its page shows, in a fixed number of queries."""
    people = {
        user.id: user
        for user in db.scalars(
            select(User).where(User.id.in_({session.agent_id, session.mentor_id}))
        )
    }
    items = list(
        db.scalars(
            select(AgendaItem)
            .where(AgendaItem.session_id == session.id)
            .order_by(AgendaItem.position, AgendaItem.id)
        )
    )
    followed, agreed_at = _followed(db, items)
    return FullSession(
        session=session,
        agent=people[session.agent_id],
        mentor=people[session.mentor_id],
        items=items,
        excerpts=_excerpts(db, items),
        actions=list(
            db.scalars(
                select(ActionItem)
                .where(ActionItem.session_id == session.id)
                .order_by(ActionItem.id)
            )
        ),
        followed=followed,
        agreed_at=agreed_at,
        mail_failed=_mail_failed(db, session),
    )


def _followed(
    db: Session, items: list[AgendaItem]
) -> tuple[dict[UUID, ActionItem], dict[UUID, datetime]]:
    ids = [item.action_id for item in items if item.action_id is not None]
    rows = db.execute(
        select(ActionItem, CoachingSession.held_at)
        .join(CoachingSession, CoachingSession.id == ActionItem.session_id)
        .where(ActionItem.id.in_(ids))
    ).all()
    return (
        {action.id: action for action, _ in rows},
        {action.id: held_at or action.created_at for action, held_at in rows},
    )


def _excerpts(db: Session, items: list[AgendaItem]) -> dict[UUID, list[Excerpt]]:
    """Return the quoted turns; a rating is named only while it is the one that stands."""
    newest = (
        select(Rating.id)
        .where(
            Rating.review_id == Review.id,
            Rating.criterion == AgendaItem.key,
            is_official(),
        )
        .order_by(*OFFICIAL_FIRST)
        .limit(1)
        .correlate(Review, AgendaItem)
        .scalar_subquery()
    )
    stands = and_(
        Rating.id == newest,
        Rating.decision != "undone",
        ~is_withheld(Rating.review_id, Rating.criterion),
    )
    rows = db.execute(
        select(AgendaEvidence, Turn, Conversation, Rating)
        .join(AgendaItem, AgendaItem.id == AgendaEvidence.item_id)
        .join(Review, Review.id == AgendaEvidence.review_id)
        .join(
            Turn,
            and_(Turn.revision_id == Review.revision_id, Turn.position == AgendaEvidence.position),
        )
        .join(Conversation, Conversation.id == Review.conversation_id)
        .outerjoin(Rating, stands)
        .where(AgendaEvidence.item_id.in_([item.id for item in items]), Review.state.in_(SUBMITTED))
        .order_by(AgendaEvidence.review_id.desc(), AgendaEvidence.position)
    )
    found: dict[UUID, list[Excerpt]] = {}
    for evidence, turn, conversation, rating in rows:
        found.setdefault(evidence.item_id, []).append(
            Excerpt(
                evidence.review_id,
                turn.position,
                turn.text,
                turn.speaker,
                conversation.language or "und",
                conversation.external_id,
                conversation.started_at,
                rating.id if rating else None,
                rating.value if rating else None,
            )
        )
    return found


def _mail_failed(db: Session, session: CoachingSession) -> bool:
    if session.mailed_at is not None or session.announced_at is None:
        return False
    statement = select(func.count()).select_from(JobFailure)
    return bool(db.scalar(statement.where(JobFailure.item == str(session.id))))
