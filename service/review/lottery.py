"""Draw blind audits: of all that was scored, and second reviews of what was submitted."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.audit.actions import record
from service.conversations.tables import Conversation
from service.identity.tables import Membership, User
from service.review import sampling
from service.review.queries import SUBMITTED
from service.review.sampling import Stratum
from service.review.sharing import shares
from service.review.streams import BLIND, SECOND
from service.review.tables import Audit, QueueItem, Review
from service.scoring.tables import ScoringRun

BATCH: Final = 1000
KEPT: Final = timedelta(weeks=4)  # an audit that nobody began by then is given up
PENDING: Final = ("waiting", "open")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one draw did, of each kind: out of how many, and how many it took."""

    scored: int
    audits: int
    submitted: int
    second: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A conversation that no draw looked at before."""

    conversation_id: UUID
    revision_id: UUID
    run_id: UUID
    stratum: Stratum


def draw_audits(db: Session, *, at: datetime, reviews_per_day: int) -> Drawn:
    """Draw from all that no draw has looked at; doing it again at once changes nothing.

    The review budget of a week is what was scored in it, at most what the reviewers can do:
    `reviews_per_day` each on five days. Everything scored takes part, reviewed or not: leaving
    out what was reviewed would leave out what the machine was unsure of.

    Args:
        at: now; it says the week that is drawn for.
    """
    share = shares(db)
    cancelled = _give_up(db, before=at - KEPT)
    scored = _scored(db, at=at)
    drawn = db.scalar(
        select(func.count())
        .select_from(Audit)
        .where(Audit.period == sampling.period_of(at), Audit.kind == "random")
    )
    chance = sampling.probability(
        len(scored),
        share=share[BLIND],
        weekly_quota=_weekly_quota(db, reviews_per_day),
        drawn=drawn or 0,
        days=sampling.days_left(at),
    )
    audits = _take(db, scored, chance, kind="random", at=at)
    _mark(db, QueueItem, QueueItem.conversation_id, [c.conversation_id for c in scored], at)
    reviews, submitted = _submitted(db)
    second = _take(db, submitted, share[SECOND], kind="second", at=at)
    _mark(db, Review, Review.id, reviews, at)
    result = Drawn(len(scored), audits, len(submitted), second, cancelled)
    if scored or reviews or cancelled:
        _tell(db, result, chance=chance, at=at)
    return result


def _tell(db: Session, result: Drawn, *, chance: float, at: datetime) -> None:
    record(
        db,
        "audit.drawn",
        subject=f"audits:{sampling.period_of(at)}",
        actor=None,
        scored=result.scored,
        audits=result.audits,
        probability=round(chance, 6),
        submitted=result.submitted,
        second=result.second,
        cancelled=result.cancelled,
    )


def _weekly_quota(db: Session, reviews_per_day: int) -> int:
    """Return how many reviews are done in a week: by the reviewers, without any by one person."""
    reviewers = db.scalar(
        select(func.count()).select_from(User).where(User.role == "reviewer", User.is_active)
    )
    return max(1, reviewers or 0) * reviews_per_day * sampling.WORK_DAYS


def _give_up(db: Session, *, before: datetime) -> int:
    result = db.execute(
        update(Audit)
        .where(Audit.state == "waiting", Audit.drawn_at < before)
        .values(state="cancelled")
        .returning(Audit.id)
    )
    return len(result.all())


def _scored(db: Session, *, at: datetime) -> list[_Candidate]:
    """Return what was scored and was in no draw yet; another draw at the same time waits.

    What has an audit of this week for another reason takes part in the next week's.
    """
    audited = select(Audit.id).where(
        Audit.conversation_id == QueueItem.conversation_id,
        Audit.period == sampling.period_of(at),
    )
    rows = db.execute(
        select(QueueItem.conversation_id, ScoringRun.revision_id, QueueItem.run_id, *_KIND)
        .join(ScoringRun, ScoringRun.id == QueueItem.run_id)
        .join(Conversation, Conversation.id == QueueItem.conversation_id)
        .where(QueueItem.lottery.is_(None), ~audited.exists())
        .with_for_update(of=QueueItem)
    ).all()
    return _candidates(db, rows)


_KIND = (Conversation.language, Conversation.channel, Conversation.agent_id)


def _submitted(db: Session) -> tuple[list[UUID], list[_Candidate]]:
    """Return submitted reviews that were in no draw yet, and those that a second one is drawn of.

    A conversation that has an audit already is rated twice without one more.
    """
    audited = select(Audit.id).where(Audit.conversation_id == Review.conversation_id)
    rows = db.execute(
        select(
            Review.id,
            Review.conversation_id,
            Review.revision_id,
            Review.run_id,
            *_KIND,
            audited.exists().label("has_audit"),
        )
        .join(Conversation, Conversation.id == Review.conversation_id)
        .where(Review.lottery.is_(None), Review.state.in_(SUBMITTED))
        .with_for_update(of=Review)
    ).all()
    open_ones = [row[1:-1] for row in rows if not row.has_audit]
    return [row.id for row in rows], _candidates(db, open_ones)


def _candidates(db: Session, rows: Iterable[Any]) -> list[_Candidate]:
    found = list(rows)
    teams = _teams(db, {row[-1] for row in found} - {None})
    return [
        _Candidate(
            conversation, revision, run, Stratum(language, channel, teams.get(agent) or None)
        )
        for conversation, revision, run, language, channel, agent in found
    ]


def _teams(db: Session, agents: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the team that stands for each agent: of several always the same."""
    found: dict[UUID, UUID] = {}
    for part in _batches(sorted(agents)):
        rows = db.execute(
            select(Membership.user_id, Membership.team_id).where(Membership.user_id.in_(part))
        )
        for user_id, team_id in rows:
            found[user_id] = min(team_id, found.get(user_id, team_id))
    return found


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _take(
    db: Session, candidates: Sequence[_Candidate], chance: float, *, kind: str, at: datetime
) -> int:
    """Store the audits of one draw and return how many there are."""
    strata: dict[Stratum, list[UUID]] = {}
    for candidate in candidates:
        strata.setdefault(candidate.stratum, []).append(candidate.conversation_id)
    period = sampling.period_of(at)
    taken = set(sampling.draw(strata, chance, period=period, key=db.info["secret"]))
    for candidate in candidates:
        if candidate.conversation_id in taken:
            db.add(
                Audit(
                    conversation_id=candidate.conversation_id,
                    revision_id=candidate.revision_id,
                    run_id=candidate.run_id,
                    kind=kind,
                    period=period,
                    **candidate.stratum._asdict(),
                    inclusion_probability=chance,
                    drawn_at=at,
                )
            )
    db.flush()
    return len(taken)


def _mark(db: Session, table: Any, key: Any, ids: Sequence[UUID], at: datetime) -> None:
    for part in _batches(ids):
        db.execute(
            update(table)
            .where(key.in_(part))
            .values(lottery=sampling.period_of(at))
            .execution_options(synchronize_session=False)
        )
