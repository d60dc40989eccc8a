"""Scoring: each run once, vectors kept, what cannot be read marked, bad numbers refused."""

import dataclasses
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import func, select

from models.types import Dialogue
from prompts.library import load_scorecard
from prompts.schema import Scorecard
from service.config import Settings
from service.conversations.tables import Conversation, Revision, Turn
from service.database import Database
from service.scoring.actions import score_batch, store
from service.scoring.preparation import BadAnalysis, prepare, quality_of
from service.scoring.queries import latest_runs, latest_scoring, unscored_ids
from service.scoring.scorer import ModelUnavailable, Scorer, Stopped
from service.scoring.tables import AutoScore, LatestRun, ScoringRun, TurnSentiment, TurnVector
from service.scoring.vectors import BadVectors
from tests.factories import CRITERIA, TURNS, make_conversation
from tests.tiny_models import make_scorer

CARD = "standard-12/1"
GERMAN = [("customer", "Wo ist mein Paket?"), ("agent", "Unterwegs.")]


def stored(database: Database) -> dict[str, int]:
    with database.reading() as db:
        return {
            table.__tablename__: db.scalar(select(func.count()).select_from(table)) or 0
            for table in (ScoringRun, AutoScore, TurnSentiment, TurnVector, LatestRun)
        }


def make(database: Database, count: int = 1, **facts: Any) -> list[UUID]:
    with database.writing() as db:
        return [make_conversation(db, **facts).id for _ in range(count)]


def test_every_criterion_and_every_customer_turn_gets_a_row(
    database: Database, settings: Settings
) -> None:
    ids = make(database, 3)

    shown = score_batch(database, ids, make_scorer(settings), scorecard=CARD)

    assert shown == ids
    assert stored(database) == {
        "scoring_runs": 3,
        "auto_scores": 3 * len(CRITERIA),
        "turn_sentiments": 3 * sum(speaker == "customer" for speaker, _ in TURNS),
        "turn_vectors": 3 * len(TURNS),
        "latest_runs": 3,
    }


def test_scoring_twice_changes_nothing(database: Database, settings: Settings) -> None:
    ids, scorer = make(database, 2), make_scorer(settings)
    score_batch(database, ids, scorer, scorecard=CARD)
    before = stored(database)

    assert score_batch(database, ids, scorer, scorecard=CARD) == ids
    assert stored(database) == before


def test_of_two_workers_with_the_same_batch_the_second_adds_nothing(
    database: Database, settings: Settings
) -> None:
    ids, scorer = make(database, 2), make_scorer(settings)
    first, second = (prepare(database, ids, scorer, scorecard=CARD) for _ in range(2))
    with database.writing() as db:
        store(db, first)
    before = stored(database)

    with database.writing() as db:
        store(db, second)

    assert stored(database) == before


def test_new_heads_score_without_encoding_again(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = make(database, 2)
    score_batch(database, ids, make_scorer(settings, seed=1), scorecard=CARD)
    newer = make_scorer(settings, seed=2)
    encoded: list[Dialogue] = []
    true = newer.analyser().vectors

    def note(dialogues: Sequence[Dialogue]) -> Any:
        encoded.extend(dialogues)
        return true(dialogues)

    monkeypatch.setattr(newer.analyser(), "vectors", note)

    score_batch(database, ids, newer, scorecard=CARD)

    assert encoded == []
    with database.reading() as db:
        runs = latest_runs(db, ids)
    assert {run.model_sha for run in runs.values()} == {newer.analyser().heads_sha}
    assert stored(database)["scoring_runs"] == 4


def test_earlier_heads_are_shown_again_without_a_new_run(
    database: Database, settings: Settings
) -> None:
    ids = make(database)
    first, second = make_scorer(settings, seed=1), make_scorer(settings, seed=2)
    for scorer in (first, second, first):
        score_batch(database, ids, scorer, scorecard=CARD)

    with database.reading() as db:
        assert latest_runs(db, ids)[ids[0]].model_sha == first.analyser().heads_sha
    assert stored(database)["scoring_runs"] == 2


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        ("language", {"language": "de", "turns": GERMAN}),
        ("no_agent", {"turns": [("customer", "Hello?")]}),
        ("empty", {"turns": []}),
    ],
)
def test_what_cannot_be_rated_is_kept_and_marked(
    database: Database, settings: Settings, reason: str, facts: dict[str, Any]
) -> None:
    (kept,) = make(database, **facts)

    score_batch(database, [kept], make_scorer(settings), scorecard=CARD)

    with database.reading() as db:
        scoring = latest_scoring(db, kept)
        assert scoring is not None
        assert scoring.run.not_scored == reason
        assert scoring.run.quality_score is None
        assert {score.value for score in scoring.scores.values()} == {"na"}
        assert db.get_one(Conversation, kept).not_scored == reason


def test_a_newer_revision_is_not_shown_with_the_old_ones_scores(
    database: Database, settings: Settings
) -> None:
    (changed,) = make(database)
    scorer = make_scorer(settings)
    prepared = prepare(database, [changed], scorer, scorecard=CARD)
    with database.writing() as db:
        db.get_one(Conversation, changed).revision = 2
        newer = Revision(conversation_id=changed, number=2, content_digest="other")
        db.add(newer)
        db.flush()
        db.add(Turn(revision_id=newer.id, position=0, speaker="agent", text="Hello"))

    with database.writing() as db:
        assert store(db, prepared) == []
    with database.reading() as db:
        assert latest_scoring(db, changed) is None
        assert unscored_ids(db) == [changed]
    score_batch(database, [changed], scorer, scorecard=CARD)
    with database.reading() as db:
        assert unscored_ids(db) == []


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_vectors_that_are_no_numbers_are_refused_before_anything_is_stored(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, number: float
) -> None:
    ids, scorer = make(database), make_scorer(settings)
    dimension = scorer.analyser().dimension
    broken = [np.full((len(TURNS), dimension), number, dtype=np.float16)]
    monkeypatch.setattr(scorer.analyser(), "vectors", lambda _dialogues: broken)

    with pytest.raises((BadVectors, BadAnalysis)):
        score_batch(database, ids, scorer, scorecard=CARD)
    assert set(stored(database).values()) == {0}


def test_vectors_of_another_dimension_are_refused(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, scorer = make(database), make_scorer(settings)
    broken = [np.zeros((len(TURNS), 3), dtype=np.float16)]
    monkeypatch.setattr(scorer.analyser(), "vectors", lambda _dialogues: broken)

    with pytest.raises(ValueError, match="shape"):
        score_batch(database, ids, scorer, scorecard=CARD)
    assert set(stored(database).values()) == {0}


def test_a_probability_that_is_none_is_refused(settings: Settings) -> None:
    scorer = make_scorer(settings)
    dialogue = Dialogue("chat", "xx", ())
    (analysis,) = scorer.analyse([dialogue], scorer.vectors([dialogue]))

    with pytest.raises(BadAnalysis):
        quality_of(_card(), dataclasses.replace(analysis, risk=float("nan")))


def test_a_criterion_that_the_scorecard_lacks_is_refused(
    database: Database, settings: Settings
) -> None:
    ids, scorer = make(database), make_scorer(settings)
    prepared = prepare(database, ids, scorer, scorecard=CARD)
    analysis = prepared.scored[0].analysis
    other = dataclasses.replace(analysis, criteria={"charm": analysis.criteria["greeting"]})

    with pytest.raises(BadAnalysis):
        quality_of(_card(), other)


def test_encoding_ends_between_chunks_when_the_process_ends(
    database: Database, settings: Settings
) -> None:
    ids = make(database, 2)

    with pytest.raises(Stopped):
        prepare(database, ids, make_scorer(settings), scorecard=CARD, is_stopped=lambda: True)


def test_damaged_weights_are_told_by_code_and_named_in_the_state(settings: Settings) -> None:
    scorer = Scorer(settings.model_copy(update={"weights_dir": settings.data_dir}))

    with pytest.raises(ModelUnavailable, match="Scoring is off; reviewing works") as caught:
        scorer.analyser()

    assert caught.value.code == "MOD-002"
    assert scorer.state.startswith("MOD-002 ")


def _card() -> Scorecard:
    return load_scorecard(CARD)
