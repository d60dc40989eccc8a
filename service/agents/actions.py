"""Link an import's name to a person or a team: past conversations, reviews and talks follow."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from service.agents.queries import served_by_name
from service.audit.actions import record
from service.coaching.tables import ActionItem, CoachingSession
from service.conversations.tables import Conversation
from service.errors import N_, Conflict, Invalid, NotFound
from service.identity.people import set_teams
from service.identity.tables import AgentName, Membership, Team, User
from service.review.tables import Pin, Review

CHUNK = 500  # ids in one statement


def link_to_person(db: Session, name: str, user_id: UUID, *, by: UUID) -> int:
    """Make a name mean another person; return how many conversations followed.

    When the person it meant was only known from imports and has no other name left, their talks
    follow as well, and they are deactivated: there is nothing of them but the name.

    Raises:
        NotFound: there is no such name or no such person.
        Invalid: the person is deactivated.
        Conflict: the person reviewed some of these conversations; nobody reviews themselves.
    """
    known, person = db.get(AgentName, name), db.get(User, user_id)
    if known is None or person is None:
        raise NotFound
    if not person.is_active:
        raise Invalid(N_("This person is deactivated. Activate them first."))
    before = known.user_id
    if before == person.id:
        return 0
    conversations = served_by_name(db, before, name)
    _refuse_own_reviews(db, conversations, person)
    _move(db, conversations, person.id)
    known.user_id = person.id
    db.flush()
    _retire(db, before, person.id)
    record(
        db,
        "agent_name.linked",
        subject=f"user:{person.id}",
        actor=by,
        before=str(before),
        conversations=len(conversations),
    )
    return len(conversations)


def _chunks(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _refuse_own_reviews(db: Session, conversations: Sequence[UUID], person: User) -> None:
    for chunk in _chunks(conversations):
        own = exists().where(Review.conversation_id.in_(chunk), Review.reviewer_id == person.id)
        if db.scalar(select(own)):
            raise Conflict(
                N_("{name} reviewed conversations of this name; nobody reviews their own."),
                name=person.name,
            )


def _move(db: Session, conversations: Sequence[UUID], to: UUID) -> None:
    for chunk in _chunks(conversations):
        reviews = select(Review.id).where(Review.conversation_id.in_(chunk))
        db.execute(update(Pin).where(Pin.review_id.in_(reviews)).values(agent_id=to))
        db.execute(update(Review).where(Review.conversation_id.in_(chunk)).values(agent_id=to))
        db.execute(update(Conversation).where(Conversation.id.in_(chunk)).values(agent_id=to))


def _retire(db: Session, user_id: UUID, successor: UUID) -> None:
    """Let a person who was nothing but an import's name go, once no name means them."""
    user = db.get_one(User, user_id)
    is_named = db.scalar(select(exists().where(AgentName.user_id == user_id)))
    if is_named or user.email is not None:
        return
    for table in (CoachingSession, ActionItem):
        db.execute(update(table).where(table.agent_id == user_id).values(agent_id=successor))
    db.execute(delete(Membership).where(Membership.user_id == user_id))
    user.is_active = False


def put_into_team(db: Session, name: str, team_id: UUID, *, by: UUID) -> None:
    """Put an agent who is only known from imports into a team, and out of all others.

    Raises:
        NotFound: there is no such name or no such team.
        Invalid: the name means somebody who signs in; their teams are on their own page.
    """
    known, team = db.get(AgentName, name), db.get(Team, team_id)
    if known is None or team is None:
        raise NotFound
    user = db.get_one(User, known.user_id)
    if user.email is not None:
        raise Invalid(N_("This name means somebody who signs in. Change teams on their page."))
    set_teams(db, user, [team.id], by=by)
