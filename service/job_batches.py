"""Work on one batch of a job: tried three times, the last time item by item, its effect once.

The models work outside any transaction; the effect, the batch's progress and the job's commit
together. A worker that was thought dead and wakes up finds that another owns the batch, and
changes nothing.
"""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from service import job_progress
from service.database import Database, now
from service.errors import DomainError, Unavailable
from service.job_tables import Job, JobBatch

LOG = structlog.get_logger()
MOST_TRIES = 3
FIRST_WAIT = 0.5  # seconds before the second try; then four times as long each time
LONGEST_WAIT = 30.0
DIED = "JOB-001"  # the reason of an item over which workers died

Store = Callable[[Session], None]


class Stopping(Exception):
    """The process ends: the handler gave up half way and changed nothing."""


class Handler(Protocol):
    """Does one kind of job."""

    def __call__(self, items: Sequence[str], *, is_stopped: Callable[[], bool]) -> Store:
        """Work on items without a transaction; return what stores the result in one.

        Raises:
            Stopping: `is_stopped` said so.
            Unavailable: nothing of this kind can be done now; the batch fails with this reason.
        """


@dataclass(frozen=True, slots=True)
class Work:
    """A batch as a worker took it."""

    job_id: UUID
    number: int
    kind: str
    items: list[str]
    tries: int
    owner: str


class Batches:
    """Runs batches of the kinds it has handlers for.

    Args:
        database: where the jobs are.
        handlers: kind of job -> what does it.
        stopping: set when the process ends.
        first_wait: seconds before the second try.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        *,
        stopping: threading.Event,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._stopping = stopping
        self._first_wait = first_wait

    def run(self, job_id: UUID, number: int) -> None:
        """Work on a batch until it is done, has failed, is somebody else's, or the process ends."""
        away, owner = 0, None
        while not self._stopping.is_set():
            try:
                work = self._begin(job_id, number, is_try=not away)
                if work is None:
                    return
                away, owner = 0, work.owner
                if self._try(work):
                    return
            except StaleDataError:
                LOG.info("job.taken_over", job=str(job_id), batch=number)
                return
            except OperationalError as error:
                away += 1  # the database is away or busy: not the batch's fault
                LOG.warning("job.database_away", job=str(job_id), kind=type(error).__name__)
                self._pause(away)
        self._give_back(job_id, number, owner)

    def _try(self, work: Work) -> bool:
        """Try once; whether the batch is finished, one way or the other."""
        try:
            if work.tries < MOST_TRIES:
                self._whole(work)
            else:
                for item in work.items:
                    self._alone(work, item)
        except (StaleDataError, OperationalError):
            raise
        except Stopping:
            return False
        except Unavailable as error:
            self._refuse(work, error)
        except Exception as error:  # noqa: BLE001 -- any error of a handler is a failed try
            LOG.warning("job.try_failed", job=str(work.job_id), reason=reason_of(error))
            self._pause(work.tries)
            return False
        return True

    def _whole(self, work: Work) -> None:
        store = self._handlers[work.kind](work.items, is_stopped=self._stopping.is_set)
        with self._database.writing() as db:
            batch = _owned(db, work)
            batch.items, batch.state = [], "done"
            db.flush()  # takes the batch's row: a second owner waits here and then finds it moved
            store(db)
            job_progress.count(db, work.job_id, done=len(work.items))

    def _alone(self, work: Work, item: str) -> None:
        """Work on one item; its failure is its own."""
        if self._stopping.is_set():
            raise Stopping
        with self._database.writing() as db:
            batch = _owned(db, work)
            if batch.suspect != item:  # should this process die now, it is known over what
                batch.suspect, batch.deaths = item, 0
        try:
            store = self._handlers[work.kind]([item], is_stopped=self._stopping.is_set)
            self._finish_one(work, item, store=store)
        except (Stopping, Unavailable, StaleDataError, OperationalError):
            raise
        except Exception as error:  # noqa: BLE001 -- any error of a handler is the item's failure
            self._finish_one(work, item, reason=reason_of(error))

    def _finish_one(
        self, work: Work, item: str, *, store: Store | None = None, reason: str | None = None
    ) -> None:
        with self._database.writing() as db:
            batch = _owned(db, work)
            job_progress.drop(batch, item)
            db.flush()
            if store is not None:
                store(db)
            if reason is not None:
                job_progress.single_out(db, work.job_id, item, reason)
            job_progress.count(
                db, work.job_id, done=int(reason is None), failed=int(reason is not None)
            )

    def _begin(self, job_id: UUID, number: int, *, is_try: bool) -> Work | None:
        """Take a batch; None if there is nothing left to do."""
        with self._database.writing() as db:
            batch, job = db.get(JobBatch, (job_id, number)), db.get(Job, job_id)
            if batch is None or job is None or batch.state not in {"waiting", "handed"}:
                return None
            if batch.state == "waiting":
                batch.handed += 1  # we were faster than who is noting that it was handed out
            batch.tries += is_try
            batch.owner, batch.state = uuid4().hex, "handed"
            if job.state == "waiting":
                job.state, job.started_at = "running", now()
            self._judge(db, batch)
            if not batch.items:
                return None
            return Work(job_id, number, job.kind, list(batch.items), batch.tries, batch.owner)

    def _judge(self, db: Session, batch: JobBatch) -> None:
        """Give up on an item over which as many workers died as it has tries."""
        if batch.suspect is None:
            return
        batch.deaths += 1
        if batch.deaths < MOST_TRIES:
            return
        job_progress.single_out(db, batch.job_id, batch.suspect, DIED)
        job_progress.drop(batch, batch.suspect)
        db.flush()
        job_progress.count(db, batch.job_id, failed=1)

    def _refuse(self, work: Work, error: Unavailable) -> None:
        """Let what is left of the batch wait for a person: it cannot be done now."""
        with self._database.writing() as db:
            batch = _owned(db, work)
            batch.state = "failed"
            db.flush()
            db.get_one(Job, work.job_id).error = f"{error.code} {error}"
            job_progress.count(db, work.job_id, failed=len(batch.items))

    def _give_back(self, job_id: UUID, number: int, owner: str | None) -> None:
        """Leave the batch to others; a try that was broken off by us does not count."""
        with self._database.writing() as db:
            batch = db.get(JobBatch, (job_id, number))
            if batch is None or batch.state != "handed":
                return
            if owner is None or batch.owner == owner:
                batch.state, batch.suspect, batch.owner = "waiting", None, None
                batch.tries = max(0, batch.tries - 1)

    def _pause(self, times: int) -> None:
        wait = min(LONGEST_WAIT, self._first_wait * 4 ** (times - 1))
        self._stopping.wait(wait * random.uniform(0.75, 1.25))


def _owned(db: Session, work: Work) -> JobBatch:
    """Return the batch if it is still this worker's.

    Raises:
        StaleDataError: another worker took it, or it is finished.
    """
    batch = db.get(JobBatch, (work.job_id, work.number))
    if batch is None or batch.owner != work.owner or batch.state != "handed":
        raise StaleDataError("another worker owns this batch")
    return batch


def reason_of(error: Exception) -> str:
    """Return what went wrong as a code or the kind of error: its text may quote a customer."""
    return error.code if isinstance(error, DomainError) else type(error).__name__
