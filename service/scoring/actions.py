"""Store what the models say: runs, scores, moods, vectors, in one transaction, each once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.conversations.tables import Conversation
from service.database import Database, Table, new_id, now
from service.scoring.preparation import Prepared, Reading, Scored, prepare, runs_of
from service.scoring.scorer import Scorer
from service.scoring.tables import (
    SENTIMENTS,
    VALUES,
    AutoScore,
    HeadVersion,
    LatestRun,
    ScoringRun,
    TurnSentiment,
    TurnVector,
)


def score_batch(
    database: Database,
    conversation_ids: Sequence[UUID],
    scorer: Scorer,
    *,
    scorecard: str,
    is_stopped: Callable[[], bool] | None = None,
) -> list[UUID]:
    """Score conversations and store it, in one transaction; twice changes nothing.

    Returns:
        The conversations whose latest run is now one of these heads.

    Raises:
        ModelUnavailable, Stopped: as the scorer.
        BadVectors, BadAnalysis: nothing of the batch was stored.
    """
    prepared = prepare(
        database, conversation_ids, scorer, scorecard=scorecard, is_stopped=is_stopped
    )
    with database.writing() as db:
        return store(db, prepared)


def store(db: Session, prepared: Prepared) -> list[UUID]:
    """Store a batch: runs, scores, moods, vectors, and what the pages show.

    Unique by revision, heads and scorecard: what another worker stored meanwhile stays.

    Returns:
        The conversations whose latest run is now one of these heads.
    """
    readings = [*(s.reading for s in prepared.scored), *prepared.known]
    _lock(db, readings)
    _remember_heads(db, prepared)
    runs = runs_of(db, readings, prepared.model_sha, prepared.scorecard)
    new = [s for s in prepared.scored if s.reading.revision_id not in runs]
    fresh = {s.reading.revision_id: new_id() for s in new}
    _insert(db, ScoringRun, [_run(fresh[s.reading.revision_id], s, prepared) for s in new])
    _insert(db, AutoScore, [row for s in new for row in _scores(fresh, s)])
    _insert(db, TurnSentiment, [row for s in new for row in _moods(fresh, s)])
    _upsert(db, TurnVector, [row for s in new for row in _vectors(s, prepared)])
    return _show(db, readings, runs | fresh)


def _lock(db: Session, readings: Sequence[Reading]) -> None:
    """Let two workers with the same conversation wait for each other (SQLite has one writer)."""
    ids = [reading.conversation_id for reading in readings]
    db.execute(
        select(Conversation.id)
        .where(Conversation.id.in_(ids))
        .order_by(Conversation.id)
        .with_for_update()
    ).all()


def _remember_heads(db: Session, prepared: Prepared) -> None:
    _upsert(
        db,
        HeadVersion,
        [
            {
                "sha": prepared.model_sha,
                "version": prepared.version,
                "encoder_id": prepared.encoder_id,
                "first_used_at": now(),
            }
        ],
    )


def _run(run_id: UUID, scored: Scored, prepared: Prepared) -> dict[str, Any]:
    analysis = scored.analysis
    return {
        "id": run_id,
        "conversation_id": scored.reading.conversation_id,
        "revision_id": scored.reading.revision_id,
        "model_sha": prepared.model_sha,
        "scorecard": prepared.scorecard,
        "quality_score": scored.quality_score,
        "resolved": analysis.resolved[0],
        "resolved_probabilities": analysis.resolved[1],
        "risk": analysis.risk,
        "topic": analysis.topic[0],
        "topic_probabilities": analysis.topic[1],
        "not_scored": analysis.not_scored,
        "created_at": now(),
    }


def _scores(fresh: Mapping[UUID, UUID], scored: Scored) -> Iterable[dict[str, Any]]:
    for criterion, score in scored.analysis.criteria.items():
        yield {
            "run_id": fresh[scored.reading.revision_id],
            "criterion": criterion,
            "value": score.value,
            "confidence": min(1.0, max(0.0, score.confidence)),
            "evidence": list(score.evidence),
            "is_found": score.found,
            **{f"p_{value}": score.probabilities.get(value, 0.0) for value in VALUES},
        }


def _moods(fresh: Mapping[UUID, UUID], scored: Scored) -> Iterable[dict[str, Any]]:
    for mood in scored.analysis.sentiment:
        yield {
            "run_id": fresh[scored.reading.revision_id],
            "position": mood.position,
            "value": mood.value,
            **{f"p_{value}": mood.probabilities[value] for value in SENTIMENTS},
        }


def _vectors(scored: Scored, prepared: Prepared) -> Iterable[dict[str, Any]]:
    for position, blob in enumerate(scored.blobs):
        yield {
            "revision_id": scored.reading.revision_id,
            "encoder_id": prepared.encoder_id,
            "position": position,
            "dtype": prepared.dtype,
            "dimension": prepared.dimension,
            "vector": blob,
        }


def _show(db: Session, readings: Sequence[Reading], runs: Mapping[UUID, UUID]) -> list[UUID]:
    """Point the pages at these runs, unless a newer revision came in while the models worked."""
    ids = [reading.conversation_id for reading in readings]
    rows = db.execute(
        select(Conversation.id, Conversation.revision, Conversation.not_scored).where(
            Conversation.id.in_(ids)
        )
    )
    newest = {row.id: row for row in rows}
    shown = [
        reading
        for reading in readings
        if newest[reading.conversation_id].revision == reading.revision
    ]
    rows_to_show = [
        {"conversation_id": reading.conversation_id, "run_id": runs[reading.revision_id]}
        for reading in shown
    ]
    _upsert(db, LatestRun, rows_to_show, replace="run_id")
    marks = {
        run.conversation_id: run.not_scored
        for run in db.scalars(
            select(ScoringRun).where(ScoringRun.id.in_([row["run_id"] for row in rows_to_show]))
        )
    }
    for conversation_id, mark in marks.items():
        if newest[conversation_id].not_scored != mark:
            db.execute(
                update(Conversation)
                .where(Conversation.id == conversation_id)
                .values(not_scored=mark)
            )
    return [reading.conversation_id for reading in shown]


def _insert(db: Session, table: type[Table], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        db.execute(insert(table), rows)


def _upsert(
    db: Session,
    table: type[Table],
    rows: Sequence[dict[str, Any]],
    *,
    replace: str | None = None,
) -> None:
    """Insert what is not there yet; `replace` names the column that is taken over where it is."""
    if not rows:
        return
    dialect = postgresql if db.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    keys = list(table.__table__.primary_key)
    if replace is None:
        db.execute(statement.on_conflict_do_nothing(index_elements=keys), rows)
        return
    changes = {replace: statement.excluded[replace]}
    db.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), rows)
