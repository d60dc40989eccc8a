"""Begin, go on with and stop an import that a person uploaded; forget what nobody went on with."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service import jobs
from service.audit.actions import record
from service.conversations import uploads
from service.conversations.files import Choice, begin
from service.conversations.formats.columns import missing
from service.conversations.formats.options import FormatOptions
from service.conversations.formats.table import preview
from service.conversations.refusals import STOPPED, Refused
from service.conversations.tables import Import
from service.conversations.validation import Flaw
from service.database import Database, now
from service.errors import N_, Conflict

TABLES = ("csv", "xlsx")
JOB = "import"


def note_upload(
    db: Session, import_id: UUID, choice: Choice, *, file_name: str, size: int, by: UUID
) -> Import:
    """Note an uploaded file: a table waits for its columns, anything else is put in the line."""
    is_table = choice.format in TABLES
    state = "mapping" if is_table else "waiting"
    row = begin(db, choice, file_name=file_name, size=size, by=by, state=state, import_id=import_id)
    if not is_table:
        jobs.enqueue(db, JOB, [row.id], by=by, batch=1)
    return row


def refuse_unless_mapping(row: Import) -> None:
    """Refuse a choice of columns for a file that waits for none.

    Raises:
        Conflict: it is being read already.
    """
    if row.state != "mapping":
        raise Conflict(N_("This file is being read already; its columns cannot be changed."))


def header_of(path: Path, encoding: str) -> list[str] | Refused:
    """Return the columns of an uploaded table, or why they cannot be read; in no transaction."""
    try:
        with path.open("rb") as stream:
            lines = preview(stream, FormatOptions(encoding=encoding), rows=0)
    except Flaw as flaw:
        return flaw.refused(0)
    except FileNotFoundError:
        return Refused(0, "", "IMP-061")
    return [name.strip() for name in lines[0]] if lines else Refused(0, "", "IMP-001")


def choose_columns(
    db: Session,
    row: Import,
    *,
    header: Collection[str],
    mapping: dict[str, str],
    encoding: str,
    by: UUID,
) -> Refused | None:
    """Keep the choice of columns and put the import in the line.

    Returns:
        Why the file cannot be read this way; then nothing was changed.

    Raises:
        Conflict: it is being read already.
    """
    refuse_unless_mapping(row)
    unknown = next((column for column in mapping.values() if column not in header), None)
    if unknown is not None:
        return Refused(0, "", "IMP-031", {"column": unknown[:80]})
    if (needed := missing(mapping)) is not None:
        return Refused(0, needed, "IMP-030", {"missing": needed})
    row.options = {**row.options, "mapping": mapping, "encoding": encoding}
    row.state = "waiting"
    record(db, "import.mapped", subject=f"import:{row.id}", actor=by, fields=sorted(mapping))
    jobs.enqueue(db, JOB, [row.id], by=by, batch=1)
    return None


def forget_abandoned(database: Database, data_dir: Path, *, at: datetime) -> int:
    """Remove the uploads that nobody chose columns for within a day: row and file.

    Files that no open import knows, left where a process was killed, go as well.

    Returns:
        How many imports were removed.
    """
    old = at - uploads.KEPT
    gone = _remove_abandoned(database, old)
    for import_id in gone | _orphans(database, uploads.older_than(data_dir, old)):
        uploads.forget(data_dir, import_id)
    return len(gone)


def _remove_abandoned(database: Database, old: datetime) -> set[UUID]:
    is_abandoned = (Import.state == "mapping") & (Import.created_at < old)
    with database.reading() as db:
        if db.scalar(select(Import.id).where(is_abandoned).limit(1)) is None:
            return set()  # the usual case: no writer is kept waiting
    with database.writing() as db:
        gone = set(db.scalars(delete(Import).where(is_abandoned).returning(Import.id)))
        for import_id in gone:
            record(db, "import.abandoned", subject=f"import:{import_id}", actor=None)
    return gone


def _orphans(database: Database, lying: set[UUID]) -> set[UUID]:
    """Return those of some uploads that no open import waits for."""
    if not lying:
        return set()
    with database.reading() as db:
        open_ones = select(Import.id).where(
            Import.id.in_(lying), Import.state.in_(("mapping", "waiting", "running"))
        )
        return lying - set(db.scalars(open_ones))


def stop(db: Session, row: Import, *, by: UUID) -> None:
    """Stop an import; what was read of it stays.

    Raises:
        Conflict: it has ended.
    """
    if row.state in {"done", "failed"}:
        raise Conflict(N_("This import has ended."))
    row.state, row.finished_at = "failed", now()
    row.error = {"code": STOPPED, "values": {}}
    record(db, "import.stopped", subject=f"import:{row.id}", actor=by)
