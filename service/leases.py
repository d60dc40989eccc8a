"""Which worker processes are alive, by the database's clock, and whose jobs wait for adoption.

A worker writes a beat every few seconds. Whoever finds a beat too old moves its owner to the dead
in one transaction, so each dead worker is found by one; its jobs are adopted afterwards, and it is
forgotten last. A crash between the two steps leaves the dead one on the list for the next worker.
"""

from sqlalchemy import ColumnElement, delete, insert, literal_column, select, update
from sqlalchemy.orm import Session

from service.job_tables import DeadWorker, WorkerLease

CLOCKS = {
    "sqlite": "(julianday('now') - 2440587.5) * 86400.0",
    "postgresql": "extract(epoch from clock_timestamp())",
}


def clock(db: Session) -> ColumnElement[float]:
    """Return the database's clock, in seconds since 1970."""
    return literal_column(CLOCKS[db.get_bind().dialect.name])


def beat(db: Session, worker: str) -> None:
    """Say that a worker is alive now."""
    changed = db.execute(update(WorkerLease).where(WorkerLease.id == worker).values(beat=clock(db)))
    if not changed.rowcount:  # type: ignore[attr-defined]  # -- an UPDATE's result has it
        db.execute(insert(WorkerLease).values(id=worker, beat=clock(db)))


def bury(db: Session, *, older_than_seconds: float) -> list[str]:
    """Move the workers whose beat is too old to the dead, and return them."""
    found = db.scalars(
        delete(WorkerLease)
        .where(WorkerLease.beat < clock(db) - older_than_seconds)
        .returning(WorkerLease.id)
    ).all()
    for worker in found:
        _list_as_dead(db, worker)
    return list(found)


def leave(db: Session, worker: str) -> None:
    """End a worker's own lease; what it could not finish is adopted by another."""
    db.execute(delete(WorkerLease).where(WorkerLease.id == worker))
    _list_as_dead(db, worker)


def _list_as_dead(db: Session, worker: str) -> None:
    if db.get(DeadWorker, worker) is None:
        db.add(DeadWorker(id=worker))
        db.flush()


def dead(db: Session) -> list[str]:
    """Return the dead workers whose jobs may still wait."""
    return list(db.scalars(select(DeadWorker.id)))


def forget(db: Session, worker: str) -> None:
    """Take a worker off the list of the dead: its jobs are adopted."""
    db.execute(delete(DeadWorker).where(DeadWorker.id == worker))


def age_of_youngest(db: Session) -> float | None:
    """Return the seconds since any worker's last beat; None if there is no worker."""
    return db.scalar(select(clock(db) - WorkerLease.beat).order_by(WorkerLease.beat.desc()))
