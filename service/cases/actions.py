"""Add, change and retire cases. All texts that come in here are masked already."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service import jobs, lexical
from service.audit.actions import record
from service.cases import rules
from service.cases.likeness import says_enough
from service.cases.queries import get_case
from service.cases.tables import Case, CaseVector
from service.content_words import surfaces
from service.conversations.queries import turns_of
from service.conversations.tables import Conversation
from service.database import now
from service.errors import N_, Invalid
from service.identity.rules import Principal

KIND = "case"  # of the word index
JOB = "index_cases"  # makes vectors
REVIEW = "review"  # the source of cases that a review made


def add_case_from_review(
    db: Session,
    *,
    conversation: Conversation,
    revision_id: UUID,
    approved_by: UUID,
    topic: str,
    outcome: str,
    decisive: Collection[int] = (),
) -> Case | None:
    """Keep a resolved conversation whose solution was confirmed; its vector is made by a job.

    The same conversation again, in a newer revision, changes its case. None where the customer or
    the agent said nothing that could be kept.

    Args:
        conversation: it is resolved, and a person confirmed that its solution passed.
        revision_id: the text that was reviewed.
        approved_by: who confirmed it.
        topic: of the conversation.
        outcome: one of `tables.OUTCOMES`.
        decisive: positions of the turns that are the evidence of the solution.

    Raises:
        Invalid: the agent would approve their own solution.
    """
    if approved_by == conversation.agent_id:
        raise Invalid(N_("Somebody other than the agent has to confirm a solution."))
    problem, solution = _said(db, revision_id, language=conversation.language, decisive=decisive)
    if not problem or not solution:
        return None
    case, became = put_case(
        db,
        source=REVIEW,
        external_id=str(conversation.id),
        solved_at=conversation.started_at or conversation.created_at,
        conversation_id=conversation.id,
        problem=problem,
        solution=solution,
        language=conversation.language,
        topic=topic,
        channel=conversation.channel,
        outcome=outcome,
        csat=conversation.csat,
        approved_by=approved_by,
    )
    if became != "unchanged":
        jobs.enqueue(db, JOB, [case.id], by=approved_by)
        record(db, "case.added", subject=f"case:{case.id}", actor=approved_by, outcome=outcome)
    return case


def _said(
    db: Session, revision_id: UUID, *, language: str, decisive: Collection[int]
) -> tuple[str, str]:
    """Return what the customer's problem was, and how the agent solved it; empty if not said."""
    said = [(turn.speaker, turn.text) for turn in turns_of(db, revision_id)]
    problem = rules.problem_of(said, says_enough=lambda text: says_enough(text, language))
    return problem, rules.solution_of(said, decisive=decisive)


def put_case(
    db: Session,
    *,
    source: str,
    external_id: str,
    solved_at: datetime,
    is_day_known: bool = True,
    **facts: Any,
) -> tuple[Case, str]:
    """Store a case, or bring the stored one to the given facts.

    Args:
        db: a writing transaction.
        source: external ids are unique within.
        external_id: of the case.
        solved_at: when it was solved.
        is_day_known: False where that was counted back from today; then a stored day stands.
        facts: columns of the case.

    Returns:
        The case, and "imported", "revised" or "unchanged". A changed problem loses its vectors.
    """
    known = db.scalar(select(Case).where(Case.source == source, Case.external_id == external_id))
    if known is None:
        case = Case(source=source, external_id=external_id, solved_at=solved_at, **facts)
        db.add(case)
        db.flush()
        _put_words(db, case)
        return case, "imported"
    if is_day_known:
        facts["solved_at"] = solved_at
    changed = {name: value for name, value in facts.items() if getattr(known, name) != value}
    if not changed:
        return known, "unchanged"
    for name, value in changed.items():
        setattr(known, name, value)
    known.changed_at = now()
    if changed.keys() & {"problem", "language"}:
        db.execute(delete(CaseVector).where(CaseVector.case_id == known.id))
        _put_words(db, known)
    db.flush()
    return known, "revised"


def retire_case(db: Session, case_id: UUID, *, principal: Principal) -> Case:
    """Take a case out of every search, at once.

    Raises:
        NotFound: there is no such case.
    """
    case = get_case(db, case_id)
    if case.is_active:
        case.is_active, case.changed_at = False, now()
        lexical.remove(db, KIND, case.id)
        record(db, "case.retired", subject=f"case:{case.id}", actor=principal.id)
    return case


def offer_case(db: Session, case_id: UUID, *, principal: Principal) -> Case:
    """Offer a case again after an owner looked at it: what was said against it is settled.

    Raises:
        NotFound: there is no such case.
    """
    case = get_case(db, case_id)
    if not case.is_active or case.rejected:
        record(
            db,
            "case.offered",
            subject=f"case:{case.id}",
            actor=principal.id,
            rejected=case.rejected,
        )
        case.is_active, case.rejected, case.changed_at = True, 0, now()
        _put_words(db, case)
    return case


def count_rejection(db: Session, case_id: UUID) -> None:
    """Lower a case in every search from now on; after the third it waits for an owner."""
    db.execute(
        update(Case)
        .where(Case.id == case_id)
        .values(rejected=Case.rejected + 1)
        .execution_options(synchronize_session=False)
    )


def _put_words(db: Session, case: Case) -> None:
    if case.is_active:
        lexical.put(db, KIND, case.id, surfaces(case.problem, case.language))
