"""Begin, go on with and stop an import that a person uploaded."""

from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from service import jobs
from service.audit.actions import record
from service.conversations.files import Choice, begin
from service.conversations.formats.columns import missing
from service.conversations.formats.options import FormatOptions
from service.conversations.formats.table import preview
from service.conversations.refusals import Refused
from service.conversations.tables import Import
from service.conversations.validation import Flaw
from service.database import now
from service.errors import N_, Conflict

TABLES = ("csv", "xlsx")
JOB = "import"
STOPPED = "IMP-060"


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


def choose_columns(
    db: Session, row: Import, *, mapping: dict[str, str], encoding: str, path: Path, by: UUID
) -> Refused | None:
    """Keep the choice of columns and put the import in the line.

    Returns:
        Why the file cannot be read this way; then nothing was changed.

    Raises:
        Conflict: it is being read already.
    """
    if row.state != "mapping":
        raise Conflict(N_("This file is being read already; its columns cannot be changed."))
    options = FormatOptions(encoding=encoding)
    try:
        with path.open("rb") as stream:
            header = preview(stream, options, rows=0)[0]
    except Flaw as flaw:
        return flaw.refused(0)
    names = {name.strip() for name in header}
    unknown = next((column for column in mapping.values() if column not in names), None)
    if unknown is not None:
        return Refused(0, "", "IMP-031", {"column": unknown[:80]})
    if (needed := missing(mapping)) is not None:
        return Refused(0, needed, "IMP-030", {"missing": needed})
    row.options = {**row.options, "mapping": mapping, "encoding": encoding}
    row.state = "waiting"
    record(db, "import.mapped", subject=f"import:{row.id}", actor=by, fields=sorted(mapping))
    jobs.enqueue(db, JOB, [row.id], by=by, batch=1)
    return None


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
