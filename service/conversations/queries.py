"""Find conversations; what a person may see is part of every query."""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from service.conversations.tables import Conversation, Revision, Turn
from service.errors import NotFound
from service.identity.queries import visible_agent_ids
from service.identity.rules import Principal, sees_all


def visible_to(principal: Principal) -> ColumnElement[bool]:
    """Limit conversations to those a person may see. Every query for a person uses it.

    An agent sees their own; reviewers, mentors and leads those of their teams' agents, reviewers
    and leads also those that name no agent; an admin sees all.
    """
    if sees_all(principal):
        return true()
    theirs = Conversation.agent_id.in_(visible_agent_ids(principal))
    if principal.role in {"reviewer", "lead"}:
        return or_(theirs, Conversation.agent_id.is_(None))
    return theirs


def get_conversation(db: Session, conversation_id: UUID, *, principal: Principal) -> Conversation:
    """Return one conversation.

    Raises:
        NotFound: also when it exists and is not for this person.
    """
    found = db.scalar(
        select(Conversation).where(Conversation.id == conversation_id, visible_to(principal))
    )
    if found is None:
        raise NotFound
    return found


def newest_revision(db: Session, conversation: Conversation) -> Revision:
    """Return the newest state of a conversation's text."""
    return db.scalars(
        select(Revision).where(
            Revision.conversation_id == conversation.id, Revision.number == conversation.revision
        )
    ).one()


def turns_of(db: Session, revision_id: UUID) -> list[Turn]:
    """Return a revision's turns in order."""
    statement = select(Turn).where(Turn.revision_id == revision_id).order_by(Turn.position)
    return list(db.scalars(statement))
