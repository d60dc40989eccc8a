"""Workers killed with -9 in the middle: every conversation is scored, and none twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service import jobs
from service.database import Database
from service.job_tables import DeadWorker, Job, JobBatch, WorkerLease
from service.review.tables import QueueItem
from service.scoring.tables import AutoScore, LatestRun, ScoringRun
from tests.conftest import SECRET
from tests.factories import CRITERIA, make_conversation

COUNT = 400
TURNS = (("customer", "Where is my parcel?"), ("agent", "It arrives on Thursday."))


@contextmanager
def worker(database: Database, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(parents=True)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.service.killed_worker",
            database.url,
            str(folder),
            SECRET.decode(),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(happened: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what} within {seconds} s"
        time.sleep(0.05)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.kill
@pytest.mark.xdist_group("kill")
def test_two_of_three_workers_die_while_scoring_and_nobody_restarts_them(
    database: Database, tmp_path: Path
) -> None:
    with database.writing() as db:
        ids = [make_conversation(db, turns=TURNS).id for _ in range(COUNT)]
        job_id = jobs.enqueue(db, "score", ids, batch=20).id

    def done() -> int:
        with database.reading() as db:
            return db.get_one(Job, job_id).done

    with (
        worker(database, tmp_path / "a") as first,
        worker(database, tmp_path / "b") as second,
        worker(database, tmp_path / "c"),
    ):
        wait_until(lambda: done() >= 40, 60, "the first batches are done")
        kill(first)
        wait_until(lambda: done() >= 140, 60, "the others go on")
        kill(second)
        wait_until(lambda: done() >= COUNT, 60, "the last one adopts what the dead left")

    with database.reading() as db:
        job = db.get_one(Job, job_id)
        runs = db.scalars(select(ScoringRun.conversation_id)).all()
        assert (job.state, job.done, job.failed) == ("done", COUNT, 0)
        assert len(runs) == COUNT
        assert set(runs) == set(ids)
        assert db.scalar(select(func.count()).select_from(LatestRun)) == COUNT
        assert db.scalar(select(func.count()).select_from(AutoScore)) == COUNT * len(CRITERIA)
        assert db.scalar(select(func.count()).select_from(QueueItem)) == COUNT
        assert set(db.scalars(select(JobBatch.state))) == {"done"}
        assert db.scalar(select(func.count()).select_from(DeadWorker)) == 0
        assert db.scalar(select(func.count()).select_from(WorkerLease)) == 1
