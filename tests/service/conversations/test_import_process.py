"""`afterword import` as a process: killed with -9, and how much memory it takes."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.conversations.importing import Counts
from service.conversations.neutral import NeutralTurn, to_line
from service.conversations.tables import Conversation, Revision, Turn
from service.database import Database
from service.identity.tables import AgentName
from tests.conftest import SECRET
from tests.service.conversations.records import conversation, exported


def written(path: Path, count: int) -> Path:
    """Write conversations of ten turns in three languages."""
    said = (
        (
            "customer",
            "Hello, my parcel {i} has not arrived and I have been waiting for a week now.",
        ),
        ("agent", "Good morning, I am sorry to hear that. May I have the number of your order?"),
        ("customer", "Zamówienie {i}, proszę o pilny kontakt na 601 234 567, czekam już tydzień!"),
        ("agent", "Dziękuję. Paczka wyszła w poniedziałek, kurier będzie u Pani w czwartek."),
        ("customer", "Спасибо, но мой адрес другой, напишите на ivan{i}@mail.example"),
    ) * 2
    with path.open("w", encoding="utf-8") as file:
        for i in range(count):
            turns = tuple(NeutralTurn(speaker, text.format(i=i)) for speaker, text in said)
            agent = f"Agent {'abcdefghij'[i % 10]}"
            file.write(to_line(conversation(f"c-{i}", turns=turns, agent=agent)) + "\n")
    return path


def started(path: Path, url: str, folder: Path) -> subprocess.Popen[str]:
    command = (sys.executable, "-m", "service", "import", "--json", "--no-score", str(path))
    environment = {
        **os.environ,
        "AFTERWORD_DATABASE_URL": url,
        "AFTERWORD_DATA_DIR": str(folder),
        "AFTERWORD_SECRET_KEY": SECRET.decode(),
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def count(database: Database) -> int:
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(Conversation)) or 0


@pytest.mark.kill
def test_a_killed_import_goes_on_and_each_conversation_is_there_once(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "many.jsonl", 1_200)
    for goal in (1, 400, 800):
        process = started(path, database_url, tmp_path)
        while process.poll() is None and count(database) < goal:
            time.sleep(0.03)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert count(database) >= goal
        assert count(database) < 1_200

    process = started(path, database_url, tmp_path)
    output, _ = process.communicate()

    result = json.loads(output.splitlines()[-1])
    assert process.returncode == 0
    assert result["imported"] + result["unchanged"] == 1_200
    assert result["unchanged"] >= 800
    assert [line["id"] for line in exported(database)] == [f"c-{i}" for i in range(1_200)]
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Turn)) == 12_000
        assert db.scalar(select(func.count()).select_from(Revision)) == 1_200
        assert db.scalar(select(func.count()).select_from(AgentName)) == 10


@pytest.mark.kill
def test_an_import_of_three_thousand_stays_small(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "many.jsonl", 3_000)
    process = started(path, database_url, tmp_path)

    peak = 0
    while process.poll() is None:
        # The most memory since this program began; a child's usage counts its parent's at the fork.
        status = Path(f"/proc/{process.pid}/status").read_text()
        found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
        peak = int(found[0]) if found else peak  # it only grows; gone once the child has ended
        time.sleep(0.05)  # our own child is working
    output, _ = process.communicate()

    assert json.loads(output.splitlines()[-1]) == asdict(Counts(imported=3_000))
    assert 0 < peak < 300 * 1024  # kilobytes
