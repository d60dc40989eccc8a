"""Uploaded files, from their arrival to the end of their import; then they are deleted.

They hold what masking has not seen yet, so they lie under our own ids, readable by the service
alone, and never longer than needed: a table that waits for its columns is kept for a day.
"""

import os
import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

FOLDER = "uploads"
KEPT = timedelta(days=1)  # where nobody goes on with it


def path_of(data_dir: Path, import_id: UUID) -> Path:
    """Return where the file of an import lies."""
    return data_dir / FOLDER / import_id.hex


def users_path_of(data_dir: Path, import_id: UUID) -> Path:
    """Return where the help desk's list of users that came with it lies."""
    return data_dir / FOLDER / f"{import_id.hex}.users"


def keep(stream: IO[bytes], path: Path) -> int:
    """Store a stream under a path, whole or not at all; return its size in bytes."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(stream, file, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return size


def forget(data_dir: Path, import_id: UUID) -> None:
    """Delete an import's files; nothing happens if they are gone."""
    for path in (path_of(data_dir, import_id), users_path_of(data_dir, import_id)):
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}.part").unlink(missing_ok=True)


def older_than(data_dir: Path, moment: datetime) -> set[UUID]:
    """Return the imports whose files were last written before a moment."""
    found: set[UUID] = set()
    for path in (data_dir / FOLDER).glob("*"):
        with suppress(ValueError, FileNotFoundError):  # a name of somebody else's; just deleted
            if path.stat().st_mtime < moment.timestamp():
                found.add(UUID(path.name.partition(".")[0]))
    return found
