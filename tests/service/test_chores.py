"""A worker forgets abandoned uploads and has cases indexed for the encoder in use."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import select, update

from service import chores
from service.cases.indexing import Indexing, index_missing
from service.cases.tables import CaseVector
from service.chores import Chores
from service.config import Settings
from service.conversations import uploads
from service.database import Database, new_id
from service.job_tables import Job, JobBatch
from service.scoring.scorer import Scorer
from tests.factories import make_case
from tests.service.cases.words import WordModels
from tests.tiny_models import make_scorer


def made(database: Database, settings: Settings, scorer: Scorer) -> Chores:
    return Chores(database, settings, scorer, stopping=threading.Event())


def waiting(database: Database) -> list[list[str]]:
    with database.reading() as db:
        return list(
            db.scalars(
                select(JobBatch.items).join(Job, Job.id == JobBatch.job_id).order_by(Job.created_at)
            )
        )


def test_cases_of_another_encoder_are_indexed_anew_by_one_job(
    database: Database, settings: Settings
) -> None:
    scorer = make_scorer(settings)
    models = WordModels()
    with database.writing() as db:
        case = make_case(db, problem="router restarts every evening")
    index_missing(database, models)
    scorer.analyser()
    assert scorer.embedding_id() != models.embedding_id
    worker = made(database, settings, scorer)

    worker.run()
    worker.run()  # another worker, or an hour later, while the job waits

    assert waiting(database) == [[str(case.id)]]
    store = Indexing(database, scorer)([str(case.id)])
    with database.writing() as db:
        store(db)
        db.execute(update(Job).values(state="done"))
    worker.run()
    assert len(waiting(database)) == 1
    with database.reading() as db:
        assert set(db.scalars(select(CaseVector.encoder_id))) == {
            models.embedding_id,
            scorer.embedding_id(),
        }


def test_the_encoder_is_known_without_loading_it(settings: Settings, tmp_path: Path) -> None:
    analyser = make_scorer(settings).analyser()
    unloaded = Scorer(settings.model_copy(update={"heads_dir": tmp_path / "heads-1"}))
    missing = Scorer(settings.model_copy(update={"heads_dir": tmp_path / "nowhere"}))

    assert unloaded.embedding_id() == analyser.embedding_id
    assert unloaded.state == "not loaded yet"
    assert missing.embedding_id() is None


def test_a_chore_that_fails_stops_no_other(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> int:
        raise OSError

    monkeypatch.setattr(chores, "forget_abandoned", fail)
    scorer = make_scorer(settings)
    scorer.analyser()
    with database.writing() as db:
        make_case(db)

    made(database, settings, scorer).run()

    assert len(waiting(database)) == 1


def test_the_thread_does_its_chores_and_ends(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    left = uploads.path_of(tmp_path, new_id())
    left.parent.mkdir()
    left.touch()
    stopping, done = threading.Event(), threading.Event()
    worker = Chores(database, settings, make_scorer(settings), stopping=stopping)
    run = worker.run

    def once() -> None:
        run()
        done.set()

    worker.run = once  # type: ignore[method-assign]  # -- watched, not replaced
    worker.start()
    assert done.wait(10)
    stopping.set()
    assert left.exists(), "a file of a moment ago may still be on its way"
