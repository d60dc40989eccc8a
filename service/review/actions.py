"""What people do with a review. Each act is a new row; nothing a person said is changed later."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from prompts.schema import Criterion, Scorecard
from service.audit.actions import record
from service.conversations.queries import get_conversation
from service.conversations.tables import Turn
from service.database import now
from service.errors import N_, Invalid, NotFound
from service.identity.queries import names_of
from service.identity.rules import Principal, may_review
from service.review import rules
from service.review.enqueueing import enqueue
from service.review.queries import SUBMITTED, decisions_of, lock_of, lock_review, proposals_of
from service.review.refusals import (
    AlreadySubmitted,
    Locked,
    NothingDecided,
    OwnConversation,
    StaleReview,
    StillOpen,
)
from service.review.rules import Decision
from service.review.tables import Correction, Pin, QueueItem, Rating, Review, Skip
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
LONGEST_COMMENT = 4000


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


def _check_draft(review: Review, principal: Principal) -> None:
    """Refuse to change one's own conversation, or what one has submitted."""
    if not may_review(principal, review.agent_id):
        raise OwnConversation
    if review.state in SUBMITTED and review.reviewer_id == principal.id:
        raise AlreadySubmitted


def _keep_lock(db: Session, review: Review, *, principal: Principal, lock_minutes: int) -> None:
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
        OwnConversation, AlreadySubmitted: see `open_review`.
    """
    _check_draft(review, principal)
    scorecard = load_scorecard(review.scorecard)
    found = _criterion(scorecard, criterion)
    proposal = proposals_of(db, [review.run_id]).get(review.run_id, {}).get(criterion)
    if proposal is None:
        raise NotFound
    value = value or proposal.value
    if value not in found.levels:
        raise Invalid(N_("This criterion has no such level."))
    before = decisions_of(db, review.id).get(principal.id, {}).get(criterion)
    same = before is not None and before.is_made and before.value == value
    is_correction = value != proposal.value
    made = Decision(
        criterion=criterion,
        value=value,
        decision="corrected" if is_correction else "confirmed",
        root_cause=_cause(
            scorecard, found, value, root_cause, before.root_cause if before and same else None
        ),
        comment=_text(comment, before),
        reason=_reason(
            scorecard,
            reason
            or (before.reason if before and same else None)
            or rules.default_reason(proposal, value),
        )
        if is_correction
        else None,
    )
    if made == before:
        return made
    _append(db, review, made, proposed=proposal.value, principal=principal)
    _keep_lock(db, review, principal=principal, lock_minutes=lock_minutes)
    record(
        db,
        f"rating.{made.decision}",
        subject=f"review:{review.id}",
        actor=principal.id,
        criterion=criterion,
        proposed=proposal.value,
        value=value,
    )
    return made


def _criterion(scorecard: Scorecard, key: str) -> Criterion:
    if key not in scorecard:
        raise NotFound
    return scorecard[key]


def _cause(
    scorecard: Scorecard, criterion: Criterion, value: str, given: str | None, before: str | None
) -> str | None:
    if value not in {"fail", "partial"}:
        return None
    cause = given or before or rules.default_root_cause(criterion, value)
    if cause is not None and cause not in {known.key for known in scorecard.root_causes}:
        raise Invalid(N_("The scorecard has no such root cause."))
    return cause


def _reason(scorecard: Scorecard, given: str) -> str:
    if given not in {known.key for known in scorecard.correction_reasons}:
        raise Invalid(N_("The scorecard has no such reason."))
    return given


def _text(given: str | None, before: Decision | None) -> str:
    text = (before.comment if before else "") if given is None else given.strip()
    if len(text) > LONGEST_COMMENT:
        raise Invalid(N_("A comment has at most {most} characters."), most=LONGEST_COMMENT)
    return text


def _append(
    db: Session, review: Review, made: Decision, *, proposed: str, principal: Principal
) -> None:
    rating = Rating(
        review_id=review.id,
        criterion=made.criterion,
        value=made.value,
        decision=made.decision,
        root_cause=made.root_cause,
        comment=made.comment,
        by=principal.id,
    )
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
                by=principal.id,
            )
        )
        db.flush()


def undo(
    db: Session, review: Review, criterion: str, *, principal: Principal, lock_minutes: int
) -> None:
    """Take back the person's decision about one criterion; the row stays, a comment stays, too."""
    _check_draft(review, principal)
    _criterion(load_scorecard(review.scorecard), criterion)
    before = decisions_of(db, review.id).get(principal.id, {}).get(criterion)
    if before is None or not before.is_made:
        return
    undone = Decision(criterion, before.value, "undone", comment=before.comment)
    _append(db, review, undone, proposed=before.value, principal=principal)
    _keep_lock(db, review, principal=principal, lock_minutes=lock_minutes)
    record(
        db,
        "rating.undone",
        subject=f"review:{review.id}",
        actor=principal.id,
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
    _check_draft(review, principal)
    _criterion(load_scorecard(review.scorecard), criterion)
    proposal = proposals_of(db, [review.run_id]).get(review.run_id, {}).get(criterion)
    if proposal is None:
        raise NotFound
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
    _append(db, review, made, proposed=proposal.value, principal=principal)
    _keep_lock(db, review, principal=principal, lock_minutes=lock_minutes)
    record(
        db,
        "rating.commented",
        subject=f"review:{review.id}",
        actor=principal.id,
        criterion=criterion,
        length=len(text),
    )


def pin(
    db: Session,
    review: Review,
    criterion: str,
    position: int,
    *,
    principal: Principal,
    is_praise: bool,
    lock_minutes: int,
) -> bool:
    """Keep a turn for coaching, as a weak or a good example; the same again takes it off.

    Returns:
        Whether the turn is pinned now.

    Raises:
        NotFound: no such turn or criterion.
    """
    _check_draft(review, principal)
    _criterion(load_scorecard(review.scorecard), criterion)
    if db.get(Turn, (review.revision_id, position)) is None:
        raise NotFound
    found = db.scalar(
        select(Pin).where(
            Pin.review_id == review.id, Pin.criterion == criterion, Pin.position == position
        )
    )
    is_pinned = found is None or found.is_praise != is_praise
    if found is None:
        db.add(
            Pin(
                review_id=review.id,
                agent_id=review.agent_id,
                criterion=criterion,
                position=position,
                is_praise=is_praise,
                by=principal.id,
            )
        )
    elif is_pinned:
        found.is_praise, found.by = is_praise, principal.id
    else:
        db.delete(found)
    db.flush()
    _keep_lock(db, review, principal=principal, lock_minutes=lock_minutes)
    record(
        db,
        "pin.added" if is_pinned else "pin.removed",
        subject=f"review:{review.id}",
        actor=principal.id,
        criterion=criterion,
        position=position,
        is_praise=is_praise,
    )
    return is_pinned


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
    review.quality_score = rules.review_score(load_scorecard(review.scorecard), decisions)
    review.state = "submitted"
    review.reviewer_id = principal.id
    review.submitted_at = review.changed_at = moment
    review.acknowledged_at = None
    review.version += 1
    db.flush()
    db.execute(
        update(QueueItem)
        .where(QueueItem.conversation_id == review.conversation_id)
        .values(state="done", locked_by=None, locked_until=None)
    )


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
            _append(db, review, decision, proposed=proposed, principal=principal)
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
            _append(db, review, undone, proposed=decision.value, principal=principal)
    record(db, "review.draft_dropped", subject=f"review:{review.id}", actor=principal.id)
    return review


def _both(
    db: Session, review_id: UUID, *, principal: Principal, version: int
) -> tuple[Review, dict[str, Decision], dict[str, Decision]]:
    """Return a submitted review with the person's draft and the decisions in force."""
    review = lock_review(db, review_id, principal=principal)
    _check_draft(review, principal)
    if review.state not in SUBMITTED:
        raise Invalid(N_("Nobody has submitted this review yet; there is nothing to merge."))
    if review.version != version:
        names = names_of(db, {review.reviewer_id})
        raise StaleReview(
            name=names.get(review.reviewer_id, ""), seen=version, current=review.version
        )
    decisions = decisions_of(db, review.id)
    return review, decisions.get(principal.id, {}), decisions.get(review.reviewer_id, {})
