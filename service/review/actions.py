"""What people do with a review: open, skip, submit, merge; the single decisions are beside it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from service.audit.actions import record
from service.conversations.queries import get_conversation
from service.database import now
from service.errors import N_, Invalid, NotFound
from service.identity.queries import names_of
from service.identity.rules import Principal, may_review
from service.review import rules
from service.review.deciding import append, check_draft, comment, rate, undo
from service.review.enqueueing import enqueue
from service.review.offering import offer_case
from service.review.pinning import pin
from service.review.queries import SUBMITTED, decisions_of, lock_of, lock_review, proposals_of
from service.review.refusals import (
    Locked,
    NothingDecided,
    OwnConversation,
    StaleReview,
    StillOpen,
)
from service.review.rules import Decision
from service.review.standing import rescore
from service.review.tables import QueueItem, Rating, Review, Skip
from service.scoring.tables import ScoringRun

__all__ = [
    "SKIP_REASONS",
    "comment",
    "enqueue",
    "merge",
    "open_review",
    "pin",
    "rate",
    "skip",
    "submit",
    "undo",
]

SKIP_REASONS = ("not_my_language", "technical_test", "know_the_customer", "needs_a_lead")


def open_review(
    db: Session, conversation_id: UUID, *, principal: Principal, lock_minutes: int
) -> Review:
    """Lock a conversation for a person and return its review, made when there is none.

    An expired lock is taken over; what its owner decided stays their own draft.

    Raises:
        NotFound: no such conversation waits for this person.
        OwnConversation: they served it themselves.
        Locked: somebody else has it open.
    """
    conversation = get_conversation(db, conversation_id, principal=principal)
    if not may_review(principal, conversation.agent_id):
        raise OwnConversation
    item = db.scalar(
        select(QueueItem).where(QueueItem.conversation_id == conversation_id).with_for_update()
    )
    if item is None:
        raise NotFound
    run = db.get_one(ScoringRun, item.run_id)
    review = db.scalar(
        select(Review).where(
            Review.revision_id == run.revision_id, Review.scorecard == run.scorecard
        )
    )
    if review is not None and review.state in SUBMITTED:
        return review
    _take_lock(db, item, principal=principal, lock_minutes=lock_minutes)
    if review is None:
        review = Review(
            conversation_id=conversation.id,
            revision_id=run.revision_id,
            run_id=run.id,
            agent_id=conversation.agent_id,
            scorecard=run.scorecard,
            reviewer_id=principal.id,
        )
        db.add(review)
        db.flush()
    elif not _has_ratings(db, review):
        review.run_id = run.id  # nobody decided on the older proposals yet
    if review.state == "draft":
        review.reviewer_id = principal.id
    record(db, "review.opened", subject=f"review:{review.id}", actor=principal.id)
    return review


def _take_lock(db: Session, item: QueueItem, *, principal: Principal, lock_minutes: int) -> None:
    names = names_of(db, {item.locked_by} - {None})
    lock = lock_of(item, names)
    if lock is not None and lock.by != principal.id:
        raise Locked(name=lock.name, minutes=_minutes_until(lock.until))
    item.locked_by = principal.id
    item.locked_until = now() + timedelta(minutes=lock_minutes)


def _minutes_until(moment: datetime) -> int:
    return max(1, round((moment - now()).total_seconds() / 60))


def _has_ratings(db: Session, review: Review) -> bool:
    return bool(db.scalar(select(exists().where(Rating.review_id == review.id))))


def skip(db: Session, conversation_id: UUID, *, principal: Principal, reason: str) -> None:
    """Pass over a conversation: it stays away from this person and is free for the next.

    Raises:
        Invalid: an unknown reason.
    """
    if reason not in SKIP_REASONS:
        raise Invalid(N_("There is no such reason for skipping."))
    conversation = get_conversation(db, conversation_id, principal=principal)
    if not may_review(principal, conversation.agent_id):
        raise OwnConversation
    item = db.scalar(
        select(QueueItem).where(QueueItem.conversation_id == conversation_id).with_for_update()
    )
    if item is None or item.state != "waiting":
        raise NotFound
    if item.locked_by == principal.id:
        item.locked_by = item.locked_until = None
    db.merge(Skip(conversation_id=conversation_id, user_id=principal.id, reason=reason, at=now()))
    record(
        db,
        "queue.skipped",
        subject=f"conversation:{conversation_id}",
        actor=principal.id,
        reason=reason,
    )


def submit(
    db: Session, review_id: UUID, *, principal: Principal, version: int, unsure_below: float
) -> Review:
    """Put a person's decisions in force.

    Args:
        version: of the review when the person loaded it.

    Raises:
        StaleReview: somebody else submitted it since; nothing of the person's draft is lost.
        StillOpen, NothingDecided: there is something to decide before.
    """
    review = lock_review(db, review_id, principal=principal)
    if not may_review(principal, review.agent_id):
        raise OwnConversation
    if review.state in SUBMITTED and review.reviewer_id == principal.id:
        return review  # the same form, sent twice
    _check_version(db, review, version)
    decisions = decisions_of(db, review.id).get(principal.id, {})
    proposals = proposals_of(db, [review.run_id]).get(review.run_id, {})
    scorecard = load_scorecard(review.scorecard)
    eyes, _ = rules.grouped(proposals, scorecard, unsure_below=unsure_below)
    left = rules.undecided(eyes, decisions)
    if left:
        raise StillOpen([criterion.number for criterion in left])
    if not rules.decided(decisions):
        raise NothingDecided
    _put_in_force(db, review, decisions, principal=principal)
    record(
        db,
        "review.submitted",
        subject=f"review:{review.id}",
        actor=principal.id,
        version=review.version,
        decided=len(rules.decided(decisions)),
    )
    return review


def _check_version(db: Session, review: Review, version: int) -> None:
    if review.version != version or review.state in SUBMITTED:
        names = names_of(db, {review.reviewer_id})
        raise StaleReview(
            name=names.get(review.reviewer_id, ""), seen=version, current=review.version
        )


def _put_in_force(
    db: Session, review: Review, decisions: Mapping[str, Decision], *, principal: Principal
) -> None:
    moment = now()
    review.state = "submitted"
    review.reviewer_id = principal.id
    review.submitted_at = review.changed_at = moment
    review.acknowledged_at = None
    review.version += 1
    rescore(db, review)
    db.execute(
        update(QueueItem)
        .where(QueueItem.conversation_id == review.conversation_id)
        .values(state="done", locked_by=None, locked_until=None)
    )
    offer_case(db, review, decisions)


def merge(
    db: Session,
    review_id: UUID,
    *,
    principal: Principal,
    version: int,
    choices: Mapping[str, str],
) -> Review:
    """Join a person's draft with the review that somebody else submitted meanwhile.

    Both stay in the record; the merged decisions are new rows and count from now on.

    Args:
        version: of the submitted review when the person saw both.
        choices: `mine` or `theirs` for each criterion that differs.

    Raises:
        StaleReview: it changed once more.
        Invalid: a criterion that differs was not chosen.
    """
    review, mine, theirs = _both(db, review_id, principal=principal, version=version)
    scorecard = load_scorecard(review.scorecard)
    try:
        result = rules.merged(scorecard, mine, theirs, choices)
    except KeyError as error:
        number = scorecard[str(error.args[0])].number
        raise Invalid(N_("C{number} is still open. Choose one side."), number=number) from error
    proposals = proposals_of(db, [review.run_id]).get(review.run_id, {})
    for key, decision in result.items():
        if mine.get(key) != decision:
            proposed = proposals[key].value
            append(db, review, decision, proposed=proposed, principal=principal)
    _put_in_force(db, review, result, principal=principal)
    record(
        db,
        "review.merged",
        subject=f"review:{review.id}",
        actor=principal.id,
        version=review.version,
        theirs=sorted(key for key, side in choices.items() if side == "theirs"),
    )
    return review


def keep_theirs(db: Session, review_id: UUID, *, principal: Principal, version: int) -> Review:
    """Let the submitted review stand; the person's own draft is taken back, row by row.

    Raises:
        StaleReview: it changed once more.
    """
    review, mine, _ = _both(db, review_id, principal=principal, version=version)
    for decision in mine.values():
        if decision.is_made:
            undone = Decision(
                decision.criterion, decision.value, "undone", comment=decision.comment
            )
            append(db, review, undone, proposed=decision.value, principal=principal)
    record(db, "review.draft_dropped", subject=f"review:{review.id}", actor=principal.id)
    return review


def _both(
    db: Session, review_id: UUID, *, principal: Principal, version: int
) -> tuple[Review, dict[str, Decision], dict[str, Decision]]:
    """Return a submitted review with the person's draft and the decisions in force."""
    review = lock_review(db, review_id, principal=principal)
    check_draft(review, principal)
    if review.state not in SUBMITTED:
        raise Invalid(N_("Nobody has submitted this review yet; there is nothing to merge."))
    if review.version != version:
        names = names_of(db, {review.reviewer_id})
        raise StaleReview(
            name=names.get(review.reviewer_id, ""), seen=version, current=review.version
        )
    decisions = decisions_of(db, review.id)
    return review, decisions.get(principal.id, {}), decisions.get(review.reviewer_id, {})
