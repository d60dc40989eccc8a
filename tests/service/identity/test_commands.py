"""`afterword users add`: usage errors exit 2, refusals 1, with one sentence."""

import os
import subprocess
import sys
from pathlib import Path

from service.commands import open_database
from service.config import Settings
from service.identity.actions import sign_in
from service.serve import how_to_begin

PASSWORD = "correct horse battery"


def run(folder: Path, *arguments: str, typed: str = PASSWORD) -> tuple[int, str, str]:
    """Run the command line in a process of its own, as an operator does."""
    done = subprocess.run(
        [sys.executable, "-m", "service", "users", "add", *arguments],
        input=f"{typed}\n",
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "AFTERWORD_DATA_DIR": str(folder)},
    )
    return done.returncode, done.stdout, done.stderr


def test_somebody_added_can_sign_in_and_is_not_added_twice(tmp_path: Path) -> None:
    person = ("Ada@own.example", "--name", "Ada Marlow", "--role", "lead", "--team", "Parcels")

    first = run(tmp_path, *person, "--team", "Returns", "--password-stdin")
    second = run(tmp_path, *person, "--password-stdin")

    assert first == (0, "Ada@own.example can sign in as lead.\n", "")
    assert second == (
        1,
        "",
        "REQ-422 Somebody with this e-mail address is here already.\n",
    )
    database = open_database(Settings(data_dir=tmp_path))
    assert sign_in(database, "ada@own.example", PASSWORD, address="here").status == 303
    database.close()


def test_a_command_that_lacks_something_exits_2(tmp_path: Path) -> None:
    status, out, error = run(tmp_path, "ada@own.example", "--name", "Ada", "--password-stdin")

    assert (status, out) == (2, "")
    assert "--role" in error


def test_refusals_exit_1_with_one_line(tmp_path: Path) -> None:
    status, out, error = run(
        tmp_path, "ada@own.example", "--name", "Ada", "--role", "boss", "--password-stdin"
    )

    assert (status, out) == (1, "")
    assert error == "REQ-422 “boss” is no role. There are: reviewer, mentor, lead, agent, admin.\n"


def test_the_terminal_says_how_to_begin() -> None:
    assert how_to_begin("127.0.0.1", 8000, "T").endswith("http://127.0.0.1:8000/setup?token=T")
    assert how_to_begin("0.0.0.0", 80, "T").endswith("http://127.0.0.1:80/setup?token=T")
    assert how_to_begin("::1", 8000, "T").endswith("http://[::1]:8000/setup?token=T")
    assert "afterword users add" in how_to_begin("203.0.113.5", 8000, "T")
