"""What a worker looks after besides its jobs: when it starts, and every hour."""

import threading

import structlog

from service.cases.indexing import enqueue_missing
from service.config import Settings
from service.conversations.actions import forget_abandoned
from service.database import Database, now
from service.review.lottery import draw_audits
from service.scoring.queries import is_scoring
from service.scoring.scorer import Scorer

LOG = structlog.get_logger()
EVERY = 3600.0  # seconds
SOON = 60.0  # seconds, while conversations are being scored


class Chores:
    """A thread of the worker; each chore by itself, so that one that fails stops no other.

    Args:
        stopping: ends the thread.
    """

    def __init__(
        self, database: Database, settings: Settings, scorer: Scorer, *, stopping: threading.Event
    ) -> None:
        self._database = database
        self._settings = settings
        self._scorer = scorer
        self._stopping = stopping
        self._is_put_off = False  # the draw of blind audits, while conversations are scored

    def start(self) -> None:
        """Begin; returns at once."""
        threading.Thread(target=self._attend, name="afterword-chores", daemon=True).start()

    def run(self) -> None:
        """Do each once."""
        for chore in (self._forget_uploads, self._index_cases, self._draw_audits):
            try:
                chore()
            except Exception as error:  # noqa: BLE001 -- a database away now may be there in an hour
                LOG.warning("chores.failed", chore=chore.__name__, kind=type(error).__name__)

    def _attend(self) -> None:
        while not self._stopping.is_set():
            self.run()
            self._stopping.wait(SOON if self._is_put_off else EVERY)

    def _forget_uploads(self) -> None:
        gone = forget_abandoned(self._database, self._settings.data_dir, at=now())
        if gone:
            LOG.info("uploads.forgotten", imports=gone)

    def _index_cases(self) -> None:
        """Have vectors made of the cases that the encoder in use has none of."""
        encoder_id = self._scorer.embedding_id()
        if encoder_id is not None and (job := enqueue_missing(self._database, encoder_id)):
            LOG.info("cases.indexed_anew", job=str(job), encoder=encoder_id[:8])

    def _draw_audits(self) -> None:
        """Draw of what was scored since the last time; not amid an import, for one chance for all."""
        with self._database.reading() as db:
            self._is_put_off = is_scoring(db)
        if self._is_put_off:
            return
        with self._database.writing() as db:
            drawn = draw_audits(db, at=now(), reviews_per_day=self._settings.reviews_per_day)
        if drawn.scored or drawn.submitted:
            LOG.info("audits.drawn", audits=drawn.audits, second=drawn.second)
