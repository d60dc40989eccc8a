"""Background jobs: put into the database with what they belong to, worked on by any worker.

A job is put down in the transaction of whoever wants it (`enqueue`). A worker's `Runner` gives
waiting batches to DBOS, which hands each to one process; the only module that knows DBOS. DBOS
does not notice that a process died, so the workers hold leases and adopt each other's batches.
"""

import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service import job_progress, leases
from service.database import Database, connect_for_library, now
from service.errors import N_, Conflict
from service.job_batches import FIRST_WAIT, Batches, Handler
from service.job_tables import Job, JobBatch

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = structlog.get_logger()
APPLICATION = "afterword"
VERSION = "1"  # of what a batch means; a batch of another version is not touched
WORKFLOW = "run_batch"
BATCH = 50
HANDED_AT_ONCE = 200
LEASE_SECONDS = 15.0
KEPT = timedelta(hours=1)  # how long DBOS keeps a finished batch
PURGED_AT_ONCE = 500
UNFINISHED = ["PENDING", "ENQUEUED", "DELAYED"]
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


def enqueue(
    db: Session,
    kind: str,
    items: Iterable[uuid.UUID | str],
    *,
    by: uuid.UUID | None = None,
    batch: int = BATCH,
) -> Job:
    """Put down a job in the caller's transaction: it exists if, and only if, that commits.

    Args:
        db: a writing transaction.
        kind: what is to be done; a worker has a handler for it.
        items: ids of what it is to be done to; never texts.
        by: who asked for it; None for the system.
        batch: how many items are worked on, and committed, together.
    """
    job = Job(kind=kind, by=by)
    db.add(job)
    db.flush()
    ids = (str(item) for item in items)
    number = 0
    while part := list(islice(ids, batch)):
        db.add(JobBatch(job_id=job.id, number=number, items=part))
        job.total += len(part)
        number += 1
    if not job.total:
        job.state, job.finished_at = "done", now()
    db.flush()
    return job


def retry(db: Session, job: Job) -> None:
    """Try again whatever failed.

    Raises:
        Conflict: the job has not failed.
    """
    if job.state != "failed":
        raise Conflict(N_("Only a failed job can be tried again."))
    job_progress.reopen(db, job)


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
        self._engine: sa.Engine | None = None
        self._thread: threading.Thread | None = None
        self._busy = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to work; returns once DBOS runs."""
        from dbos import DBOS, DBOSPortableJSONSerializer  # noqa: PLC0415 -- 0.7 s, workers only

        _keep_quiet()
        workflow = _workflow(self)
        self._engine = connect_for_library(self._database.url)
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_engine": self._engine,
                "serializer": DBOSPortableJSONSerializer(),
                "application_version": VERSION,
                "executor_id": self.id,
                "log_level": "CRITICAL",
                "enable_otlp": False,
                "use_listen_notify": False,
                "notification_listener_polling_interval_sec": 0.5,
                "scheduler_polling_interval_sec": 300.0,
            }
        )
        with self._database.writing() as db:
            leases.beat(db, self.id)  # before the first batch is ours
        DBOS.launch()
        for kind in self._kinds:
            DBOS.register_queue(
                kind, worker_concurrency=self._at_once, polling_interval_sec=self._poll
            )
        self._thread = threading.Thread(
            target=self._attend, args=(workflow,), name="afterword-jobs", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End: batches are given back between two chunks of work, then DBOS is shut down."""
        from dbos import DBOS  # noqa: PLC0415 -- as above

        self.stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        DBOS.destroy(workflow_completion_timeout_sec=0)
        try:
            with self._database.writing() as db:
                leases.leave(db, self.id)
        except DBAPIError as error:
            LOG.warning("jobs.lease_kept", kind=type(error).__name__)
        if self._engine is not None and not self._busy:
            self._engine.dispose()

    @property
    def is_busy(self) -> bool:
        """Whether a batch is being worked on at this moment."""
        return self._busy > 0

    def run_batch(self, job_id: str, number: int) -> None:
        """Work on one batch; called by DBOS, at least once for each that was handed out."""
        with self._lock:
            self._busy += 1
        try:
            self._batches.run(uuid.UUID(job_id), number)
        finally:
            with self._lock:
                self._busy -= 1

    def _attend(self, workflow: "Callable[[str, int], None]") -> None:
        """Beat, adopt, hand out; look for lost batches and throw old ones away now and then."""
        turn = 0
        while not self.stopping.is_set():
            try:
                if turn % max(1, int(self._lease / 5 / self._poll)) == 0:
                    self._live()
                self._hand_out(workflow)
                if turn % max(1, int(2 * self._lease / self._poll)) == 0:
                    self._find_lost()
                    self._purge()
            except Exception as error:  # noqa: BLE001 -- this thread must outlive a database away
                LOG.warning("jobs.attend_failed", kind=type(error).__name__)
            turn += 1
            self.stopping.wait(self._poll)

    def _live(self) -> None:
        """Write this worker's beat, and adopt what dead workers left."""
        from dbos import DBOS  # noqa: PLC0415 -- as above

        with self._database.writing() as db:
            leases.beat(db, self.id)
            leases.bury(db, older_than_seconds=self._lease)
            gone = leases.dead(db)
        for worker in gone:
            left = DBOS.list_workflows(
                status="PENDING", executor_id=worker, load_input=False, load_output=False
            )
            for kind in self._kinds:
                ids = [found.workflow_id for found in left if found.queue_name == kind]
                if ids:
                    DBOS.resume_workflows(ids, queue_name=kind)
                    LOG.info("jobs.adopted", worker=worker, batches=len(ids))
            with self._database.writing() as db:
                leases.forget(db, worker)

    def _hand_out(self, workflow: "Callable[[str, int], None]") -> None:
        """Give waiting batches to DBOS. Its id makes a batch handed twice one; then it is noted."""
        from dbos import DBOS, SetWorkflowID  # noqa: PLC0415 -- as above

        with self._database.reading() as db:
            waiting = job_progress.waiting(db, self._kinds, limit=HANDED_AT_ONCE)
        for batch in waiting:
            with SetWorkflowID(batch.name):
                DBOS.enqueue_workflow(batch.kind, workflow, str(batch.job_id), batch.number)
        if waiting:
            with self._database.writing() as db:
                for batch in waiting:
                    job_progress.hand_out(db, batch)

    def _find_lost(self) -> None:
        """Hand out again what was handed, is not done, and DBOS no longer works on."""
        from dbos import DBOS  # noqa: PLC0415 -- as above

        with self._database.reading() as db:
            since = now() - timedelta(seconds=2 * self._lease)
            handed = job_progress.handed(db, self._kinds, since=since, limit=HANDED_AT_ONCE)
        if not handed:
            return
        found = DBOS.list_workflows(
            workflow_ids=[batch.name for batch in handed],
            status=UNFINISHED,
            load_input=False,
            load_output=False,
        )
        alive = {workflow.workflow_id for workflow in found}
        with self._database.writing() as db:
            for batch in handed:
                if batch.name not in alive:
                    LOG.warning("jobs.lost_batch", job=str(batch.job_id), batch=batch.number)
                    job_progress.take_back(db, batch)

    def _purge(self) -> None:
        """Throw away what DBOS keeps of batches that ended a while ago; it has no retention."""
        from dbos import DBOS  # noqa: PLC0415 -- as above

        old = DBOS.list_workflows(
            status=ENDED,
            completed_before=(now() - KEPT).isoformat(),
            limit=PURGED_AT_ONCE,
            load_input=False,
            load_output=False,
        )
        if old:
            DBOS.delete_workflows([found.workflow_id for found in old])


def _keep_quiet() -> None:
    """Take DBOS's words off the terminal: what a person should know, we say ourselves."""
    logger = logging.getLogger("dbos")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


_current: Runner | None = None
_registered: "Callable[[str, int], None] | None" = None


def _workflow(runner: Runner) -> "Callable[[str, int], None]":
    """Return the one workflow of the process, working for `runner` from now on."""
    global _current, _registered  # noqa: PLW0603 -- DBOS has one registry per process
    from dbos import DBOS  # noqa: PLC0415 -- as above

    _current = runner
    if _registered is None:

        def run_batch(job_id: str, number: int) -> None:
            assert _current is not None
            _current.run_batch(job_id, number)

        _registered = DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)(run_batch)
    return _registered
