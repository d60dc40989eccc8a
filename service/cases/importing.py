"""Take resolved tickets from a file into the cases: each once, masked, in short transactions.

Vectors are made afterwards by a job, so that no transaction waits for a model.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from uuid import UUID

from service import jobs
from service.audit.actions import record as audit
from service.cases.actions import JOB, put_case
from service.cases.queries import ids_without_vector
from service.cases.records import CaseRecord, parse_case
from service.conversations.formats.lines import numbered_lines
from service.conversations.language import UNSURE, detect, known_code
from service.conversations.masking import mask_text
from service.conversations.neutral import MAX_RECORD_BYTES
from service.conversations.refusals import Refused
from service.database import Database, now

BATCH = 100
SOURCE = "cases"


@dataclass(slots=True)
class Outcome:
    """What became of a file's records; `refusals` says why, in the file's order."""

    imported: int = 0
    unchanged: int = 0
    revised: int = 0
    refused: int = 0
    refusals: list[Refused] = field(default_factory=list)


def import_cases(
    database: Database, stream: BinaryIO, *, source: str = SOURCE, by: UUID | None = None
) -> Outcome:
    """Store the cases of a file of JSON lines; a bad one is refused alone.

    The same file again changes nothing. What a killed import left without a vector gets one after
    the next.

    Args:
        database: where to.
        stream: the file.
        source: ids are unique within.
        by: the admin who imports; None for the command line.
    """
    outcome = Outcome()
    for batch in _batches(_records(stream)):
        _store(database, batch, outcome, source=source)
    if outcome == Outcome():
        outcome.refused, outcome.refusals = 1, [Refused(0, "", "IMP-001")]
    with database.writing() as db:
        if missing := ids_without_vector(db):
            jobs.enqueue(db, JOB, missing, by=by)
        if outcome.imported or outcome.revised:
            audit(
                db,
                "cases.imported",
                subject=f"source:{source}",
                actor=by,
                imported=outcome.imported,
                revised=outcome.revised,
                refused=outcome.refused,
            )
    return outcome


def _records(stream: BinaryIO) -> Iterator[CaseRecord | Refused]:
    for row, _, line in numbered_lines(stream):
        if line is None:
            yield Refused(row, "", "IMP-005", {"limit": MAX_RECORD_BYTES >> 20})
        else:
            yield parse_case(line, row=row)


def _batches(
    records: Iterable[CaseRecord | Refused],
) -> Iterator[list[CaseRecord | Refused]]:
    batch: list[CaseRecord | Refused] = []
    for record in records:
        batch.append(record)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _store(
    database: Database, batch: list[CaseRecord | Refused], outcome: Outcome, *, source: str
) -> None:
    # Masking and detecting take time: they are done before the transaction begins.
    rows = [(record, _facts(record)) for record in batch if isinstance(record, CaseRecord)]
    refusals = [record for record in batch if isinstance(record, Refused)]
    told: list[str] = []
    with database.writing() as db:
        for record, facts in rows:
            told.append(put_case(db, source=source, external_id=record.id, **facts)[1])
    outcome.imported += told.count("imported")
    outcome.unchanged += told.count("unchanged")
    outcome.revised += told.count("revised")
    outcome.refused += len(refusals)
    outcome.refusals += refusals


def _facts(record: CaseRecord) -> dict[str, Any]:
    language = known_code(record.language) or detect(record.problem) or UNSURE
    return {
        "problem": mask_text(record.problem),
        "solution": mask_text(record.solution),
        "language": language,
        "topic": record.topic or "other",
        "channel": record.channel,
        "outcome": record.outcome or "solved",
        "csat": record.csat,
        "solved_at": record.solved(until=now()),
        "is_day_known": record.solved_at is not None,
    }
