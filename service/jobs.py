"""Background jobs: put into the database with what they belong to, worked on by any worker.

A job is put down in the transaction of whoever wants it (`enqueue`). A worker's `job_runner.Runner`
gives waiting batches to DBOS, which hands each to one process; this is the only module that knows
DBOS. It stands behind `Executor`.
"""

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import islice

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from service import job_progress
from service.database import connect_for_library, now
from service.errors import N_, Conflict
from service.job_tables import Job, JobBatch

LOG = structlog.get_logger()
APPLICATION = "afterword"
VERSION = "1"  # of what a batch means; a batch of another version is not touched
WORKFLOW = "run_batch"
BATCH = 50
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


class Executor:
    """DBOS as one worker uses it: it works on what is handed to it, and says what it still has.

    There is one per process, since DBOS has one. Beginning is in two steps, so that the worker's
    lease exists before its first batch.

    Args:
        url: of the database in which DBOS keeps its tables.
        worker: the name of this process.
        kinds: of jobs; each has a queue of its own.
        run_batch: called with a job's id and a batch's number, at least once for each handed out.
        at_once: batches of a kind that this process works on at the same time.
        poll_seconds: how often DBOS looks for work.
    """

    def __init__(
        self,
        url: str,
        *,
        worker: str,
        kinds: Sequence[str],
        run_batch: Callable[[str, int], None],
        at_once: int,
        poll_seconds: float,
    ) -> None:
        from dbos import DBOS, DBOSPortableJSONSerializer  # noqa: PLC0415 -- 0.7 s, workers only

        _keep_quiet()
        self._kinds = kinds
        self._at_once = at_once
        self._poll = poll_seconds
        self._workflow = _workflow(run_batch)
        self._engine: sa.Engine = connect_for_library(url)
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_engine": self._engine,
                "serializer": DBOSPortableJSONSerializer(),
                "application_version": VERSION,
                "executor_id": worker,
                "log_level": "CRITICAL",
                "enable_otlp": False,
                "use_listen_notify": False,
                "notification_listener_polling_interval_sec": 0.5,
                "scheduler_polling_interval_sec": 300.0,
            }
        )

    def launch(self) -> None:
        """Begin to work on what is handed out; returns once DBOS runs."""
        from dbos import DBOS  # noqa: PLC0415 -- as above

        DBOS.launch()
        for kind in self._kinds:
            DBOS.register_queue(
                kind, worker_concurrency=self._at_once, polling_interval_sec=self._poll
            )

    def shut_down(self) -> None:
        """End; what was not finished stays handed to this worker."""
        from dbos import DBOS  # noqa: PLC0415 -- as above

        DBOS.destroy(workflow_completion_timeout_sec=0)

    def dispose(self) -> None:
        """Close the connections, once nothing is worked on."""
        self._engine.dispose()

    def adopt(self, worker: str) -> None:
        """Let anybody take what a dead worker left."""
        from dbos import DBOS  # noqa: PLC0415 -- as above

        left = DBOS.list_workflows(
            status="PENDING", executor_id=worker, load_input=False, load_output=False
        )
        for kind in self._kinds:
            ids = [found.workflow_id for found in left if found.queue_name == kind]
            if ids:
                DBOS.resume_workflows(ids, queue_name=kind)
                LOG.info("jobs.adopted", worker=worker, batches=len(ids))

    def hand_out(self, batches: Sequence[job_progress.Batch]) -> None:
        """Give batches to whichever worker is free. A batch handed twice is one, by its name."""
        from dbos import DBOS, SetWorkflowID  # noqa: PLC0415 -- as above

        for batch in batches:
            with SetWorkflowID(batch.name):
                DBOS.enqueue_workflow(batch.kind, self._workflow, str(batch.job_id), batch.number)

    def unfinished(self, names: Sequence[str]) -> set[str]:
        """Return which of the batches' names DBOS still works on, or will."""
        from dbos import DBOS  # noqa: PLC0415 -- as above

        found = DBOS.list_workflows(
            workflow_ids=list(names), status=UNFINISHED, load_input=False, load_output=False
        )
        return {workflow.workflow_id for workflow in found}

    def purge(self) -> None:
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


_run: Callable[[str, int], None] | None = None
_registered: Callable[[str, int], None] | None = None


def _workflow(run: Callable[[str, int], None]) -> Callable[[str, int], None]:
    """Return the one workflow of the process, which calls `run` from now on."""
    global _run, _registered  # noqa: PLW0603 -- DBOS has one registry per process
    from dbos import DBOS  # noqa: PLC0415 -- as above

    _run = run
    if _registered is None:

        def run_batch(job_id: str, number: int) -> None:
            assert _run is not None
            _run(job_id, number)

        _registered = DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)(run_batch)
    return _registered
