"""What people do with a dispute: open it, answer it, take the answer to a lead."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from service.disputes import rules
from service.disputes.acts import Limits, due, note, sentence
from service.disputes.opening import Claim, open_dispute
from service.disputes.queries import FullDispute, lock_dispute, lock_own
from service.disputes.refusals import AlreadyAnswered, NoEscalation, NotYours
from service.disputes.tables import Dispute, DisputeAnswer
from service.disputes.words import WHY_NOT
from service.errors import N_, Invalid
from service.identity.queries import names_of
from service.identity.rules import Principal
from service.review import standing
from service.review.queries import proposals_of
from service.review.rules import Decision, default_reason, default_root_cause
from service.review.tables import Rating, Review

__all__ = ["Claim", "Limits", "Ruling", "answer", "escalate", "open_dispute"]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a resolver says; without a value the criterion is unclear."""

    value: str | None
    reason: str
    version: int  # of the dispute when the person loaded it


def answer(
    db: Session, dispute_id: UUID, ruling: Ruling, *, principal: Principal, at: datetime
) -> DisputeAnswer:
    """Decide a dispute: the value stays or changes, or the criterion is unclear.

    A changed value is a new rating that stands before the review's own; both stay in the record.

    Raises:
        NotFound: no such dispute is for this person.
        AlreadyAnswered: somebody else was faster.
        NotYours: another person has to answer.
        Invalid: a level that the criterion does not have, or no reason.
    """
    full = lock_dispute(db, dispute_id, principal=principal)
    _check_turn(db, full, principal, ruling.version, at=at)
    dispute, review = full.dispute, full.review
    original = standing.official(db, review).get(dispute.criterion)
    before = original.value if original is not None else full.disputed.value
    _check_value(review, dispute, ruling)
    reason = sentence(ruling.reason)
    rating, outcome = None, "criterion_unclear"
    if ruling.value is not None:
        outcome = rules.outcome_of(original=before, proposed=dispute.value, ruled=ruling.value)
        if ruling.value != before:
            rating = _change(db, full, original, ruling.value, reason, by=principal.id)
    made = DisputeAnswer(
        dispute_id=dispute.id,
        round=rules.round_of(dispute.state),
        outcome=outcome,
        value=ruling.value,
        reason=reason,
        rating_id=rating.id if rating is not None else None,
        by=principal.id,
        at=at,
    )
    db.add(made)
    _move(db, dispute, rules.after_answer(dispute.state), due_at=None)
    if ruling.value is None:
        standing.withhold(db, review, dispute.criterion, cause="criterion_unclear")
    else:
        standing.release(db, review, dispute.criterion)
    facts = {"outcome": outcome, "before": before, "value": ruling.value, "round": made.round}
    note(db, "dispute.answered", dispute, principal, **facts)
    return made


def _check_turn(
    db: Session, full: FullDispute, principal: Principal, version: int, *, at: datetime
) -> None:
    code = rules.why_not_answer(principal.id, principal.role, full.standing, at=at)
    if full.answers and (code == "answered" or full.dispute.version != version):
        newest = full.answers[-1]
        name = names_of(db, {newest.by}).get(newest.by, "")
        raise AlreadyAnswered(name=name, at=newest.at)
    if code is not None:
        raise NotYours(WHY_NOT[code])


def _check_value(review: Review, dispute: Dispute, ruling: Ruling) -> None:
    levels = load_scorecard(review.scorecard)[dispute.criterion].levels
    if ruling.value is not None and ruling.value not in levels:
        raise Invalid(N_("This criterion has no such level."))


def _change(
    db: Session,
    full: FullDispute,
    original: Decision | None,
    value: str,
    reason: str,
    *,
    by: UUID,
) -> Rating:
    """Put another value in force; the machine's own value is confirmed by it, any other corrects."""
    review, key = full.review, full.dispute.criterion
    proposal = proposals_of(db, [review.run_id])[review.run_id][key]
    is_proposed = value == proposal.value
    cause = default_root_cause(load_scorecard(review.scorecard)[key], value)
    if value in {"partial", "fail"} and original is not None:
        cause = original.root_cause or cause
    made = Decision(
        criterion=key,
        value=value,
        decision="confirmed" if is_proposed else "corrected",
        root_cause=cause,
        comment=reason,
        reason=None if is_proposed else default_reason(proposal, value),
    )
    return standing.rule(db, review, made, proposed=proposal.value, by=by)


def _move(db: Session, dispute: Dispute, state: str | None, *, due_at: datetime | None) -> None:
    assert state is not None, "only a possible step is taken"
    dispute.state, dispute.due_at = state, due_at
    dispute.version += 1
    db.flush()


def escalate(
    db: Session,
    dispute_id: UUID,
    text: str,
    *,
    principal: Principal,
    limits: Limits,
    at: datetime,
) -> Dispute:
    """Take an answer to a lead who has not answered yet; that answer is final.

    Raises:
        NotFound: it is no dispute of theirs.
        NoEscalation: it was escalated before, the time is over, or the agent was right.
        NoSentence: without a reason.
    """
    full = lock_own(db, dispute_id, principal=principal)
    if not rules.may_escalate(full.standing, days=limits.days, at=at):
        raise NoEscalation
    dispute = full.dispute
    dispute.escalation, dispute.escalated_at = sentence(text), at
    _move(db, dispute, rules.after_escalation(dispute.state), due_at=due(at, limits))
    standing.withhold(db, full.review, dispute.criterion, cause="dispute")
    note(db, "dispute.escalated", dispute, principal)
    return dispute
