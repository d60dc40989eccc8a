"""Leases: the database's clock decides who is dead, and one worker finds each."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from service import leases
from service.database import Database
from service.job_tables import WorkerLease


def age(db: Session, worker: str, seconds: float) -> None:
    db.execute(
        update(WorkerLease).where(WorkerLease.id == worker).values(beat=WorkerLease.beat - seconds)
    )


def test_a_worker_whose_beat_is_old_is_dead_and_one_finds_it(database: Database) -> None:
    with database.writing() as db:
        for worker in ("old", "young"):
            leases.beat(db, worker)
        age(db, "old", 20)
    with database.writing() as db:
        assert leases.bury(db, older_than_seconds=15) == ["old"]
    with database.writing() as db:
        assert leases.bury(db, older_than_seconds=15) == []
        assert leases.dead(db) == ["old"]


def test_the_dead_stay_listed_until_their_jobs_are_adopted(database: Database) -> None:
    with database.writing() as db:
        leases.beat(db, "old")
        age(db, "old", 20)
        leases.bury(db, older_than_seconds=15)
    with database.writing() as db:
        leases.forget(db, "old")
    with database.reading() as db:
        assert leases.dead(db) == []


def test_a_beat_makes_young_again(database: Database) -> None:
    with database.writing() as db:
        leases.beat(db, "a")
        age(db, "a", 20)
        leases.beat(db, "a")
        youngest = leases.age_of_youngest(db)
        assert youngest is not None
        assert abs(youngest) < 2
        assert leases.bury(db, older_than_seconds=15) == []


def test_who_leaves_is_listed_so_that_unfinished_work_is_adopted(database: Database) -> None:
    with database.writing() as db:
        leases.beat(db, "a")
        leases.leave(db, "a")
        leases.leave(db, "a")
        assert leases.dead(db) == ["a"]
        assert leases.age_of_youngest(db) is None
