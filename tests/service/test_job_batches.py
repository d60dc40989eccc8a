"""A batch is tried three times, bad items are singled out, effects happen once."""

import threading
import uuid
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from service import job_progress, jobs
from service.database import Database
from service.errors import Conflict, Unavailable
from service.identity.tables import Team
from service.job_batches import DIED, Batches, Handler, Stopping, Store
from service.job_tables import Job, JobBatch, JobFailure


class Recorder:
    """A handler whose effect is a team by the item's name; it fails over what `bad` names."""

    def __init__(self, *, bad: Callable[[str], Exception | None] = lambda _item: None) -> None:
        self.calls: list[list[str]] = []
        self.bad = bad

    def __call__(self, items: Sequence[str], *, is_stopped: Callable[[], bool]) -> Store:
        self.calls.append(list(items))
        for item in items:
            if (error := self.bad(item)) is not None:
                raise error

        def store(db: Session) -> None:
            for item in items:
                db.add(Team(name=item))

        return store


def put_down(database: Database, items: Sequence[str], *, batch: int = 10) -> uuid.UUID:
    with database.writing() as db:
        return jobs.enqueue(db, "score", items, batch=batch).id


def run(
    database: Database,
    handler: Handler,
    job_id: uuid.UUID,
    number: int = 0,
    stopping: threading.Event | None = None,
) -> None:
    Batches(
        database, {"score": handler}, stopping=stopping or threading.Event(), first_wait=0.0
    ).run(job_id, number)


def job_of(database: Database, job_id: uuid.UUID) -> Job:
    with database.reading() as db:
        return db.get_one(Job, job_id)


def effects(database: Database) -> list[str]:
    with database.reading() as db:
        return list(db.scalars(select(Team.name).order_by(Team.name)))


def failures(database: Database) -> dict[str, str]:
    with database.reading() as db:
        return {f.item: f.reason for f in db.scalars(select(JobFailure))}


def test_a_batch_has_its_effect_and_counts(database: Database) -> None:
    handler = Recorder()
    job_id = put_down(database, ["a", "b", "c"], batch=2)

    run(database, handler, job_id, 0)
    half = job_of(database, job_id)
    run(database, handler, job_id, 1)
    whole = job_of(database, job_id)

    assert (half.state, half.done, half.total) == ("running", 2, 3)
    assert (whole.state, whole.done, whole.failed) == ("done", 3, 0)
    assert whole.finished_at is not None
    assert effects(database) == ["a", "b", "c"]
    assert handler.calls == [["a", "b"], ["c"]]


def test_a_batch_that_is_done_is_not_run_again(database: Database) -> None:
    handler = Recorder()
    job_id = put_down(database, ["a"])
    for _ in range(2):
        run(database, handler, job_id)

    assert handler.calls == [["a"]]
    assert job_of(database, job_id).done == 1


def test_a_failure_that_passes_is_tried_again(database: Database) -> None:
    errors = iter([ValueError("once")])
    handler = Recorder(bad=lambda _item: next(errors, None))
    job_id = put_down(database, ["a", "b"])

    run(database, handler, job_id)

    assert handler.calls == [["a", "b"], ["a", "b"]]
    assert job_of(database, job_id).state == "done"
    assert effects(database) == ["a", "b"]


def test_a_bad_item_is_singled_out_and_the_others_go_on(database: Database) -> None:
    handler = Recorder(bad=lambda item: ValueError("secret words") if item == "b" else None)
    job_id = put_down(database, ["a", "b", "c"])

    run(database, handler, job_id)

    job = job_of(database, job_id)
    assert handler.calls == [["a", "b", "c"], ["a", "b", "c"], ["a"], ["b"], ["c"]]
    assert (job.state, job.done, job.failed) == ("failed", 2, 1)
    assert effects(database) == ["a", "c"]
    assert failures(database) == {"b": "ValueError"}


def test_an_effect_that_cannot_be_stored_is_the_items_failure(database: Database) -> None:
    with database.writing() as db:
        db.add(Team(name="b"))  # a second one of that name is refused
    job_id = put_down(database, ["a", "b", "c"])

    run(database, Recorder(), job_id)

    assert effects(database) == ["a", "b", "c"]
    assert failures(database) == {"b": "IntegrityError"}
    assert job_of(database, job_id).done == 2


def test_what_cannot_be_done_now_fails_at_once_with_its_reason(database: Database) -> None:
    handler = Recorder(bad=lambda _item: Unavailable("The model is away."))
    job_id = put_down(database, ["a", "b"])

    run(database, handler, job_id)

    job = job_of(database, job_id)
    assert handler.calls == [["a", "b"]]
    assert (job.state, job.failed, job.error) == ("failed", 2, "SYS-503 The model is away.")


def test_a_retry_does_what_failed_and_only_that(database: Database) -> None:
    is_bad = True
    handler = Recorder(bad=lambda item: ValueError() if is_bad and item == "b" else None)
    job_id = put_down(database, ["a", "b"])
    run(database, handler, job_id)
    is_bad = False

    with database.writing() as db:
        jobs.retry(db, db.get_one(Job, job_id))
    assert job_of(database, job_id).state == "running"
    run(database, handler, job_id, 1)

    job = job_of(database, job_id)
    assert (job.state, job.done, job.failed) == ("done", 2, 0)
    assert effects(database) == ["a", "b"]
    assert failures(database) == {}


def test_a_retry_of_what_could_not_be_done_keeps_its_batches(database: Database) -> None:
    is_away = True
    handler = Recorder(bad=lambda _item: Unavailable("away") if is_away else None)
    job_id = put_down(database, ["a", "b"])
    run(database, handler, job_id)
    is_away = False

    with database.writing() as db:
        jobs.retry(db, db.get_one(Job, job_id))
    run(database, handler, job_id)

    job = job_of(database, job_id)
    assert (job.state, job.done, job.failed, job.error) == ("done", 2, 0, None)


def test_a_worker_that_was_thought_dead_changes_nothing_when_it_wakes(database: Database) -> None:
    job_id = put_down(database, ["a", "b"])

    def slept_through(items: Sequence[str], *, is_stopped: Callable[[], bool]) -> Store:
        run(database, Recorder(), job_id)  # another adopts the batch and finishes it meanwhile
        return Recorder()(["zombie"], is_stopped=is_stopped)

    run(database, slept_through, job_id)

    assert effects(database) == ["a", "b"]
    assert job_of(database, job_id).done == 2


def test_a_database_that_is_away_for_a_moment_costs_no_try(database: Database) -> None:
    away = iter([OperationalError("", {}, Exception())] * 5)
    handler = Recorder(bad=lambda _item: next(away, None))
    job_id = put_down(database, ["a", "b"])

    run(database, handler, job_id)

    with database.reading() as db:
        assert db.get_one(JobBatch, (job_id, 0)).tries == 1
    assert job_of(database, job_id).state == "done"
    assert all(call == ["a", "b"] for call in handler.calls)


def test_a_process_that_ends_gives_its_batch_back_and_loses_no_try(database: Database) -> None:
    stopping = threading.Event()

    def interrupted(items: Sequence[str], *, is_stopped: Callable[[], bool]) -> Store:
        stopping.set()
        raise Stopping

    job_id = put_down(database, ["a"])
    run(database, interrupted, job_id, stopping=stopping)

    with database.reading() as db:
        batch = db.get_one(JobBatch, (job_id, 0))
        assert (batch.state, batch.tries, batch.owner) == ("waiting", 0, None)
        assert [b.job_id for b in job_progress.waiting(db, ["score"], limit=9)] == [job_id]


def test_a_batch_that_arrives_while_the_process_ends_waits_for_another(database: Database) -> None:
    stopping = threading.Event()
    job_id = put_down(database, ["a"])
    with database.writing() as db:
        (batch,) = job_progress.waiting(db, ["score"], limit=9)
        job_progress.hand_out(db, batch)
    stopping.set()

    run(database, Recorder(), job_id, stopping=stopping)

    with database.reading() as db:
        assert db.get_one(JobBatch, (job_id, 0)).state == "waiting"


class Killed(BaseException):
    """The process is gone: nothing after it runs."""


def test_an_item_over_which_workers_die_is_singled_out_after_three(database: Database) -> None:
    def deadly(items: Sequence[str], *, is_stopped: Callable[[], bool]) -> Store:
        if "b" in items:
            raise Killed
        return Recorder()(items, is_stopped=is_stopped)

    job_id = put_down(database, ["a", "b", "c"])
    deaths = 0
    while job_of(database, job_id).state != "failed":
        try:
            run(database, deadly, job_id)
        except Killed:
            deaths += 1

    assert deaths == 5  # twice with the whole batch, three times over the item alone
    assert failures(database) == {"b": DIED}
    assert effects(database) == ["a", "c"]
    assert job_of(database, job_id).done == 2


@pytest.mark.parametrize("count", [0, 1, 7])
def test_items_are_cut_into_batches(database: Database, count: int) -> None:
    with database.writing() as db:
        job = jobs.enqueue(db, "score", [f"i{n}" for n in range(count)], batch=3)
        sizes = [len(b.items) for b in db.scalars(select(JobBatch).order_by(JobBatch.number))]

    assert sizes == {0: [], 1: [1], 7: [3, 3, 1]}[count]
    assert (job.total, job.state) == (count, "waiting" if count else "done")


def test_a_job_is_gone_with_its_transaction(database: Database) -> None:
    def give_up() -> None:
        with database.writing() as db:
            jobs.enqueue(db, "score", ["a"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        give_up()
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Job)) == 0


def test_only_a_failed_job_can_be_tried_again(database: Database) -> None:
    job_id = put_down(database, ["a"])
    with pytest.raises(Conflict), database.writing() as db:
        jobs.retry(db, db.get_one(Job, job_id))
