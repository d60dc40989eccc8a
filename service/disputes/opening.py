"""An agent disagrees with one decided criterion of a review of their own conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from service.conversations.tables import Turn
from service.disputes import rules
from service.disputes.acts import Limits, due, note, sentence
from service.disputes.queries import count_open, lock_own_review
from service.disputes.refusals import (
    AlreadyDisputed,
    NoSuchTurn,
    NothingToDispute,
    TooManyOpen,
    WindowClosed,
)
from service.disputes.tables import Dispute
from service.errors import NotFound
from service.identity.rules import Principal
from service.identity.tables import User
from service.review import standing
from service.review.tables import Rating, Review


@dataclass(frozen=True, slots=True)
class Claim:
    """What an agent says about one criterion."""

    criterion: str
    value: str
    text: str
    evidence: Sequence[int] = ()  # positions of turns, from 0


def open_dispute(
    db: Session,
    review_id: UUID,
    claim: Claim,
    *,
    principal: Principal,
    limits: Limits,
    at: datetime,
) -> Dispute:
    """Disagree with one decided criterion of a review of one's own conversation.

    From then on the value is left out of every number.

    Raises:
        NotFound: it is no submitted review of theirs, or it has no such decided criterion.
        WindowClosed, AlreadyDisputed, TooManyOpen: too late, twice, or too many at once.
        NothingToDispute, NoSentence, NoSuchTurn: what was sent does not fit.
    """
    review = lock_own_review(db, review_id, principal=principal)
    if claim.criterion not in load_scorecard(review.scorecard):
        raise NotFound
    rating = _rating_in_force(db, review, claim.criterion)
    _check_time_and_number(db, review, claim.criterion, principal, limits, at=at)
    levels = load_scorecard(review.scorecard)[claim.criterion].levels
    if claim.value not in levels or claim.value == rating.value:
        raise NothingToDispute
    dispute = Dispute(
        review_id=review.id,
        criterion=claim.criterion,
        rating_id=rating.id,
        reviewer_id=review.reviewer_id,
        value=claim.value,
        text=sentence(claim.text),
        evidence=_turns(db, review, claim.evidence),
        by=principal.id,
        opened_at=at,
        due_at=due(at, limits),
    )
    db.add(dispute)
    standing.withhold(db, review, claim.criterion, cause="dispute")
    note(db, "dispute.opened", dispute, principal, proposed=claim.value, disputed=rating.value)
    return dispute


def _rating_in_force(db: Session, review: Review, criterion: str) -> Rating:
    rating = standing.official_rating(db, review, criterion)
    if rating is None:
        raise NotFound
    return rating


def _check_time_and_number(
    db: Session,
    review: Review,
    criterion: str,
    principal: Principal,
    limits: Limits,
    *,
    at: datetime,
) -> None:
    # Whoever sends two at once waits here: their number is counted one after the other.
    db.execute(select(User.id).where(User.id == principal.id).with_for_update())
    same = select(Dispute.id).where(Dispute.review_id == review.id, Dispute.criterion == criterion)
    if db.scalar(same) is not None:
        raise AlreadyDisputed
    assert review.submitted_at is not None, "only submitted reviews are disputed"
    if at > rules.window_ends(review.submitted_at, days=limits.days):
        raise WindowClosed(days=limits.days)
    if count_open(db, principal.id) >= limits.most_open:
        raise TooManyOpen(most=limits.most_open)


def _turns(db: Session, review: Review, positions: Sequence[int]) -> list[int]:
    found = sorted(set(positions))
    count = select(func.count()).where(Turn.revision_id == review.revision_id)
    last = db.scalar(count.select_from(Turn)) or 0
    if any(not 0 <= position < last for position in found):
        raise NoSuchTurn(last=last)
    return found
