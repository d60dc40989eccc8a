"""Find blind audits; what is kept from an auditor is read by `get_compared` alone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.conversations.queries import turns_of, visible_to
from service.conversations.tables import Conversation, Turn
from service.database import now
from service.errors import N_, Invalid, NotFound
from service.identity.queries import names_of
from service.identity.rules import Principal, may_review
from service.review.blindness import PENDING, could_audit, may_audit
from service.review.queries import SUBMITTED, decisions_of, proposals_of
from service.review.refusals import Locked
from service.review.rules import MINUTES_A_DECISION, MINUTES_A_TURN, Decision, Proposal
from service.review.tables import Audit, AuditRating, Review
from service.scoring.tables import ScoringRun

PAGE = 50
CRITERIA = 12  # how many an audit rates, for the expected effort alone


@dataclass(frozen=True, slots=True)
class Waiting:
    """An audit that waits for a person, with no value of anybody."""

    audit: Audit
    conversation: Conversation
    minutes: float
    is_mine: bool  # begun, and not taken over


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """Some audits, the oldest first; `after` opens the next page."""

    rows: list[Waiting]
    after: str | None


@dataclass(frozen=True, slots=True)
class Blind:
    """What the audit page shows: the words alone."""

    audit: Audit
    conversation: Conversation
    scorecard: str
    turns: list[Turn]


@dataclass(frozen=True, slots=True)
class Compared:
    """A submitted audit beside the machine's values and another person's review."""

    audit: Audit
    conversation: Conversation
    scorecard: str
    ratings: dict[str, list[AuditRating]]  # by criterion; the first one is the blind one
    proposals: dict[str, Proposal]
    review: Review | None
    decisions: dict[str, Decision]  # of that review, as far as they count
    names: dict[UUID, str]


def waiting_audits(
    db: Session,
    *,
    principal: Principal,
    language: str | None = None,
    channel: str | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> WaitingPage:
    """Return the audits a person may do, the oldest first: their own begun ones as well.

    Raises:
        Invalid: `after` is not what a page before this one gave.
    """
    statement = (
        select(Audit, Conversation)
        .join(Conversation, Conversation.id == Audit.conversation_id)
        .where(may_audit(principal))
        .order_by(Audit.id)
        .limit(limit + 1)
    )
    if language:
        statement = statement.where(Conversation.language == language)
    if channel:
        statement = statement.where(Conversation.channel == channel)
    if after:
        statement = statement.where(Audit.id > _parse(after))
    found = db.execute(statement).all()
    rows = [_waiting(audit, conversation, principal) for audit, conversation in found[:limit]]
    return WaitingPage(rows, str(rows[-1].audit.id) if len(found) > limit else None)


def _waiting(audit: Audit, conversation: Conversation, principal: Principal) -> Waiting:
    return Waiting(
        audit,
        conversation,
        MINUTES_A_TURN * conversation.turn_count + MINUTES_A_DECISION * CRITERIA,
        is_mine=audit.state == "open" and audit.reviewer_id == principal.id,
    )


def _parse(after: str) -> UUID:
    try:
        return UUID(after)
    except ValueError as error:
        raise Invalid(N_("This page of the queue does not exist. Start from its top.")) from error


def count_waiting(db: Session, *, principal: Principal) -> tuple[int, float]:
    """Return how many audits wait for a person, and the minutes they take."""
    row = db.execute(
        select(func.count(), func.sum(Conversation.turn_count))
        .select_from(Audit)
        .join(Conversation, Conversation.id == Audit.conversation_id)
        .where(may_audit(principal))
    ).one()
    return row[0], row[0] * MINUTES_A_DECISION * CRITERIA + MINUTES_A_TURN * int(row[1] or 0)


def submitted_since(db: Session, *, principal: Principal, since: datetime) -> int:
    """Return how many audits a person submitted since a moment."""
    statement = select(func.count()).select_from(Audit)
    statement = statement.where(Audit.reviewer_id == principal.id, Audit.submitted_at >= since)
    return db.scalar(statement) or 0


def find_audit(db: Session, audit_id: UUID, *, principal: Principal) -> Audit:
    """Return one audit: a pending one to who may do it, a submitted one to its auditor and leads.

    Raises:
        NotFound: also when it exists and is not for this person.
        Locked: it waits for people like this one, and somebody has it open.
    """
    found = db.execute(
        select(
            Audit,
            Conversation.agent_id,
            may_audit(principal).label("is_free"),
            could_audit(principal).label("is_for_them"),
        )
        .join(Conversation, Conversation.id == Audit.conversation_id)
        .where(Audit.id == audit_id, visible_to(principal))
    ).one_or_none()
    if found is None:
        raise NotFound
    audit: Audit = found.Audit
    if audit.state == "submitted" and _may_read(audit, found.agent_id, principal):
        return audit
    if audit.state not in PENDING or not found.is_for_them:
        raise NotFound
    if not found.is_free:
        raise _locked(db, audit)
    return audit


def lock_audit(db: Session, audit_id: UUID, *, principal: Principal) -> Audit:
    """Return one audit for changing: the next one who asks waits until this transaction ends.

    Raises:
        NotFound, Locked: as `find_audit`.
    """
    db.execute(select(Audit.id).where(Audit.id == audit_id).with_for_update())
    return find_audit(db, audit_id, principal=principal)


def _may_read(audit: Audit, agent_id: UUID | None, principal: Principal) -> bool:
    if audit.reviewer_id == principal.id:
        return True
    return principal.role in {"lead", "admin"} and may_review(principal, agent_id)


def _locked(db: Session, audit: Audit) -> Locked:
    names = names_of(db, {audit.reviewer_id} - {None})
    left = (audit.locked_until - now()).total_seconds() if audit.locked_until else 0
    return Locked(
        name=names[audit.reviewer_id] if audit.reviewer_id else "", minutes=max(1, round(left / 60))
    )


def get_blind(db: Session, audit: Audit) -> Blind:
    """Return what an auditor may see: one revision's words, and which scorecard to rate by."""
    conversation, scorecard = _conversation_of(db, audit)
    return Blind(audit, conversation, scorecard, turns_of(db, audit.revision_id))


def _conversation_of(db: Session, audit: Audit) -> tuple[Conversation, str]:
    row = db.execute(
        select(Conversation, ScoringRun.scorecard)
        .join(ScoringRun, ScoringRun.conversation_id == Conversation.id)
        .where(ScoringRun.id == audit.run_id)
    ).one()
    return row[0], row[1]


def ratings_of(
    db: Session, audit_ids: Collection[UUID]
) -> dict[UUID, dict[str, list[AuditRating]]]:
    """Return the ratings of audits by criterion, the blind one first."""
    found: dict[UUID, dict[str, list[AuditRating]]] = {}
    statement = select(AuditRating).where(AuditRating.audit_id.in_(audit_ids))
    for rating in db.scalars(statement.order_by(AuditRating.id)):
        found.setdefault(rating.audit_id, {}).setdefault(rating.criterion, []).append(rating)
    return found


def get_compared(db: Session, audit: Audit) -> Compared:
    """Return a submitted audit with what the machine and another reviewer said.

    Raises:
        NotFound: it is not submitted yet.
    """
    if audit.state != "submitted":
        raise NotFound
    conversation, scorecard = _conversation_of(db, audit)
    review = db.scalar(
        select(Review).where(
            Review.revision_id == audit.revision_id,
            Review.scorecard == scorecard,
            Review.state.in_(SUBMITTED),
        )
    )
    decisions = decisions_of(db, review.id).get(review.reviewer_id, {}) if review else {}
    people = {audit.reviewer_id, review.reviewer_id if review else None} - {None}
    return Compared(
        audit=audit,
        conversation=conversation,
        scorecard=scorecard,
        ratings=ratings_of(db, [audit.id]).get(audit.id, {}),
        proposals=proposals_of(db, [audit.run_id]).get(audit.run_id, {}),
        review=review,
        decisions=decisions,
        names=names_of(db, people),
    )
