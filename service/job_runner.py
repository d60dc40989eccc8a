"""The worker of a process: hands waiting batches to DBOS, and minds who still lives.

DBOS does not notice that a process died, so the workers hold leases and adopt each other's batches.
"""

import os
import socket
import threading
import uuid
from collections.abc import Mapping
from datetime import timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from service import job_progress, leases
from service.database import Database, now
from service.job_batches import FIRST_WAIT, Batches, Handler
from service.jobs import Executor

LOG = structlog.get_logger()
HANDED_AT_ONCE = 200
LEASE_SECONDS = 15.0


class Runner:
    """The worker of one process: a DBOS executor, and a thread that hands out, beats and adopts.

    There is one per process, since DBOS has one.

    Args:
        database: where jobs and everything else are; DBOS keeps its tables there, too.
        handlers: kind of job -> what does it. Each kind has a queue of its own.
        at_once: batches of a kind that this process works on at the same time.
        poll_seconds: how often it looks for work.
        lease_seconds: after how long without a beat a worker counts as dead.
        first_wait: seconds before a failed batch is tried again.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        *,
        at_once: int = 1,
        poll_seconds: float = 0.5,
        lease_seconds: float = LEASE_SECONDS,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        self.id = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.stopping = threading.Event()
        self._database = database
        self._kinds = tuple(handlers)
        self._at_once = at_once
        self._poll = poll_seconds
        self._lease = lease_seconds
        self._batches = Batches(database, handlers, stopping=self.stopping, first_wait=first_wait)
        self._executor: Executor | None = None
        self._thread: threading.Thread | None = None
        self._busy = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to work; returns once DBOS runs."""
        self._executor = executor = Executor(
            self._database.url,
            worker=self.id,
            kinds=self._kinds,
            run_batch=self.run_batch,
            at_once=self._at_once,
            poll_seconds=self._poll,
        )
        with self._database.writing() as db:
            leases.beat(db, self.id)  # before the first batch is ours
        executor.launch()
        self._thread = threading.Thread(
            target=self._attend, args=(executor,), name="afterword-jobs", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End: batches are given back between two chunks of work, then DBOS is shut down."""
        self.stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._executor is not None:
            self._executor.shut_down()
        try:
            with self._database.writing() as db:
                leases.leave(db, self.id)
        except DBAPIError as error:
            LOG.warning("jobs.lease_kept", kind=type(error).__name__)
        if self._executor is not None and not self._busy:
            self._executor.dispose()

    @property
    def is_busy(self) -> bool:
        """Whether a batch is being worked on at this moment."""
        return self._busy > 0

    def run_batch(self, job_id: str, number: int) -> None:
        """Work on one batch; called at least once for each that was handed out."""
        with self._lock:
            self._busy += 1
        try:
            self._batches.run(uuid.UUID(job_id), number)
        finally:
            with self._lock:
                self._busy -= 1

    def _attend(self, executor: Executor) -> None:
        """Beat, adopt, hand out; look for lost batches and throw old ones away now and then."""
        turn = 0
        while not self.stopping.is_set():
            try:
                if turn % max(1, int(self._lease / 5 / self._poll)) == 0:
                    self._live(executor)
                self._hand_out(executor)
                if turn % max(1, int(2 * self._lease / self._poll)) == 0:
                    self._find_lost(executor)
                    executor.purge()
            except Exception as error:  # noqa: BLE001 -- this thread must outlive a database away
                LOG.warning("jobs.attend_failed", kind=type(error).__name__)
            turn += 1
            self.stopping.wait(self._poll)

    def _live(self, executor: Executor) -> None:
        """Write this worker's beat, and adopt what dead workers left."""
        with self._database.writing() as db:
            leases.beat(db, self.id)
            leases.bury(db, older_than_seconds=self._lease)
            gone = leases.dead(db)
        for worker in gone:
            executor.adopt(worker)
            with self._database.writing() as db:
                leases.forget(db, worker)

    def _hand_out(self, executor: Executor) -> None:
        """Hand out what waits; then it is noted: a batch handed twice is one."""
        with self._database.reading() as db:
            waiting = job_progress.waiting(db, self._kinds, limit=HANDED_AT_ONCE)
        if not waiting:
            return
        executor.hand_out(waiting)
        with self._database.writing() as db:
            for batch in waiting:
                job_progress.hand_out(db, batch)

    def _find_lost(self, executor: Executor) -> None:
        """Hand out again what was handed, is not done, and DBOS no longer works on."""
        with self._database.reading() as db:
            since = now() - timedelta(seconds=2 * self._lease)
            handed = job_progress.handed(db, self._kinds, since=since, limit=HANDED_AT_ONCE)
        if not handed:
            return
        alive = executor.unfinished([batch.name for batch in handed])
        with self._database.writing() as db:
            for batch in handed:
                if batch.name not in alive:
                    LOG.warning("jobs.lost_batch", job=str(batch.job_id), batch=batch.number)
                    job_progress.take_back(db, batch)
