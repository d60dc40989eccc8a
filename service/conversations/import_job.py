"""The job "import": read an uploaded file to its end, then delete it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from service.conversations import uploads
from service.conversations.files import Stopped, run
from service.conversations.formats.options import HelpDeskUser
from service.conversations.formats.zendesk import read_users
from service.conversations.refusals import STOPPED
from service.conversations.tables import Import
from service.conversations.validation import Flaw
from service.database import Database, now
from service.job_batches import Stopping, Store

GONE = "IMP-061"


class Importing:
    """Handles "import": items are imports.

    Args:
        database: where to.
        data_dir: where uploads lie.
        after: puts down what follows an import, in the transaction that ends the job's batch.
    """

    def __init__(
        self, database: Database, data_dir: Path, *, after: Callable[[Session, UUID], None]
    ) -> None:
        self._database = database
        self._data_dir = data_dir
        self._after = after

    def __call__(self, items: Sequence[str], *, is_stopped: Callable[[], bool]) -> Store:
        """Read files, each in its own short transactions; twice changes nothing."""
        imports = [UUID(item) for item in items]
        for import_id in imports:
            self._read(import_id, is_stopped)

        def store(db: Session) -> None:
            for import_id in imports:
                self._after(db, import_id)

        return store

    def _read(self, import_id: UUID, is_stopped: Callable[[], bool]) -> None:
        if self._has_ended(import_id):
            uploads.forget(self._data_dir, import_id)
            return

        def watch(_read: int) -> None:
            if is_stopped():
                raise Stopping
            if self._has_ended(import_id):
                raise Stopped

        path = uploads.path_of(self._data_dir, import_id)
        try:
            run(self._database, import_id, path, users=self._users(import_id), notice=watch)
        except Stopped:
            pass
        except FileNotFoundError:
            self._fail(import_id, GONE)
        except Flaw as flaw:
            self._fail(import_id, flaw.code)
        uploads.forget(self._data_dir, import_id)

    def _has_ended(self, import_id: UUID) -> bool:
        with self._database.reading() as db:
            row = db.get(Import, import_id)
            is_stopped = row is not None and (row.error or {}).get("code") == STOPPED
            return row is None or is_stopped or row.state == "done"

    def _users(self, import_id: UUID) -> dict[str, HelpDeskUser]:
        path = uploads.users_path_of(self._data_dir, import_id)
        return read_users(path.read_bytes()) if path.exists() else {}

    def _fail(self, import_id: UUID, code: str) -> None:
        with self._database.writing() as db:
            row = db.get_one(Import, import_id)
            row.state, row.error, row.finished_at = "failed", {"code": code, "values": {}}, now()
