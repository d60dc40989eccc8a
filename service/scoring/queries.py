"""Find what the machine said of conversations, and which it has not read yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service.conversations.tables import Conversation, Import, Revision
from service.job_tables import Job
from service.scoring.tables import AutoScore, HeadVersion, LatestRun, ScoringRun, TurnSentiment


@dataclass(frozen=True, slots=True)
class Scoring:
    """The run that the pages show of one conversation.

    Attributes:
        run: quality score, resolved, risk, topic, and why nothing was rated, if so.
        model: the head version's name, for people.
        scores: criterion -> what is proposed.
        sentiments: position -> the mood of that turn; customer turns only.
    """

    run: ScoringRun
    model: str
    scores: Mapping[str, AutoScore]
    sentiments: Mapping[int, TurnSentiment]


def latest_scoring(db: Session, conversation_id: UUID) -> Scoring | None:
    """Return the scoring that pages show for a conversation; None before it was scored."""
    found = db.execute(
        select(ScoringRun, HeadVersion.version)
        .join(LatestRun, LatestRun.run_id == ScoringRun.id)
        .join(HeadVersion, HeadVersion.sha == ScoringRun.model_sha)
        .where(LatestRun.conversation_id == conversation_id)
    ).one_or_none()
    if found is None:
        return None
    run, model = found
    scores = db.scalars(select(AutoScore).where(AutoScore.run_id == run.id))
    sentiments = db.scalars(
        select(TurnSentiment).where(TurnSentiment.run_id == run.id).order_by(TurnSentiment.position)
    )
    return Scoring(
        run=run,
        model=model,
        scores={score.criterion: score for score in scores},
        sentiments={mood.position: mood for mood in sentiments},
    )


def latest_runs(db: Session, conversation_ids: Iterable[UUID]) -> dict[UUID, ScoringRun]:
    """Return the latest run of each conversation that has one, in one query."""
    runs = db.scalars(
        select(ScoringRun)
        .join(LatestRun, LatestRun.run_id == ScoringRun.id)
        .where(LatestRun.conversation_id.in_(list(conversation_ids)))
    )
    return {run.conversation_id: run for run in runs}


def scores_of_runs(db: Session, run_ids: Iterable[UUID]) -> dict[UUID, dict[str, AutoScore]]:
    """Return the auto-scores of several runs, by run and criterion, in one query."""
    found: dict[UUID, dict[str, AutoScore]] = {}
    for score in db.scalars(select(AutoScore).where(AutoScore.run_id.in_(list(run_ids)))):
        found.setdefault(score.run_id, {})[score.criterion] = score
    return found


def unscored_ids(db: Session, *, import_id: UUID | None = None) -> list[UUID]:
    """Return the conversations whose newest revision no run that pages show has read, oldest first.

    Args:
        db: the database.
        import_id: only those that this import brought or changed.
    """
    shown = (
        select(Revision.conversation_id)
        .join(ScoringRun, ScoringRun.revision_id == Revision.id)
        .join(LatestRun, LatestRun.run_id == ScoringRun.id)
        .where(
            Revision.conversation_id == Conversation.id,
            Revision.number == Conversation.revision,
        )
    )
    statement = select(Conversation.id).where(~shown.exists()).order_by(Conversation.id)
    if import_id is not None:
        begun_at = select(Import.created_at).where(Import.id == import_id).scalar_subquery()
        changed = select(Revision.id).where(
            Revision.conversation_id == Conversation.id,
            Revision.number == Conversation.revision,
            Revision.number > 1,
            Revision.imported_at >= begun_at,
        )
        statement = statement.where(or_(Conversation.import_id == import_id, changed.exists()))
    return list(db.scalars(statement))


def all_ids(db: Session) -> list[UUID]:
    """Return every conversation, oldest first."""
    return list(db.scalars(select(Conversation.id).order_by(Conversation.id)))


def is_scoring(db: Session) -> bool:
    """Whether conversations are being scored, or wait for it."""
    is_open = (Job.kind == "score") & Job.state.in_(("waiting", "running"))
    return db.scalar(select(Job.id).where(is_open).limit(1)) is not None
