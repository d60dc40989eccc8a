"""What people do with a blind audit: begin, skip, submit, change a value with a reason."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from prompts.schema import Scorecard
from service.audit.actions import record
from service.database import now
from service.errors import N_, Forbidden, Invalid
from service.identity.queries import names_of
from service.identity.rules import Principal
from service.review.actions import SKIP_REASONS
from service.review.audit_queries import get_blind, lock_audit, ratings_of
from service.review.refusals import AuditGone, NotRated
from service.review.tables import Audit, AuditRating, Skip

LONGEST_NOTE = 4000
SHORTEST_REASON, LONGEST_REASON = 3, 500


def open_audit(db: Session, audit_id: UUID, *, principal: Principal, lock_minutes: int) -> Audit:
    """Take an audit for a person: nobody else is offered it for a while.

    Raises:
        NotFound: it is not for this person.
        Locked: somebody else has it open.
    """
    audit = lock_audit(db, audit_id, principal=principal)
    if audit.state == "submitted":
        return audit
    audit.state, audit.reviewer_id = "open", principal.id
    audit.locked_until = now() + timedelta(minutes=lock_minutes)
    record(db, "audit.opened", subject=f"audit:{audit.id}", actor=principal.id)
    return audit


def skip_audit(db: Session, audit_id: UUID, *, principal: Principal, reason: str) -> None:
    """Leave an audit to others; the conversation stays away from this person.

    Raises:
        Invalid: an unknown reason.
        NotFound, Locked, AuditGone: it is not, or no more, to do for this person.
    """
    if reason not in SKIP_REASONS:
        raise Invalid(N_("There is no such reason for skipping."))
    audit = _pending(db, audit_id, principal=principal)
    audit.state, audit.reviewer_id, audit.locked_until = "waiting", None, None
    db.merge(
        Skip(conversation_id=audit.conversation_id, user_id=principal.id, reason=reason, at=now())
    )
    record(db, "audit.skipped", subject=f"audit:{audit.id}", actor=principal.id, reason=reason)


def submit_audit(
    db: Session, audit_id: UUID, *, principal: Principal, values: Mapping[str, str], note: str = ""
) -> Audit:
    """Keep a person's ratings; from now on they may see what others said.

    Args:
        values: for every criterion one of its levels, or na.

    Raises:
        NotRated: criteria are missing.
        Invalid: a criterion or a level that there is not, or too long a note.
        NotFound, Locked, AuditGone: it is not, or no more, to do for this person.
    """
    audit = lock_audit(db, audit_id, principal=principal)
    if audit.state == "submitted" and audit.reviewer_id == principal.id:
        return audit  # the same form, sent twice
    _refuse_submitted(db, audit)
    scorecard = load_scorecard(get_blind(db, audit).scorecard)
    missing = [c.number for c in scorecard.criteria if c.key not in values]
    if missing:
        raise NotRated(missing)
    for key in scorecard.keys:
        _check_level(scorecard, key, values[key])
    if not set(values) <= set(scorecard.keys) or len(note) > LONGEST_NOTE:
        raise Invalid(N_("The audit holds something that does not fit."))
    moment = now()
    audit.state, audit.reviewer_id, audit.submitted_at = "submitted", principal.id, moment
    audit.locked_until, audit.note = None, note.strip()
    for key in scorecard.keys:
        db.add(
            AuditRating(
                audit_id=audit.id, criterion=key, value=values[key], by=principal.id, at=moment
            )
        )
    db.flush()
    record(db, "audit.submitted", subject=f"audit:{audit.id}", actor=principal.id, kind=audit.kind)
    return audit


def change_rating(
    db: Session, audit_id: UUID, criterion: str, *, principal: Principal, value: str, reason: str
) -> AuditRating:
    """Change a value after the comparison: a new row with the reason; the blind one stays.

    Raises:
        Invalid: no such level, no reason, or nothing changes.
        Forbidden: somebody else's audit, or it is not submitted yet.
    """
    audit = lock_audit(db, audit_id, principal=principal)
    if audit.state != "submitted" or audit.reviewer_id != principal.id:
        raise Forbidden(N_("Only who submitted an audit can change it, and only afterwards."))
    scorecard = load_scorecard(get_blind(db, audit).scorecard)
    _check_level(scorecard, criterion, value)
    why = " ".join(reason.split())
    if not SHORTEST_REASON <= len(why) <= LONGEST_REASON:
        raise Invalid(N_("Say in 3 to 500 characters why the value changes."))
    before = ratings_of(db, [audit.id])[audit.id][criterion][-1].value
    if before == value:
        raise Invalid(N_("That is the value it has already."))
    row = AuditRating(
        audit_id=audit.id, criterion=criterion, value=value, reason=why, by=principal.id, at=now()
    )
    db.add(row)
    db.flush()
    record(
        db,
        "audit.changed",
        subject=f"audit:{audit.id}",
        actor=principal.id,
        criterion=criterion,
        before=before,
        after=value,
        rating=str(row.id),
    )
    return row


def _pending(db: Session, audit_id: UUID, *, principal: Principal) -> Audit:
    audit = lock_audit(db, audit_id, principal=principal)
    _refuse_submitted(db, audit)
    return audit


def _refuse_submitted(db: Session, audit: Audit) -> None:
    if audit.state == "submitted":
        names = names_of(db, {audit.reviewer_id} - {None})
        raise AuditGone(name=names[audit.reviewer_id] if audit.reviewer_id else "")


def _check_level(scorecard: Scorecard, criterion: str, value: str) -> None:
    if criterion not in scorecard or value not in scorecard[criterion].levels:
        raise Invalid(N_("The criterion has no such level."))
