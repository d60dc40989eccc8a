"""Find disputes; what a person may see is part of every query."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Select, Tuple, Uuid, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from service.conversations.tables import Conversation
from service.database import UtcDateTime, now
from service.disputes.rules import LEADS, Standing
from service.disputes.tables import Dispute, DisputeAnswer
from service.errors import N_, Invalid, NotFound
from service.identity.rules import Principal
from service.identity.tables import User
from service.review.blindness import is_blind_for
from service.review.queries import SUBMITTED, is_for_reviewing
from service.review.refusals import OpenAfterAudit
from service.review.tables import Rating, Review
from service.scoring.tables import ScoringRun

PAGE = 50


@dataclass(frozen=True, slots=True)
class FullDispute:
    """A dispute with its review, the value that it is about, and the answers so far."""

    dispute: Dispute
    review: Review
    conversation: Conversation
    disputed: Rating
    answers: list[DisputeAnswer]

    @property
    def standing(self) -> Standing:
        """What rules need to know."""
        newest = self.answers[-1] if self.answers else None
        return Standing(
            state=self.dispute.state,
            due_at=self.dispute.due_at,
            agent_id=self.review.agent_id,
            reviewer_ids=frozenset({self.dispute.reviewer_id, self.review.reviewer_id}),
            resolver_ids=frozenset(answer.by for answer in self.answers),
            outcome=newest.outcome if newest else None,
            answered_at=newest.at if newest else None,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A dispute that waits, as the list shows it."""

    dispute: Dispute
    review: Review
    conversation: Conversation
    agent: str | None
    original: str  # the disputed value


@dataclass(frozen=True, slots=True)
class Waiting:
    """One page of what waits; `after` opens the next one."""

    rows: list[Row]
    after: str | None


@dataclass(frozen=True, slots=True)
class DisputeCount:
    """How many disputes of one kind there were; never by agent."""

    criterion: str
    reviewer_id: UUID
    model_sha: str
    outcome: str | None  # of the newest answer; None: not answered yet
    n: int


def _full() -> Select[Dispute, Review, Conversation, Rating]:
    return (
        select(Dispute, Review, Conversation, Rating)
        .join(Review, Review.id == Dispute.review_id)
        .join(Conversation, Conversation.id == Review.conversation_id)
        .join(Rating, Rating.id == Dispute.rating_id)
    )


def _one(db: Session, statement: Select[Dispute, Review, Conversation, Rating]) -> FullDispute:
    found = db.execute(statement).one_or_none()
    if found is None:
        raise NotFound
    dispute, review, conversation, disputed = found
    return FullDispute(
        dispute, review, conversation, disputed, answers_of(db, [dispute.id]).get(dispute.id, [])
    )


def find_dispute(db: Session, dispute_id: UUID, *, principal: Principal) -> FullDispute:
    """Return one dispute for those who answer disputes; nobody sees one about themselves here.

    Raises:
        NotFound: also when it exists and is not for this person.
        OpenAfterAudit: the person is to audit the conversation without seeing any value of it.
    """
    found = _one(db, _full().where(Dispute.id == dispute_id, is_for_reviewing(principal)))
    is_blind = select(Conversation.id).where(
        Conversation.id == found.conversation.id, is_blind_for(principal)
    )
    if db.scalar(is_blind) is not None:
        raise OpenAfterAudit
    return found


def lock_dispute(db: Session, dispute_id: UUID, *, principal: Principal) -> FullDispute:
    """Return one dispute for answering: the next one who asks waits until this transaction ends.

    Raises:
        NotFound: also when it exists and is not for this person.
    """
    statement = _full().where(Dispute.id == dispute_id, is_for_reviewing(principal))
    return _one(db, _locking(statement))


def _locking(
    statement: Select[Dispute, Review, Conversation, Rating],
) -> Select[Dispute, Review, Conversation, Rating]:
    statement = statement.with_for_update(of=[Dispute, Review])
    return statement.execution_options(populate_existing=True)


def find_own(db: Session, dispute_id: UUID, *, principal: Principal) -> FullDispute:
    """Return a dispute about somebody's own conversation.

    Raises:
        NotFound: also when it exists and is somebody else's.
    """
    return _one(db, _full().where(Dispute.id == dispute_id, Review.agent_id == principal.id))


def lock_own(db: Session, dispute_id: UUID, *, principal: Principal) -> FullDispute:
    """Return a dispute about somebody's own conversation, for changing.

    Raises:
        NotFound: also when it exists and is somebody else's.
    """
    return _one(
        db, _locking(_full().where(Dispute.id == dispute_id, Review.agent_id == principal.id))
    )


def lock_own_review(db: Session, review_id: UUID, *, principal: Principal) -> Review:
    """Return a submitted review of somebody's own conversation, for changing.

    Raises:
        NotFound: also when it exists and is somebody else's, or not submitted.
    """
    own = select(Review).where(
        Review.id == review_id, Review.agent_id == principal.id, Review.state.in_(SUBMITTED)
    )
    review = db.scalar(own.with_for_update().execution_options(populate_existing=True))
    if review is None:
        raise NotFound
    return review


def answers_of(db: Session, dispute_ids: Collection[UUID]) -> dict[UUID, list[DisputeAnswer]]:
    """Return the answers to some disputes, the first round first."""
    found: dict[UUID, list[DisputeAnswer]] = {}
    rows = select(DisputeAnswer).where(DisputeAnswer.dispute_id.in_(dispute_ids))
    for answer in db.scalars(rows.order_by(DisputeAnswer.dispute_id, DisputeAnswer.round)):
        found.setdefault(answer.dispute_id, []).append(answer)
    return found


def own_disputes(
    db: Session, *, principal: Principal, review_id: UUID | None = None, limit: int = PAGE
) -> list[FullDispute]:
    """Return the disputes about somebody's own conversations, newest first.

    Args:
        review_id: only those of one review.
    """
    statement = _full().where(Dispute.by == principal.id, Review.agent_id == principal.id)
    if review_id is not None:
        statement = statement.where(Dispute.review_id == review_id)
    rows = db.execute(statement.order_by(Dispute.id.desc()).limit(limit)).all()
    answers = answers_of(db, [dispute.id for dispute, *_ in rows])
    return [FullDispute(*row, answers.get(row[0].id, [])) for row in rows]


def count_open(db: Session, agent_id: UUID) -> int:
    """Return how many disputes of an agent wait for an answer."""
    return (
        db.scalar(
            select(func.count())
            .select_from(Dispute)
            .where(Dispute.by == agent_id, Dispute.due_at.is_not(None))
        )
        or 0
    )


def waiting_for(
    db: Session, *, principal: Principal, after: str | None = None, limit: int = PAGE
) -> Waiting:
    """Return the disputes that a person may answer, the one due first on top, page by page.

    What is late or escalated is the leads' alone; nobody finds what is about their own review, or
    about a conversation that they are to audit blind.

    Raises:
        Invalid: `after` is not what a page before this one gave.
    """
    agent = aliased(User)
    answered = select(DisputeAnswer.id).where(
        DisputeAnswer.dispute_id == Dispute.id, DisputeAnswer.by == principal.id
    )
    statement = (
        select(Dispute, Review, Conversation, agent.name, Rating.value)
        .join(Review, Review.id == Dispute.review_id)
        .join(Conversation, Conversation.id == Review.conversation_id)
        .join(Rating, Rating.id == Dispute.rating_id)
        .outerjoin(agent, agent.id == Review.agent_id)
        .where(
            Dispute.due_at.is_not(None),
            Dispute.reviewer_id != principal.id,
            Review.reviewer_id != principal.id,
            or_(Dispute.state == "open", ~answered.exists()),
            is_for_reviewing(principal),
            ~is_blind_for(principal),
        )
        .order_by(Dispute.due_at, Dispute.id)
        .limit(limit + 1)
    )
    if principal.role not in LEADS:
        statement = statement.where(Dispute.state == "open", Dispute.due_at >= now())
    if after:
        statement = statement.where(tuple_(Dispute.due_at, Dispute.id) > _parse(after))
    rows = [Row(*row) for row in db.execute(statement)]
    last = rows[limit - 1].dispute if len(rows) > limit else None
    rows = rows[:limit]
    return Waiting(rows, _place(last) if last else None)


def _place(last: Dispute) -> str:
    return f"{last.due_at.isoformat() if last.due_at else ''}~{last.id}"


def _parse(after: str) -> Tuple:
    due, _, dispute_id = after.partition("~")
    try:
        place = datetime.fromisoformat(due).astimezone(UTC), UUID(dispute_id)
    except (ValueError, OverflowError) as error:
        raise Invalid(N_("This page of the list does not exist. Start from its top.")) from error
    return tuple_(literal(place[0], UtcDateTime()), literal(place[1], Uuid()))


def dispute_counts(db: Session, *, since: datetime) -> list[DisputeCount]:
    """Count disputes opened since a moment, by criterion, reviewer, model and newest outcome.

    What calibration and training learn from. There is no such count of an agent.
    """
    later = aliased(DisputeAnswer)
    is_newest = ~(
        select(later.id)
        .where(later.dispute_id == DisputeAnswer.dispute_id, later.round > DisputeAnswer.round)
        .exists()
    )
    kind = Dispute.criterion, Dispute.reviewer_id, ScoringRun.model_sha, DisputeAnswer.outcome
    rows = db.execute(
        select(*kind, func.count())
        .select_from(Dispute)
        .join(Review, Review.id == Dispute.review_id)
        .join(ScoringRun, ScoringRun.id == Review.run_id)
        .outerjoin(DisputeAnswer, (DisputeAnswer.dispute_id == Dispute.id) & is_newest)
        .where(Dispute.opened_at >= since)
        .group_by(*kind)
        .order_by(Dispute.criterion, Dispute.reviewer_id, ScoringRun.model_sha)
    )
    return [DisputeCount(*row) for row in rows]
