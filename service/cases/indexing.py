"""Make the vectors that cases lack: encoded outside any transaction, stored in a short one."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import jobs
from service.cases.actions import JOB
from service.cases.queries import has_vector, ids_without_vector
from service.cases.search import Models
from service.cases.tables import Case, CaseVector
from service.cases.vectors import to_bytes
from service.database import Database
from service.job_tables import Job

AT_ONCE = 64
Store = Callable[[Session], None]


def index_missing(database: Database, models: Models) -> int:
    """Give every case a vector of the encoder in use; return how many were made.

    Raises:
        Unavailable: the models cannot be loaded.
        BadVector: the encoder made something that is no vector.
    """
    with database.reading() as db:
        ids = ids_without_vector(db, encoder_id=models.analyser().embedding_id)
    for start in range(0, len(ids), AT_ONCE):
        store = vectors_of(database, models, ids[start : start + AT_ONCE])
        with database.writing() as db:
            store(db)
    return len(ids)


def enqueue_missing(database: Database, encoder_id: str) -> UUID | None:
    """Put down a job for the cases that have no vector of an encoder, as after a change of it.

    Returns:
        The job; None where nothing is missing, or a job of this kind is under way already.
    """
    with database.reading() as db:
        if not ids_without_vector(db, encoder_id=encoder_id):
            return None
    with database.writing() as db:
        is_open = (Job.kind == JOB) & Job.state.in_(("waiting", "running"))
        if db.scalar(select(Job.id).where(is_open).limit(1)) is not None:
            return None
        return jobs.enqueue(db, JOB, ids_without_vector(db, encoder_id=encoder_id)).id


def vectors_of(database: Database, models: Models, case_ids: Sequence[UUID]) -> Store:
    """Encode the problems of some cases; return what stores the vectors in a transaction.

    Raises:
        Unavailable: the models cannot be loaded.
        BadVector: the encoder made something that is no vector.
    """
    analyser = models.analyser()
    with database.reading() as db:
        problems: dict[UUID, str] = {
            row.id: row.problem
            for row in db.execute(
                select(Case.id, Case.problem).where(
                    Case.id.in_(case_ids), ~has_vector(analyser.embedding_id)
                )
            )
        }
    made = analyser.embed(list(problems.values()))
    dimension = len(analyser.centring.means["und"])
    blobs = {
        case_id: to_bytes(vector, dimension) for case_id, vector in zip(problems, made, strict=True)
    }

    def store(db: Session) -> None:
        rows = db.execute(
            select(Case.id, Case.problem).where(Case.id.in_(list(blobs))).with_for_update()
        ).all()
        known = set(
            db.scalars(
                select(CaseVector.case_id).where(
                    CaseVector.case_id.in_(list(blobs)),
                    CaseVector.encoder_id == analyser.embedding_id,
                )
            )
        )
        for row in rows:
            # A text that changed while it was encoded has a job of its own.
            if row.id not in known and row.problem == problems[row.id]:
                db.add(_row(row.id, analyser.embedding_id, dimension, blobs[row.id]))
        db.flush()

    return store


def _row(case_id: UUID, encoder_id: str, dimension: int, blob: bytes) -> CaseVector:
    return CaseVector(case_id=case_id, encoder_id=encoder_id, dimension=dimension, vector=blob)


class Indexing:
    """Handles the job "index_cases": its items are cases."""

    def __init__(self, database: Database, models: Models) -> None:
        self._database = database
        self._models = models

    def __call__(self, items: Sequence[str], **_: Any) -> Store:
        """Encode; the result stores the vectors."""
        return vectors_of(self._database, self._models, [UUID(item) for item in items])
