"""Find cases, and those that have no vector yet."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from service.cases import rules
from service.cases.likeness import says_enough
from service.cases.tables import Case, CaseVector
from service.conversations.queries import newest_revision, turns_of, visible_to
from service.conversations.tables import Conversation
from service.errors import NotFound
from service.identity.rules import Principal

PAGE = 50
FILTERS = ("all", "rejected", "retired")


def get_case(db: Session, case_id: UUID) -> Case:
    """Return one case; everybody who signs in may read them, for they are masked and approved.

    Raises:
        NotFound: there is no such case.
    """
    found = db.get(Case, case_id)
    if found is None:
        raise NotFound
    return found


def case_of_conversation(db: Session, conversation_id: UUID) -> UUID | None:
    """Return the case that was made of a conversation, if any."""
    return db.scalar(select(Case.id).where(Case.conversation_id == conversation_id).limit(1))


def list_cases(db: Session, *, which: str, page: int) -> Sequence[Case]:
    """Return a page of cases, newest first, and one more where there is a next page.

    Args:
        which: one of FILTERS; "rejected": those that agents rejected, most often first.
        page: from 1.
    """
    statement = select(Case).limit(PAGE + 1).offset((page - 1) * PAGE)
    if which == "rejected":
        statement = statement.where(Case.rejected > 0, Case.is_active)
        statement = statement.order_by(Case.rejected.desc(), Case.id.desc())
    elif which == "retired":
        statement = statement.where(~Case.is_active).order_by(Case.changed_at.desc(), Case.id)
    else:
        statement = statement.order_by(Case.created_at.desc(), Case.id.desc())
    return db.scalars(statement).all()


def count_cases(db: Session) -> tuple[int, int]:
    """Return how many cases are offered, and how many wait for an owner to look at them."""
    row = db.execute(
        select(
            func.count().filter(Case.is_active, Case.rejected < rules.MOST_REJECTIONS),
            func.count().filter(Case.is_active, Case.rejected >= rules.MOST_REJECTIONS),
        ).select_from(Case)
    ).one()
    return row[0], row[1]


def ids_without_vector(db: Session, *, encoder_id: str | None = None) -> list[UUID]:
    """Return the cases that have no vector of an encoder (None: of any), oldest first."""
    missing = select(Case.id).where(~has_vector(encoder_id)).order_by(Case.id)
    return list(db.scalars(missing))


def has_vector(encoder_id: str | None) -> ColumnElement[bool]:
    """Limit cases to those with a vector of an encoder (None: of any)."""
    found = select(CaseVector.case_id).where(CaseVector.case_id == Case.id)
    if encoder_id is not None:
        found = found.where(CaseVector.encoder_id == encoder_id)
    return found.exists()


def problem_of(db: Session, conversation: Conversation) -> str:
    """Return what a conversation's customer wanted, as similar cases are searched by."""
    turns = turns_of(db, newest_revision(db, conversation).id)
    return rules.problem_of(
        ((turn.speaker, turn.text) for turn in turns),
        says_enough=lambda text: says_enough(text, conversation.language),
    )


def visible_conversation(db: Session, case: Case, *, principal: Principal) -> UUID | None:
    """Return the conversation a case was made of, where the person may see it."""
    if case.conversation_id is None:
        return None
    return db.scalar(
        select(Conversation.id).where(
            Conversation.id == case.conversation_id, visible_to(principal)
        )
    )
