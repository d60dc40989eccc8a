"""Jobs as people see them, and the leases of the processes that run them."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table, new_id, now, one_of

JOB_STATES = ("waiting", "running", "done", "failed")
BATCH_STATES = ("waiting", "handed", "done", "failed")


class Job(Table):
    """One piece of background work with its progress. Its payload holds ids, never texts."""

    __tablename__ = "jobs"
    __table_args__ = (one_of("state", *JOB_STATES),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting", index=True)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str | None]
    by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobBatch(Table):
    """A part of a job: what a worker takes at once. Its effect and `done` commit together.

    Every change moves `version`: of two workers that hold the same batch, because one was thought
    dead, the later one's commit is refused.
    """

    __tablename__ = "job_batches"
    __table_args__ = (one_of("state", *BATCH_STATES),)

    job_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("jobs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default="waiting", index=True)
    items: Mapped[list[str]]  # ids that are still to be worked on
    tries: Mapped[int] = mapped_column(default=0)
    owner: Mapped[
        str | None
    ]  # a token of the worker that took it last; others' results are refused
    suspect: Mapped[str | None]  # the item that a try, one by one, is busy with
    deaths: Mapped[int] = mapped_column(default=0)  # workers that died over it in a row
    handed: Mapped[int] = mapped_column(default=0)  # how often it was given to the queue
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class JobFailure(Table):
    """An item that failed each time, singled out so that its neighbours go on."""

    __tablename__ = "job_failures"

    job_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("jobs.id"), primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]  # a code or the kind of the error; never a text of a customer
    at: Mapped[datetime] = mapped_column(default=now)


class WorkerLease(Table):
    """A process that runs jobs and when it was last alive, by the database's clock."""

    __tablename__ = "worker_leases"

    id: Mapped[str] = mapped_column(primary_key=True)
    beat: Mapped[float]  # seconds since 1970, the database's clock


class DeadWorker(Table):
    """A worker whose lease ran out and whose jobs are being adopted."""

    __tablename__ = "dead_workers"

    id: Mapped[str] = mapped_column(primary_key=True)
