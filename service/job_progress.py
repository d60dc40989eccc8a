"""How far jobs are: counted in the transaction of the effect, so never ahead of it; who has what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, select, update
from sqlalchemy.orm import Session

from service.database import now
from service.job_tables import Job, JobBatch, JobFailure

OPEN = ("waiting", "handed")


def drop(batch: JobBatch, item: str) -> None:
    """Take a finished item off its batch; the last one finishes the batch."""
    batch.items = [left for left in batch.items if left != item]
    batch.suspect, batch.deaths = None, 0
    if not batch.items:
        batch.state = "done"


def single_out(db: Session, job_id: UUID, item: str, reason: str) -> None:
    """Note an item that failed each time."""
    failure = db.get(JobFailure, (job_id, item))
    if failure is None:
        db.add(JobFailure(job_id=job_id, item=item, reason=reason))
    else:
        failure.reason, failure.at = reason, now()


def count(db: Session, job_id: UUID, *, done: int = 0, failed: int = 0) -> None:
    """Count finished items, and finish the job with its last batch.

    The update takes the job's row, so that of two batches that end at once the later one sees
    the earlier.
    """
    db.flush()
    db.execute(
        update(Job)
        .where(Job.id == job_id)
        .values(done=Job.done + done, failed=Job.failed + failed)
        .execution_options(synchronize_session=False)
    )
    still_open = db.scalar(
        select(func.count())
        .select_from(JobBatch)
        .where(JobBatch.job_id == job_id, JobBatch.state.in_(OPEN))
    )
    job = db.get_one(Job, job_id, populate_existing=True)
    if not still_open:
        job.state, job.finished_at = ("failed" if job.failed else "done"), now()
        db.flush()


def reopen(db: Session, job: Job) -> None:
    """Let what failed of a job wait again; what was singled out, each by itself."""
    db.execute(
        update(JobBatch)
        .where(JobBatch.job_id == job.id, JobBatch.state == "failed")
        .values(state="waiting", tries=0, suspect=None, deaths=0, version=JobBatch.version + 1)
        .execution_options(synchronize_session=False)
    )
    single = list(db.scalars(select(JobFailure.item).where(JobFailure.job_id == job.id)))
    last = db.scalar(select(func.max(JobBatch.number)).where(JobBatch.job_id == job.id)) or 0
    for offset, item in enumerate(single, start=1):  # each alone: one of them may fail again
        db.add(JobBatch(job_id=job.id, number=last + offset, items=[item]))
    db.execute(delete(JobFailure).where(JobFailure.job_id == job.id))
    job.failed, job.error, job.finished_at, job.state = 0, None, None, "running"
    db.flush()


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch on its way to a worker, or at one; `name` is new each time it is handed out."""

    job_id: UUID
    number: int
    handed: int
    kind: str
    name: str


def waiting(db: Session, kinds: Sequence[str], *, limit: int) -> list[Batch]:
    """Return batches of these kinds that nobody was given, oldest first, named for handing out."""
    return [
        Batch(row.job_id, row.number, row.handed, row.kind, _name(row, row.handed + 1))
        for row in db.execute(_batches(kinds).where(JobBatch.state == "waiting").limit(limit))
    ]


def handed(db: Session, kinds: Sequence[str], *, since: datetime, limit: int) -> list[Batch]:
    """Return batches that were handed out and have not changed since a moment."""
    return [
        Batch(row.job_id, row.number, row.handed, row.kind, _name(row, row.handed))
        for row in db.execute(
            _batches(kinds)
            .where(JobBatch.state == "handed", JobBatch.changed_at < since)
            .limit(limit)
        )
    ]


def hand_out(db: Session, batch: Batch) -> None:
    """Note that a waiting batch is at the queue under its name."""
    _move(db, batch, "waiting", state="handed", handed=batch.handed + 1)


def take_back(db: Session, batch: Batch) -> None:
    """Let a batch wait again that the queue has lost."""
    _move(db, batch, "handed", state="waiting")


def _batches(kinds: Sequence[str]) -> Select[UUID, int, int, str]:
    return (
        select(JobBatch.job_id, JobBatch.number, JobBatch.handed, Job.kind)
        .join(Job, Job.id == JobBatch.job_id)
        .where(Job.kind.in_(kinds))
        .order_by(JobBatch.job_id, JobBatch.number)
    )


def _name(row: Row[UUID, int, int, str], handed: int) -> str:
    return f"{row.job_id}:{row.number}:{handed}"


def _move(db: Session, batch: Batch, before: str, **values: object) -> None:
    """Change a batch that is still as it was read; another worker may have been faster."""
    db.execute(
        update(JobBatch)
        .where(
            JobBatch.job_id == batch.job_id,
            JobBatch.number == batch.number,
            JobBatch.handed == batch.handed,
            JobBatch.state == before,
        )
        .values(version=JobBatch.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
