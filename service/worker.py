"""What the jobs do: each kind of job with its handler, and the processes that run them.

Kinds: "score" (items are conversations) and "import" (items are imports).
"""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from service import jobs
from service.cases.indexing import Indexing
from service.chores import Chores
from service.coaching import mailing
from service.config import Settings
from service.conversations.import_job import Importing
from service.database import Database
from service.demo.reviews import review_rated
from service.disputes import mailing as answer_mailing
from service.job_batches import Handler, Stopping, Store
from service.job_runner import Runner
from service.job_tables import Job
from service.review import enqueueing
from service.scoring import actions
from service.scoring.preparation import prepare
from service.scoring.queries import unscored_ids
from service.scoring.scorer import Scorer, Stopped

LOG = structlog.get_logger()
NICENESS = 10  # pages come first where one process does both
START_DELAY = 1.5  # seconds after the server listens, so that the first page is not disturbed


def score_now(
    database: Database, settings: Settings, scorer: Scorer, conversation_ids: Sequence[UUID]
) -> None:
    """Score conversations and fill the queue from them, in one transaction.

    Raises:
        ModelUnavailable: the models cannot be loaded.
    """
    store = Scoring(database, settings, scorer)([str(i) for i in conversation_ids])
    with database.writing() as db:
        store(db)


class Scoring:
    """Handles "score": runs of the models, and what waits for a person because of them."""

    def __init__(self, database: Database, settings: Settings, scorer: Scorer) -> None:
        self._database = database
        self._settings = settings
        self._scorer = scorer

    def __call__(
        self, items: Sequence[str], *, is_stopped: Callable[[], bool] | None = None
    ) -> Store:
        """Judge conversations; the result stores runs, scores, vectors and queue items."""
        try:
            prepared = prepare(
                self._database,
                [UUID(item) for item in items],
                self._scorer,
                scorecard=self._settings.scorecard,
                is_stopped=is_stopped,
            )
        except Stopped:
            raise Stopping from None

        def store(db: Session) -> None:
            shown = actions.store(db, prepared)
            enqueueing.enqueue(db, shown, unsure_below=self._settings.unsure_below)
            review_rated(db, shown, unsure_below=self._settings.unsure_below)  # the demo's alone

        return store


def handlers(database: Database, settings: Settings, scorer: Scorer) -> dict[str, Handler]:
    """Return what this program can do in the background, by kind of job."""

    def scored_after(db: Session, import_id: UUID) -> None:
        enqueue_unscored(db, import_id=import_id)

    return {
        "score": Scoring(database, settings, scorer),
        "index_cases": Indexing(database, scorer),
        mailing.KIND: mailing.Mailing(database, settings),
        answer_mailing.KIND: answer_mailing.Mailing(database, settings),
        "import": Importing(database, settings.data_dir, after=scored_after),
    }


class Embedded:
    """The worker inside a web process: begins a moment after the server listens, at low priority."""

    def __init__(self, database: Database, settings: Settings, scorer: Scorer) -> None:
        polite = {
            kind: _polite(handler) for kind, handler in handlers(database, settings, scorer).items()
        }
        self.runner = Runner(database, polite)
        self._chores = Chores(database, settings, scorer, stopping=self.runner.stopping)
        self._lock = threading.Lock()
        self._timer = threading.Timer(START_DELAY, self._start)
        self._timer.daemon = True
        self._is_running = False
        self.is_starting = True  # until it runs, or could not be started

    def start_soon(self) -> None:
        """Begin shortly; returns at once."""
        self._timer.start()

    def stop(self) -> None:
        """End the worker; batches are given back."""
        self._timer.cancel()
        self.runner.stopping.set()
        with self._lock:
            if self._is_running:
                self.runner.stop()

    def _start(self) -> None:
        with self._lock:
            if self.runner.stopping.is_set():
                return
            try:
                self.runner.start()
                self._is_running = True
                self._chores.start()
            except Exception:
                LOG.exception("jobs.not_started")
            finally:
                self.is_starting = False


def _polite(handler: Handler) -> Handler:
    def handle(items: Sequence[str], *, is_stopped: Callable[[], bool]) -> Store:
        with suppress(OSError):  # Linux: of this thread alone
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        return handler(items, is_stopped=is_stopped)

    return handle


def work(database: Database, settings: Settings) -> None:
    """Run jobs until SIGTERM or Ctrl-C."""
    scorer = Scorer(settings)
    runner = Runner(database, handlers(database, settings, scorer))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stopping.set())
    runner.start()
    Chores(database, settings, scorer, stopping=runner.stopping).start()
    LOG.info("worker.started", worker=runner.id)
    for warning in settings.warnings:
        LOG.warning("settings.doubtful", says=warning)
    runner.stopping.wait()
    runner.stop()
    LOG.info("worker.stopped", worker=runner.id)
    if runner.is_busy:  # a chunk of work that cannot be broken off: the lease is given back already
        os._exit(0)


def enqueue_unscored(
    db: Session, *, import_id: UUID | None = None, by: UUID | None = None
) -> Job | None:
    """Put down a job for what nobody has scored yet; None if there is nothing."""
    ids = unscored_ids(db, import_id=import_id)
    return jobs.enqueue(db, "score", ids, by=by) if ids else None
