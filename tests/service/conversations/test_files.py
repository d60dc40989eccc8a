"""How an import ends that an error, or a person, broke off."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from service.conversations import files
from service.conversations.files import Choice, begin
from service.conversations.import_job import Importing
from service.conversations.importing import Counts
from service.conversations.neutral import NeutralConversation, to_line
from service.conversations.tables import Import
from service.database import Database
from tests.service.conversations.records import conversation


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file of two conversations."""
    lines = [to_line(conversation("c-1")), to_line(conversation("c-2"))]
    path = tmp_path / "f.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def begun(database: Database, state: str = "running") -> UUID:
    with database.writing() as db:
        choice = Choice("neutral", "desk")
        return begin(db, choice, file_name="f.jsonl", size=9, by=None, state=state).id


def breaking(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make every format break after its first conversation."""

    def parse(*_arguments: object) -> Iterator[NeutralConversation]:
        yield conversation("c-1")
        raise error

    monkeypatch.setattr(files, "parser_of", lambda _name: parse)


def found(database: Database, import_id: UUID) -> tuple[str, object, bool]:
    with database.reading() as db:
        row = db.get_one(Import, import_id)
        return row.state, row.error, row.finished_at is not None


@pytest.mark.parametrize(
    ("error", "code"), [(RuntimeError("a fault"), "IMP-062"), (KeyboardInterrupt(), "IMP-060")]
)
def test_an_import_that_breaks_off_has_failed_and_runs_no_longer(
    database: Database,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: str,
) -> None:
    import_id = begun(database)
    breaking(monkeypatch, error)

    with pytest.raises(type(error)):
        files.run(database, import_id, path)

    assert found(database, import_id) == ("failed", {"code": code, "values": {}}, True)


def test_a_file_that_cannot_be_opened_leaves_a_failed_import(
    database: Database, tmp_path: Path
) -> None:
    import_id = begun(database)

    with pytest.raises(FileNotFoundError):
        files.run(database, import_id, tmp_path / "gone")

    assert found(database, import_id)[0] == "failed"


def test_a_later_try_that_comes_to_its_end_takes_the_error_back(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = begun(database)
    with monkeypatch.context() as first:
        breaking(first, RuntimeError("a fault"))
        with pytest.raises(RuntimeError):
            files.run(database, import_id, path)

    counts = files.run(database, import_id, path)

    assert found(database, import_id) == ("done", None, True)
    assert counts == Counts(imported=2)


def test_an_uploaded_import_that_breaks_off_is_tried_again(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = begun(database, "waiting")
    upload = path.parent / "uploads" / import_id.hex
    upload.parent.mkdir()
    upload.write_bytes(path.read_bytes())
    importing = Importing(database, path.parent, after=lambda _db, _id: None)
    with monkeypatch.context() as first:
        breaking(first, RuntimeError("a fault"))
        with pytest.raises(RuntimeError):
            importing([str(import_id)], is_stopped=lambda: False)

    importing([str(import_id)], is_stopped=lambda: False)

    assert found(database, import_id) == ("done", None, True)
    assert not upload.exists()
