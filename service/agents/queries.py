"""How imports name agents, who that is, and how much work stands behind each name."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from service.conversations.tables import Conversation, Revision, Turn
from service.identity.queries import team_names
from service.identity.tables import UNASSIGNED, AgentName, Membership, Team, User

PAGE = 30  # names on one page
PEOPLE = 500  # to choose from


@dataclass(frozen=True, slots=True)
class NameRow:
    """One name, the person it means, their teams, and how many conversations they have."""

    name: str
    user_id: UUID
    person: str
    can_sign_in: bool
    teams: list[str]
    conversations: int


@dataclass(frozen=True, slots=True)
class NamesPage:
    """Some names in order, and the last of them if there are more."""

    names: list[NameRow]
    after: str | None


def names_page(db: Session, *, is_unassigned: bool, after: str = "") -> NamesPage:
    """Return a page of names; only those of agents without a real team if asked so."""
    statement = (
        select(AgentName.name, User)
        .join(User, User.id == AgentName.user_id)
        .where(AgentName.name > after)
        .order_by(AgentName.name)
        .limit(PAGE + 1)
    )
    if is_unassigned:
        members = (
            select(Membership.user_id)
            .join(Team, Team.id == Membership.team_id)
            .where(Team.name == UNASSIGNED)
        )
        statement = statement.where(User.id.in_(members))
    rows = db.execute(statement).all()
    shown = rows[:PAGE]
    ids = {row.User.id for row in shown}
    counts = _conversations_of(db, ids)
    teams = team_names(db, ids)
    names = [
        NameRow(
            row.name,
            row.User.id,
            row.User.name,
            row.User.email is not None,
            teams[row.User.id],
            counts.get(row.User.id, 0),
        )
        for row in shown
    ]
    return NamesPage(names, names[-1].name if len(rows) > PAGE else None)


def _conversations_of(db: Session, agents: set[UUID]) -> dict[UUID, int]:
    rows = db.execute(
        select(Conversation.agent_id, func.count())
        .where(Conversation.agent_id.in_(agents))
        .group_by(Conversation.agent_id)
    )
    return {agent: count for agent, count in rows if agent is not None}


def possible_agents(db: Session) -> list[User]:
    """Return whom a name can mean: everybody active, those who sign in first."""
    statement = select(User).where(User.is_active)
    return list(
        db.scalars(statement.order_by(User.email.is_(None), User.name, User.id).limit(PEOPLE))
    )


def served_by_name(db: Session, user_id: UUID, name: str) -> list[UUID]:
    """Return the conversations of a person that came in under one of their names.

    The agent of a conversation is the author of most of its agent turns, or else the name that
    the import gave to the whole (RULINGS 12).
    """
    known = set(db.scalars(select(AgentName.name).where(AgentName.user_id == user_id)))
    theirs = select(Conversation.id, Conversation.agent_name).where(
        Conversation.agent_id == user_id
    )
    conversations = {row.id: row.agent_name for row in db.execute(theirs)}
    if known == {name}:
        return list(conversations)
    counts: dict[UUID, dict[str, int]] = {}
    for conversation_id, author, count in db.execute(_authors(user_id)):
        if author is None:
            continue
        counts.setdefault(conversation_id, {})[author] = count
    return [
        conversation_id
        for conversation_id, given in conversations.items()
        if _main(counts.get(conversation_id, {}), given) == name
    ]


def _authors(user_id: UUID) -> Select[UUID, str | None, int]:
    return (
        select(Revision.conversation_id, Turn.author, func.count())
        .join(Turn, Turn.revision_id == Revision.id)
        .join(
            Conversation,
            (Conversation.id == Revision.conversation_id)
            & (Conversation.revision == Revision.number),
        )
        .where(
            Conversation.agent_id == user_id,
            Turn.speaker == "agent",
            Turn.author.is_not(None),
        )
        .group_by(Revision.conversation_id, Turn.author)
    )


def _main(counts: dict[str, int], given: str | None) -> str | None:
    if not counts:
        return given
    return max(counts, key=lambda author: (counts[author], author == given))
