"""Decide: each act on a criterion is a new row; nothing a person said is changed later."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from prompts.schema import Scorecard
from service.audit.actions import record
from service.database import now
from service.errors import N_, Invalid, NotFound
from service.identity.rules import Principal, may_review
from service.review import rules
from service.review.queries import SUBMITTED, decisions_of, proposals_of
from service.review.refusals import AlreadySubmitted, OwnConversation
from service.review.rules import Decision, Proposal
from service.review.tables import Correction, QueueItem, Rating, Review

LONGEST_COMMENT = 4000


def check_draft(review: Review, principal: Principal) -> None:
    """Refuse to change one's own conversation, or what one has submitted."""
    if not may_review(principal, review.agent_id):
        raise OwnConversation
    if review.state in SUBMITTED and review.reviewer_id == principal.id:
        raise AlreadySubmitted


def keep_lock(db: Session, review: Review, *, principal: Principal, lock_minutes: int) -> None:
    """Each act is a sign of life: the lock lasts on, unless somebody else took it over."""
    moment = now()
    db.execute(
        update(QueueItem)
        .where(
            QueueItem.conversation_id == review.conversation_id,
            QueueItem.state == "waiting",
            or_(
                QueueItem.locked_by.is_(None),
                QueueItem.locked_by == principal.id,
                QueueItem.locked_until <= moment,
            ),
        )
        .values(locked_by=principal.id, locked_until=moment + timedelta(minutes=lock_minutes))
    )


def note_act(
    db: Session,
    review: Review,
    act: str,
    *,
    principal: Principal,
    lock_minutes: int,
    **facts: Any,
) -> None:
    """Keep the person's lock and write into the audit log what they did to the review."""
    keep_lock(db, review, principal=principal, lock_minutes=lock_minutes)
    record(db, act, subject=f"review:{review.id}", actor=principal.id, **facts)


def rate(
    db: Session,
    review: Review,
    criterion: str,
    *,
    principal: Principal,
    value: str | None = None,
    root_cause: str | None = None,
    reason: str | None = None,
    comment: str | None = None,
    lock_minutes: int,
) -> Decision:
    """Confirm the machine's value, or replace it: one row, one audit row, one key.

    What is not given stands as it was, or as it is likeliest: the reason of a correction and the
    root cause of a fail.

    Args:
        value: pass, partial, fail or na; None confirms the machine's.

    Raises:
        NotFound: the scorecard has no such criterion, or the machine proposed nothing for it.
        Invalid: a value, cause or reason that the scorecard does not have.
        OwnConversation, AlreadySubmitted: the person may not decide here, or not any more.
    """
    check_draft(review, principal)
    scorecard = load_scorecard(review.scorecard)
    proposal = _proposal(db, review, criterion)
    before = decisions_of(db, review.id).get(principal.id, {}).get(criterion)
    value = value or proposal.value
    if value not in scorecard[criterion].levels:
        raise Invalid(N_("This criterion has no such level."))
    stands = before if before is not None and before.is_made and before.value == value else None
    made = Decision(
        criterion=criterion,
        value=value,
        decision="confirmed" if value == proposal.value else "corrected",
        root_cause=_cause(scorecard, criterion, value, root_cause, stands),
        comment=_text(comment, before),
        reason=_reason(scorecard, proposal, value, reason, stands),
    )
    if made != before:
        append(db, review, made, proposed=proposal.value, principal=principal)
        act = f"rating.{made.decision}"
        facts = {"criterion": criterion, "proposed": proposal.value, "value": value}
        note_act(db, review, act, principal=principal, lock_minutes=lock_minutes, **facts)
    return made


def _proposal(db: Session, review: Review, criterion: str) -> Proposal:
    if criterion not in load_scorecard(review.scorecard):
        raise NotFound
    proposal = proposals_of(db, [review.run_id]).get(review.run_id, {}).get(criterion)
    if proposal is None:
        raise NotFound
    return proposal


def _cause(
    scorecard: Scorecard, criterion: str, value: str, given: str | None, stands: Decision | None
) -> str | None:
    if value not in {"fail", "partial"}:
        return None
    before = stands.root_cause if stands else None
    cause = given or before or rules.default_root_cause(scorecard[criterion], value)
    if cause is not None and cause not in {known.key for known in scorecard.root_causes}:
        raise Invalid(N_("The scorecard has no such root cause."))
    return cause


def _reason(
    scorecard: Scorecard,
    proposal: Proposal,
    value: str,
    given: str | None,
    stands: Decision | None,
) -> str | None:
    if value == proposal.value:
        return None
    before = stands.reason if stands else None
    reason = given or before or rules.default_reason(proposal, value)
    if reason not in {known.key for known in scorecard.correction_reasons}:
        raise Invalid(N_("The scorecard has no such reason."))
    return reason


def _text(given: str | None, before: Decision | None) -> str:
    text = (before.comment if before else "") if given is None else given.strip()
    if len(text) > LONGEST_COMMENT:
        raise Invalid(N_("A comment has at most {most} characters."), most=LONGEST_COMMENT)
    return text


def append(
    db: Session, review: Review, made: Decision, *, proposed: str, principal: Principal
) -> None:
    """Add a decision as a new row, with the record of a correction beside it."""
    add_rating(db, review, made, rating_of(review, made, by=principal.id), proposed=proposed)


def rating_of(review: Review, made: Decision, *, by: UUID) -> Rating:
    """Return a decision as a row that is not stored yet."""
    return Rating(
        review_id=review.id,
        criterion=made.criterion,
        value=made.value,
        decision=made.decision,
        root_cause=made.root_cause,
        comment=made.comment,
        by=by,
    )


def add_rating(
    db: Session, review: Review, made: Decision, rating: Rating, *, proposed: str
) -> None:
    """Store a row of `rating_of`, with the record of a correction beside it.

    Args:
        proposed: the machine's value.
    """
    db.add(rating)
    db.flush()
    if made.decision == "corrected" and made.reason is not None:
        db.add(
            Correction(
                rating_id=rating.id,
                run_id=review.run_id,
                criterion=made.criterion,
                from_value=proposed,
                to_value=made.value,
                reason=made.reason,
                by=rating.by,
            )
        )
        db.flush()


def undo(
    db: Session, review: Review, criterion: str, *, principal: Principal, lock_minutes: int
) -> None:
    """Take back the person's decision about one criterion; the row stays, a comment stays, too."""
    check_draft(review, principal)
    if criterion not in load_scorecard(review.scorecard):
        raise NotFound
    before = decisions_of(db, review.id).get(principal.id, {}).get(criterion)
    if before is None or not before.is_made:
        return
    undone = Decision(criterion, before.value, "undone", comment=before.comment)
    append(db, review, undone, proposed=before.value, principal=principal)
    note_act(
        db,
        review,
        "rating.undone",
        principal=principal,
        lock_minutes=lock_minutes,
        criterion=criterion,
    )


def comment(
    db: Session,
    review: Review,
    criterion: str,
    text: str,
    *,
    principal: Principal,
    lock_minutes: int,
) -> None:
    """Keep what a person writes about one criterion, decided or not."""
    check_draft(review, principal)
    proposal = _proposal(db, review, criterion)
    before = decisions_of(db, review.id).get(principal.id, {}).get(criterion)
    text = _text(text, before)
    if text == (before.comment if before else ""):
        return
    made = Decision(
        criterion=criterion,
        value=before.value if before else proposal.value,
        decision=before.decision if before else "undone",
        root_cause=before.root_cause if before else None,
        comment=text,
        reason=before.reason if before else None,
    )
    append(db, review, made, proposed=proposal.value, principal=principal)
    note_act(
        db,
        review,
        "rating.commented",
        principal=principal,
        lock_minutes=lock_minutes,
        criterion=criterion,
        length=len(text),
    )
