"""Read conversations and judge them, holding no transaction while the models work."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.types import Analysis, Dialogue, Speaker
from models.types import Turn as SpokenTurn
from prompts.library import load_scorecard
from prompts.schema import Scorecard
from prompts.scoring import quality_score
from service.conversations.tables import Conversation, Revision, Turn
from service.database import Database
from service.scoring.scorer import Scorer
from service.scoring.tables import ScoringRun, TurnVector
from service.scoring.vectors import pack, unpack


class BadAnalysis(ValueError):
    """A number that is none, or a criterion that the scorecard lacks: refused before it is stored."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest revision of a conversation, as the models read it."""

    conversation_id: UUID
    revision_id: UUID
    revision: int
    dialogue: Dialogue


@dataclass(frozen=True, slots=True)
class Scored:
    """What is to be stored of one conversation. `blobs` is empty where the cache holds them."""

    reading: Reading
    analysis: Analysis
    quality_score: float | None
    blobs: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The results of a batch, made outside any transaction."""

    model_sha: str
    version: str
    encoder_id: str
    dimension: int
    dtype: str
    scorecard: str
    scored: Sequence[Scored]
    known: Sequence[Reading]  # these the same heads have read before


def prepare(
    database: Database,
    conversation_ids: Sequence[UUID],
    scorer: Scorer,
    *,
    scorecard: str,
    is_stopped: Callable[[], bool] | None = None,
) -> Prepared:
    """Read the conversations and judge them; holds no transaction while the models work.

    Args:
        database: what to read from.
        conversation_ids: at most a few hundred; those that are gone are left out.
        scorer: the models.
        scorecard: name and version.
        is_stopped: asked between chunks.

    Raises:
        ModelUnavailable, Stopped, BadVectors, BadAnalysis.
    """
    analyser = scorer.analyser()
    card = load_scorecard(scorecard)
    with database.reading() as db:
        readings = _readings(db, conversation_ids)
        runs = runs_of(db, readings, analyser.heads_sha, scorecard)
        new = [reading for reading in readings if reading.revision_id not in runs]
        cached = _cached(db, new, analyser.encoder_id)
    fresh = _encoded(scorer, [r for r in new if r.revision_id not in cached], is_stopped)
    vectors = cached | fresh
    analyses = scorer.analyse(
        [reading.dialogue for reading in new], [vectors[reading.revision_id] for reading in new]
    )
    return Prepared(
        model_sha=analyser.heads_sha,
        version=analyser.version,
        encoder_id=analyser.encoder_id,
        dimension=analyser.dimension,
        dtype=analyser.dtype,
        scorecard=scorecard,
        scored=[
            Scored(
                reading,
                analysis,
                quality_of(card, analysis),
                _packed(scorer, reading, fresh.get(reading.revision_id)),
            )
            for reading, analysis in zip(new, analyses, strict=True)
        ],
        known=[reading for reading in readings if reading.revision_id in runs],
    )


def _encoded(
    scorer: Scorer, readings: Sequence[Reading], is_stopped: Callable[[], bool] | None
) -> dict[UUID, Any]:
    """Return revision -> vectors, made now."""
    made = scorer.vectors([reading.dialogue for reading in readings], is_stopped=is_stopped)
    return {reading.revision_id: array for reading, array in zip(readings, made, strict=True)}


def _packed(scorer: Scorer, reading: Reading, vectors: Any) -> Sequence[bytes]:
    """Return new vectors for the cache; none where it holds them, or nothing could be read."""
    if vectors is None or not scorer.is_readable(reading.dialogue):
        return ()
    analyser = scorer.analyser()
    return pack(
        vectors,
        turns=len(reading.dialogue.turns),
        dimension=analyser.dimension,
        dtype=analyser.dtype,
    )


def quality_of(scorecard: Scorecard, analysis: Analysis) -> float | None:
    """Return the quality score of an analysis; None where nothing, or not enough, was rated.

    Raises:
        BadAnalysis: a probability that is none, or a criterion that is not on the scorecard.
    """
    numbers = [analysis.risk, *analysis.resolved[1].values(), *analysis.topic[1].values()]
    for score in analysis.criteria.values():
        numbers += [score.confidence, *score.probabilities.values()]
    for mood in analysis.sentiment:
        numbers += mood.probabilities.values()
    if not all(math.isfinite(number) and -1e-6 <= number <= 1 + 1e-6 for number in numbers):
        raise BadAnalysis("a probability is not between 0 and 1")
    if analysis.not_scored:
        return None
    try:
        return quality_score(
            scorecard, {key: score.value for key, score in analysis.criteria.items()}
        )
    except (KeyError, ValueError) as error:
        raise BadAnalysis(f"the heads and {scorecard.id} name different criteria") from error


def _readings(db: Session, conversation_ids: Sequence[UUID]) -> list[Reading]:
    rows = db.execute(
        select(Conversation, Revision.id)
        .join(Revision, Revision.conversation_id == Conversation.id)
        .where(Conversation.id.in_(conversation_ids), Revision.number == Conversation.revision)
        .order_by(Conversation.id)
    ).all()
    turns: dict[UUID, list[SpokenTurn]] = {revision_id: [] for _, revision_id in rows}
    spoken = select(Turn.revision_id, Turn.speaker, Turn.text).where(
        Turn.revision_id.in_(list(turns))
    )
    for revision_id, speaker, text in db.execute(spoken.order_by(Turn.revision_id, Turn.position)):
        turns[revision_id].append(SpokenTurn(cast("Speaker", speaker), text))
    return [
        Reading(
            conversation.id,
            revision_id,
            conversation.revision,
            Dialogue(conversation.channel, conversation.language, tuple(turns[revision_id])),
        )
        for conversation, revision_id in rows
    ]


def runs_of(
    db: Session, readings: Sequence[Reading], model_sha: str, scorecard: str
) -> dict[UUID, UUID]:
    """Return revision -> run, of the revisions that these heads have read."""
    rows = db.execute(
        select(ScoringRun.revision_id, ScoringRun.id).where(
            ScoringRun.revision_id.in_([reading.revision_id for reading in readings]),
            ScoringRun.model_sha == model_sha,
            ScoringRun.scorecard == scorecard,
        )
    )
    return {revision_id: run_id for revision_id, run_id in rows}  # noqa: C416 -- a Row is no pair


def _cached(db: Session, readings: Sequence[Reading], encoder_id: str) -> dict[UUID, Any]:
    """Return revision -> vectors, of the revisions whose every turn was encoded before."""
    rows = db.execute(
        select(TurnVector)
        .where(
            TurnVector.revision_id.in_([reading.revision_id for reading in readings]),
            TurnVector.encoder_id == encoder_id,
        )
        .order_by(TurnVector.revision_id, TurnVector.position)
    ).scalars()
    kept: dict[UUID, list[TurnVector]] = {}
    for row in rows:
        kept.setdefault(row.revision_id, []).append(row)
    return {
        reading.revision_id: unpack(
            [row.vector for row in found], dimension=found[0].dimension, dtype=found[0].dtype
        )
        for reading in readings
        if (found := kept.get(reading.revision_id)) and len(found) == len(reading.dialogue.turns)
    }
