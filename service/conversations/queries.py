"""Find conversations; what a person may see is part of every query."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import Session

from service import lexical
from service.conversations.refusals import Refused
from service.conversations.tables import Conversation, Import, RefusedRecord, Revision, Turn
from service.errors import NotFound
from service.identity.queries import visible_agent_ids
from service.identity.rules import Principal, sees_all
from service.identity.tables import User

SEARCHED = ("en", "pl", "ru")


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


def visible_imports(principal: Principal) -> ColumnElement[bool]:
    """Limit imports to one's own; an admin sees all."""
    return true() if sees_all(principal) else Import.by == principal.id


def get_import(db: Session, import_id: UUID, *, principal: Principal) -> Import:
    """Return one import.

    Raises:
        NotFound: also when it exists and is not for this person.
    """
    found = db.scalar(select(Import).where(Import.id == import_id, visible_imports(principal)))
    if found is None:
        raise NotFound
    return found


def recent_imports(db: Session, *, principal: Principal, limit: int = 20) -> list[Import]:
    """Return the newest imports that a person may see."""
    statement = select(Import).where(visible_imports(principal)).order_by(Import.id.desc())
    return list(db.scalars(statement.limit(limit)))


def refusals(db: Session, import_id: UUID, *, limit: int | None = None) -> list[Refused]:
    """Return what an import refused, by row."""
    rows = db.scalars(
        select(RefusedRecord)
        .where(RefusedRecord.import_id == import_id)
        .order_by(RefusedRecord.row)
        .limit(limit)
    )
    return [Refused(row.row, row.field, row.code, row.values) for row in rows]


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which conversations of the list; None means all of them."""

    language: str | None = None
    channel: str | None = None
    agent_id: UUID | None = None
    not_scored: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A conversation as the list shows it."""

    conversation: Conversation
    agent: str | None


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of the list, and where the next begins; None on the last."""

    rows: list[ListRow]
    after: UUID | None


def conversation_page(
    db: Session, *, principal: Principal, only: ListFilter, after: UUID | None, limit: int = 50
) -> ListPage:
    """Return conversations that a person may see, newest import first.

    With words, the ones whose masked text has all of them, best first and on one page.
    """
    statement = (
        select(Conversation, User.name)
        .outerjoin(User, User.id == Conversation.agent_id)
        .where(visible_to(principal), *_conditions(only))
    )
    if only.words.strip():
        return ListPage(_found(db, statement, principal, only, limit), None)
    statement = statement.order_by(Conversation.id.desc()).limit(limit + 1)
    if after is not None:
        statement = statement.where(Conversation.id < after)
    rows = [ListRow(conversation, name) for conversation, name in db.execute(statement)]
    more = len(rows) > limit
    rows = rows[:limit]
    return ListPage(rows, rows[-1].conversation.id if more else None)


def _conditions(only: ListFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (Conversation.language, only.language),
        (Conversation.channel, only.channel),
        (Conversation.agent_id, only.agent_id),
    ):
        if value is not None:
            conditions.append(column == value)
    if only.not_scored:
        conditions.append(Conversation.not_scored.is_not(None))
    return conditions


def _found(
    db: Session,
    statement: Select[Conversation, str],
    principal: Principal,
    only: ListFilter,
    limit: int,
) -> list[ListRow]:
    within = select(Conversation.id).where(visible_to(principal), *_conditions(only))
    order: dict[UUID, int] = {}
    for language in SEARCHED:  # nobody says in which language they search
        words = lexical.stems(only.words, language)
        for hit in lexical.find(
            db, "conversation", words, limit=limit, needs_all=True, within=within
        ):
            order[hit.owner_id] = min(hit.rank, order.get(hit.owner_id, hit.rank))
    rows = [
        ListRow(conversation, name)
        for conversation, name in db.execute(statement.where(Conversation.id.in_(order)))
    ]
    return sorted(rows, key=lambda row: order[row.conversation.id])[:limit]
