"""Find agents to coach, what is known about them, and sessions; who asks limits every query."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from service.coaching.rules import Pinned, Place, Rated
from service.coaching.tables import ActionItem, AgendaEvidence, AgendaItem, CoachingSession
from service.conversations.tables import Conversation, Turn
from service.errors import NotFound
from service.identity.queries import visible_agent_ids
from service.identity.rules import Principal
from service.identity.tables import User
from service.job_tables import JobFailure
from service.review.queries import SUBMITTED, ConfirmedRating, confirmed_ratings
from service.review.tables import Pin, Rating, Review
from service.scoring.tables import AutoScore

PAGE = 50  # agents on one page
COACHES = frozenset({"mentor", "lead", "admin"})


@dataclass(frozen=True, slots=True)
class AgentsPage:
    """Some agents by name, and where the next page begins."""

    agents: list[User]
    after: UUID | None


@dataclass(frozen=True, slots=True)
class Material:
    """What an agenda of one agent is made of."""

    ratings: list[Rated]
    pins: list[Pinned]
    turns: set[Place]  # the agent's own, of the same reviews


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A turn that somebody quotes, and where it comes from."""

    review_id: UUID
    position: int
    text: str
    speaker: str
    language: str
    conversation: str  # its id as people know it
    at: datetime | None  # when the conversation began
    rating_id: UUID | None = None
    value: str | None = None  # of the rating, while that one stands


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


def ratings_of(
    db: Session, agent_ids: Collection[UUID], *, since: datetime, until: datetime | None = None
) -> dict[UUID, list[Rated]]:
    """Return what people decided about some agents, oldest first, by agent.

    Args:
        since, until: the moments between which the reviews were submitted.
    """
    found: dict[UUID, list[Rated]] = {agent_id: [] for agent_id in agent_ids}
    confirmed = confirmed_ratings(db, agent_ids, since=since)
    scorecards = _scorecards(db, agent_ids, since=since)
    for rating in confirmed:
        if until is None or rating.submitted_at <= until:
            counts = _counts(rating, scorecards[rating.review_id])
            found[rating.agent_id].append(_rated(rating, counts=counts))
    return found


def _scorecards(db: Session, agent_ids: Collection[UUID], *, since: datetime) -> dict[UUID, str]:
    rows = db.execute(
        select(Review.id, Review.scorecard).where(
            Review.agent_id.in_(agent_ids),
            Review.state.in_(SUBMITTED),
            Review.submitted_at >= since,
        )
    )
    return {row.id: row.scorecard for row in rows}


def _counts(rating: ConfirmedRating, scorecard: str) -> bool:
    """Whether a rating is the agent's: a pass is, a fail by its root cause."""
    if rating.value not in {"partial", "fail"} or rating.root_cause is None:
        return True
    return load_scorecard(scorecard).root_cause(rating.root_cause).counts_against_agent


def _rated(rating: ConfirmedRating, *, counts: bool, evidence: tuple[int, ...] = ()) -> Rated:
    return Rated(
        review_id=rating.review_id,
        rating_id=rating.rating_id,
        criterion=rating.criterion,
        value=rating.value,
        at=rating.submitted_at,
        counts=counts,
        evidence=evidence,
    )


def material_of(db: Session, agent_id: UUID, *, since: datetime) -> Material:
    """Return what an agenda can be made of: ratings with confirmed evidence, pins, turns.

    Evidence is what the machine showed for a value that a person confirmed; who corrected a value
    did not vouch for its evidence.
    """
    confirmed = confirmed_ratings(db, [agent_id], since=since)
    scorecards = _scorecards(db, [agent_id], since=since)
    evidence = _evidence(db, agent_id, since=since)
    ratings = []
    for rating in confirmed:
        key = (rating.review_id, rating.criterion)
        shown = evidence.get(key, ()) if rating.decision == "confirmed" else ()
        counts = _counts(rating, scorecards[rating.review_id])
        ratings.append(_rated(rating, counts=counts, evidence=shown))
    pins = [_pinned(pin) for pin in pins_of(db, agent_id, since=since)]
    return Material(ratings, pins, _agent_turns(db, agent_id, since=since))


def _evidence(
    db: Session, agent_id: UUID, *, since: datetime
) -> dict[tuple[UUID, str], tuple[int, ...]]:
    rows = db.execute(
        select(Review.id, AutoScore.criterion, AutoScore.evidence)
        .join(AutoScore, AutoScore.run_id == Review.run_id)
        .where(
            Review.agent_id == agent_id,
            Review.state.in_(SUBMITTED),
            Review.submitted_at >= since,
            AutoScore.is_found,
        )
    )
    return {(row.id, row.criterion): tuple(row.evidence) for row in rows}


def _agent_turns(db: Session, agent_id: UUID, *, since: datetime) -> set[Place]:
    rows = db.execute(
        select(Review.id, Turn.position)
        .join(Turn, Turn.revision_id == Review.revision_id)
        .where(
            Review.agent_id == agent_id,
            Review.state.in_(SUBMITTED),
            Review.submitted_at >= since,
            Turn.speaker == "agent",
        )
    )
    return {(row.id, row.position) for row in rows}


def pins_of(db: Session, agent_id: UUID, *, since: datetime) -> list[Pin]:
    """Return the pins of an agent's submitted reviews, newest first."""
    statement = (
        select(Pin)
        .join(Review, Review.id == Pin.review_id)
        .where(
            Pin.agent_id == agent_id,
            Review.state.in_(SUBMITTED),
            Review.submitted_at >= since,
        )
        .order_by(Pin.id.desc())
    )
    return list(db.scalars(statement))


def _pinned(pin: Pin) -> Pinned:
    return Pinned(pin.id, pin.review_id, pin.criterion, pin.position, pin.is_praise, pin.at)


def excerpts_at(db: Session, places: Collection[Place]) -> dict[Place, Excerpt]:
    """Return the turns at some places of submitted reviews, in one query."""
    reviews, positions = {place[0] for place in places}, {place[1] for place in places}
    rows = db.execute(
        select(Review.id, Turn, Conversation)
        .join(Turn, Turn.revision_id == Review.revision_id)
        .join(Conversation, Conversation.id == Review.conversation_id)
        .where(Review.id.in_(reviews), Turn.position.in_(positions), Review.state.in_(SUBMITTED))
    )
    found = {
        (review_id, turn.position): Excerpt(
            review_id,
            turn.position,
            turn.text,
            turn.speaker,
            conversation.language or "und",
            conversation.external_id,
            conversation.started_at,
        )
        for review_id, turn, conversation in rows
    }
    return {place: found[place] for place in places if place in found}


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
            Rating.by == Review.reviewer_id,
        )
        .order_by(Rating.id.desc())
        .limit(1)
        .correlate(Review, AgendaItem)
        .scalar_subquery()
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
        .outerjoin(Rating, and_(Rating.id == newest, Rating.decision != "undone"))
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
