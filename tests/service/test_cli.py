"""The command line: options are checked before anything is stored, an export is UTF-8."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.conversations.files import Choice, begin
from service.conversations.importing import import_records
from service.conversations.neutral import NeutralTurn
from service.database import Database
from tests.conftest import SECRET
from tests.service.conversations.records import conversation
from tests.service.processes import environment


def stored(database: Database, count: int) -> None:
    said = NeutralTurn("customer", "Zażółć gęślą jaźń, где моя посылка? " * 40)
    with database.writing() as db:
        row = begin(db, Choice("neutral", "desk"), file_name="f.jsonl", size=9, by=None)
    import_records(database, row.id, (conversation(f"c-{i}", turns=(said,)) for i in range(count)))


def exporting(url: str, folder: Path, **more: str) -> subprocess.Popen[bytes]:
    settings = {"database_url": url, "secret_key": SECRET.decode()}
    return subprocess.Popen(
        (sys.executable, "-m", "service", "export"),
        env={**environment(folder, settings), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--encoding", "cp9999"), "--encoding does not take “cp9999”. It takes: utf-8, cp1250, "),
        (("--zone", "Nowhere/X"), "--zone Nowhere/X is no IANA time zone"),
        (("--channel", "fax"), "--channel does not take “fax”. It takes: chat, email, call, "),
        (("--format", "foo"), "--format does not take “foo”. It takes: neutral, csv, xlsx, "),
        (("--speaker", "Agent=boss"), "--speaker does not take “boss”. It takes: customer, agent"),
        (("--column", "colour=Kolor"), "--column does not take “colour”. It takes: id, channel, "),
        (("--language", "polish"), "--language polish is no ISO 639-1 code"),
        (("--source", " "), "--source takes 1 to "),
        (("--report", "nowhere/r.csv"), "--report nowhere/r.csv cannot be written"),
        (("--users", "nowhere.json"), "There is no file nowhere.json."),
        (("nowhere.jsonl",), "There is no file nowhere.jsonl."),
    ],
)
def test_an_option_that_no_file_can_be_read_with_is_refused_before_anything_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFTERWORD_DATA_DIR", str(tmp_path / "var"))
    path = tmp_path / "f.jsonl"
    path.write_text("{}")

    result = CliRunner().invoke(app, ["import", "--cases", str(path), str(path), *options])

    assert result.exit_code == 2
    assert [sentence in line for line in result.stderr.splitlines() if "Error: " in line] == [True]
    assert [found.name for found in tmp_path.iterdir()] == ["f.jsonl"]


@pytest.mark.parametrize(
    "arguments",
    [("backup", "/tmp/x"), ("restore", "FILE", "--force"), ("erase", "ID"), ("erase", "ID", "-x")],
)
def test_what_is_not_built_says_so_whatever_follows(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "This command is not built yet. Nothing was changed.\n"


def test_an_export_is_utf_8_in_any_locale(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    stored(database, 1)

    process = exporting(database_url, tmp_path, LC_ALL="C", PYTHONIOENCODING="ascii")
    output, said = process.communicate()

    assert (process.returncode, said) == (0, b"")
    assert json.loads(output.decode("utf-8"))["turns"][0]["text"].startswith("Zażółć gęślą jaźń")


def test_an_export_ends_quietly_where_its_reader_stops(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    stored(database, 250)  # far more than a pipe holds

    process = exporting(database_url, tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    first = process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()

    assert (process.wait(), said) == (0, b"")
    assert json.loads(first)["id"] == "c-0"
