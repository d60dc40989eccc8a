"""Import one file, for the command line and for uploads alike."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service.audit.actions import record
from service.conversations.formats.options import FormatOptions, HelpDeskUser
from service.conversations.formats.registry import (
    HEAD_BYTES,
    PARSERS,
    detect,
    format_named,
    parser_of,
)
from service.conversations.importing import Counts, import_records
from service.conversations.masking import mask_text
from service.conversations.refusals import BROKEN, STOPPED
from service.conversations.tables import Import, RefusedRecord
from service.database import Database, new_id, now
from service.errors import N_, Invalid
from service.job_batches import Stopping

LOG = structlog.get_logger()


class Stopped(Exception):
    """A person stopped the import; what was read stays."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose about a file, as it is kept with the import."""

    format: str
    source: str
    encoding: str = "utf-8"
    mapping: Mapping[str, str] | None = None
    speakers: Mapping[str, str] | None = None
    channel: str | None = None
    language: str | None = None
    zone: str = "UTC"

    def to_json(self) -> dict[str, Any]:
        """Return the choices beside format and source, for `Import.options`."""
        return {
            "encoding": self.encoding,
            "mapping": dict(self.mapping) if self.mapping else None,
            "speakers": dict(self.speakers or {}),
            "channel": self.channel,
            "language": self.language,
            "zone": self.zone,
        }


def format_of(path: Path, named: str | None, *, file_name: str | None = None) -> str:
    """Return the format of a file: the one that was named, or the one it looks like.

    Raises:
        Invalid: no such format, or none that it looks like.
    """
    if named is not None:
        found = format_named(named)
        if found is None:
            raise Invalid(
                N_("“{name}” is no format. There are: {formats}."),
                name=named[:40],
                formats=", ".join(PARSERS),
            )
        return found
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    found = detect(file_name or path.name, head)
    if found is None:
        raise Invalid(
            N_(
                "The format of this file is not known. Choose one: {formats}. Nothing was imported."
            ),
            formats=", ".join(PARSERS),
        )
    return found


def begin(
    db: Session,
    choice: Choice,
    *,
    file_name: str,
    size: int,
    by: UUID | None,
    state: str = "running",
    import_id: UUID | None = None,
) -> Import:
    """Note that a file came in; `import_id` is given where the file is stored under it already."""
    row = Import(
        id=import_id or new_id(),
        file_name=mask_text(file_name)[:200],
        format=choice.format,
        source=choice.source,
        options=choice.to_json(),
        bytes_total=size,
        by=by,
        state=state,
    )
    db.add(row)
    db.flush()
    record(
        db, "import.begun", subject=f"import:{row.id}", actor=by, bytes=size, format=choice.format
    )
    return row


def run(
    database: Database,
    import_id: UUID,
    path: Path,
    *,
    users: Mapping[str, HelpDeskUser] | None = None,
    notice: Callable[[int], None] | None = None,
) -> Counts:
    """Import a file to its end; running it again after a crash goes on where it stopped.

    Args:
        users: of a help desk, by id.
        notice: called now and then with the bytes read so far.

    Raises:
        Stopping, Stopped: `notice` said so; the row stays as it is. Any other error leaves the
            row failed.
    """
    with _failing(database, import_id):
        with database.reading() as db:
            row = db.get_one(Import, import_id)
            options = _options(row, users or {})
            parse = parser_of(row.format)
        with path.open("rb") as stream:

            def position() -> int:
                read = stream.tell() if not stream.closed else path.stat().st_size
                if notice is not None:
                    notice(read)
                return read

            counts = import_records(database, import_id, parse(stream, options), position=position)
        with database.writing() as db:
            finish(db, import_id, counts)
    return counts


@contextmanager
def _failing(database: Database, import_id: UUID) -> Iterator[None]:
    """Keep an import that an error ended from standing as running for ever."""
    try:
        yield
    except (Stopping, Stopped):  # it goes on later; it is noted already
        raise
    except KeyboardInterrupt:
        _note_failure(database, import_id, STOPPED)
        raise
    except Exception as error:
        LOG.error("import.failed", id=str(import_id), kind=type(error).__name__)
        _note_failure(database, import_id, BROKEN)
        raise


def _note_failure(database: Database, import_id: UUID, code: str) -> None:
    with suppress(DBAPIError), database.writing() as db:  # the database may be what failed
        row = db.get(Import, import_id)
        if row is None or row.state in {"done", "failed"}:
            return
        row.state, row.error, row.finished_at = "failed", {"code": code, "values": {}}, now()
        record(db, "import.failed", subject=f"import:{import_id}", actor=row.by, code=code)


def finish(db: Session, import_id: UUID, counts: Counts) -> None:
    """Note how an import ended; a file that could not be read at all has failed."""
    row = db.get_one(Import, import_id)
    whole = db.scalar(
        select(RefusedRecord).where(RefusedRecord.import_id == import_id, RefusedRecord.row == 0)
    )
    has_nothing = not (counts.imported or counts.unchanged or counts.revised)
    row.state = "failed" if whole is not None and has_nothing else "done"
    if whole is not None and has_nothing:
        row.error = {"code": whole.code, "values": whole.values}
    row.bytes_read, row.finished_at = row.bytes_total, now()
    record(
        db,
        "import.finished",
        subject=f"import:{import_id}",
        actor=row.by,
        imported=counts.imported,
        unchanged=counts.unchanged,
        revised=counts.revised,
        refused=counts.refused,
    )


def _options(row: Import, users: Mapping[str, HelpDeskUser]) -> FormatOptions:
    chosen = row.options
    return FormatOptions(
        encoding=chosen.get("encoding", "utf-8"),
        file_name=row.file_name,
        mapping=chosen.get("mapping"),
        speakers=chosen.get("speakers") or {},
        users=users,
        channel=chosen.get("channel"),
        zone=ZoneInfo(chosen.get("zone", "UTC")),
        language=chosen.get("language"),
    )
