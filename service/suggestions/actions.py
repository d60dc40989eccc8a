"""What agents do with a suggested case: take it as a draft, or say why it does not fit."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.audit.actions import record
from service.cases.actions import count_rejection
from service.cases.queries import get_case
from service.cases.tables import Case
from service.identity.rules import Principal
from service.suggestions.tables import Suggestion


def copy_answer(
    db: Session, case_id: UUID, *, principal: Principal, conversation_id: UUID | None
) -> Case:
    """Note that somebody took a case's solution as a draft. Nothing is sent to anyone.

    Raises:
        NotFound: there is no such case.
    """
    case = get_case(db, case_id)
    _note(db, case, principal, conversation_id, outcome="copied", reason=None)
    return case


def reject_answer(
    db: Session,
    case_id: UUID,
    *,
    principal: Principal,
    conversation_id: UUID | None,
    reason: str,
) -> Case:
    """Lower a case at once; after the third rejection it waits for an owner.

    Raises:
        NotFound: there is no such case.
    """
    case = get_case(db, case_id)
    count_rejection(db, case.id)
    _note(db, case, principal, conversation_id, outcome="rejected", reason=reason)
    return case


def _note(
    db: Session,
    case: Case,
    principal: Principal,
    conversation_id: UUID | None,
    *,
    outcome: str,
    reason: str | None,
) -> None:
    db.add(
        Suggestion(
            case_id=case.id,
            conversation_id=conversation_id,
            user_id=principal.id,
            outcome=outcome,
            reason=reason,
        )
    )
    record(
        db,
        f"suggestion.{outcome}",
        subject=f"case:{case.id}",
        actor=principal.id,
        **({"reason": reason} if reason else {}),
    )
