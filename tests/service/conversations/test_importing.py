import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.conversations.exporting import export_lines
from service.conversations.files import Choice, begin
from service.conversations.importing import Counts, import_records
from service.conversations.neutral import (
    NeutralConversation,
    NeutralTurn,
    Refused,
    to_line,
    to_object,
)
from service.conversations.tables import Conversation, Import, RefusedRecord, Revision, Turn
from service.database import Database
from service.identity.tables import UNASSIGNED, AgentName, Membership, Team, User
from tests.conftest import SECRET

Records = Iterable[NeutralConversation | Refused]


def conversation(name: str = "c-1", **fields: object) -> NeutralConversation:
    given = {
        "id": name,
        "channel": "chat",
        "turns": (
            NeutralTurn("customer", "Dzień dobry, mój mail to jan@poczta.example, gdzie paczka?"),
            NeutralTurn("agent", "Dzień dobry, już sprawdzam zamówienie 88120931."),
        ),
        **fields,
    }
    return NeutralConversation(**given)  # type: ignore[arg-type]


@pytest.fixture
def take(database: Database) -> Callable[..., Counts]:
    """Return a function that imports records, as one file of a source."""

    def run(records: Records, *, source: str = "neutral") -> Counts:
        with database.writing() as db:
            row = begin(db, Choice("neutral", source), file_name="f.jsonl", size=9, by=None)
            identity = row.id
        return import_records(database, identity, records)

    return run


def exported(database: Database) -> list[dict[str, object]]:
    return [json.loads(line) for line in export_lines(database)]


def only(db: Session) -> Conversation:
    return db.scalars(select(Conversation)).one()


def test_a_conversation_is_stored_masked_with_its_language_and_agent(
    database: Database, take: Callable[..., Counts]
) -> None:
    record = conversation(
        domain="sklep",
        agent="Anna Kowalska",
        customer="Jan Nowak",
        started_at=datetime(2026, 5, 14, 9, tzinfo=UTC),
        csat=4,
        tags=("zwrot", "601 234 567"),
        metadata={"subject": "Paczka Jana Nowaka"},
    )

    counts = take([record])

    assert counts == Counts(imported=1)
    with database.reading() as db:
        stored = only(db)
        agent = db.get_one(AgentName, "Anna Kowalska")
        assert (stored.source, stored.external_id, stored.language) == ("neutral", "c-1", "pl")
        assert (stored.agent_name, stored.agent_id) == ("Anna Kowalska", agent.user_id)
        assert (stored.revision, stored.turn_count, stored.csat) == (1, 2, 4)
        assert stored.opening == "Dzień dobry, mój mail to [EMAIL], gdzie paczka?"
        assert stored.tags == ["zwrot", "[PHONE]"]
        assert stored.details == {"subject": "Paczka [CUSTOMER_NAME]"}
        assert stored.started_at == datetime(2026, 5, 14, 9, tzinfo=UTC)
        user = db.get_one(User, agent.user_id)
        assert (user.role, user.email, user.password_hash) == ("agent", None, None)
        team = db.scalars(select(Team).join(Membership).where(Membership.user_id == user.id)).one()
        assert team.name == UNASSIGNED


def test_nothing_of_the_original_is_in_the_database(
    database: Database, take: Callable[..., Counts]
) -> None:
    take([conversation(customer="Jan Nowak", metadata={"mail": "jan@poczta.example"})])

    with database.engine.connect() as connection:
        names = [table.name for table in Conversation.metadata.sorted_tables]
        stored = [
            str(connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()) for name in names
        ]
    assert "[EMAIL]" in "".join(stored)
    assert [text for text in stored if "poczta.example" in text or "Nowak" in text] == []


def test_the_same_file_again_changes_nothing(
    database: Database, take: Callable[..., Counts]
) -> None:
    records = [conversation(f"c-{i}") for i in range(3)]
    take(records)
    before = exported(database)

    counts = take(records)

    assert counts == Counts(unchanged=3)
    assert exported(database) == before


def test_another_text_under_the_same_id_is_a_new_revision(
    database: Database, take: Callable[..., Counts]
) -> None:
    first = conversation()
    second = replace(first, turns=(*first.turns, NeutralTurn("customer", "Dziękuję!")), csat=5)
    take([first])

    counts = take([second])

    assert counts == Counts(revised=1)
    with database.reading() as db:
        stored = only(db)
        revisions = db.scalars(select(Revision).order_by(Revision.number)).all()
        turns = Counter(db.scalars(select(Turn.revision_id)))
        assert (stored.revision, stored.turn_count, stored.csat) == (2, 3, 5)
        assert [revision.number for revision in revisions] == [1, 2]
        assert [turns[revision.id] for revision in revisions] == [2, 3]
    (line,) = exported(database)
    assert [turn["text"] for turn in line["turns"]][-1] == "Dziękuję!"  # type: ignore[attr-defined]


def test_an_id_twice_in_one_file_is_the_same_or_a_revision(take: Callable[..., Counts]) -> None:
    first = conversation()
    second = replace(first, turns=first.turns[:1])

    counts = take([first, first, second])

    assert counts == Counts(imported=1, unchanged=1, revised=1)


def test_ids_are_unique_per_source(database: Database, take: Callable[..., Counts]) -> None:
    take([conversation()])

    counts = take([conversation()], source="zendesk")

    assert counts == Counts(imported=1)
    assert [line["id"] for line in exported(database)] == ["c-1", "c-1"]


def test_refusals_are_noted_and_the_others_stored(
    database: Database, take: Callable[..., Counts]
) -> None:
    counts = take(
        [conversation("a"), Refused(2, "csat", "IMP-023", {"value": "9"}), conversation("b")]
    )

    assert counts == Counts(imported=2, refused=1)
    with database.reading() as db:
        refused = db.scalars(select(RefusedRecord)).one()
        row = db.scalars(select(Import)).one()
        assert (refused.row, refused.field, refused.code) == (2, "csat", "IMP-023")
        assert refused.values == {"value": "9"}
        assert (row.imported, row.unchanged, row.revised, row.refused) == (2, 0, 0, 1)


def test_any_text_comes_back_as_it_went_in(database: Database, take: Callable[..., Counts]) -> None:
    texts = (
        "",
        " \r\n\t",
        "👩‍👩‍👧 \u202eabc\u202c\u200b",
        "{{7*7}}' OR 1=1; --",
        "e\u0301 é",
        "\ufeffx\u2028y",
    )
    record = conversation(
        "α/1 '\"%", language="pl", turns=tuple(NeutralTurn("note", text) for text in texts)
    )

    take([record])

    assert exported(database) == [to_object(record)]


def test_export_keeps_the_order_of_import(database: Database, take: Callable[..., Counts]) -> None:
    names = [f"{(i * 7919) % 450:03}" for i in range(450)]

    take([conversation(name, turns=(NeutralTurn("agent", name),)) for name in names])

    assert [line["id"] for line in exported(database)] == names


def test_an_export_can_be_imported_into_another_place(
    database: Database, take: Callable[..., Counts]
) -> None:
    take([conversation(customer="Jan Nowak", agent="Anna", tags=("a",), csat=3)])
    (line,) = exported(database)
    again = conversation(
        language="pl",
        turns=tuple(NeutralTurn(t["speaker"], t["text"]) for t in line["turns"]),  # type: ignore[attr-defined]
        customer=line["customer"],
        agent="Anna",
        tags=("a",),
        csat=3,
    )

    take([again], source="copy")

    assert exported(database) == [line, line]


def test_the_author_of_most_agent_turns_is_who_is_rated(
    database: Database, take: Callable[..., Counts]
) -> None:
    turns = tuple(NeutralTurn("agent", f"{who} pisze", author=who) for who in ("Ola", "Ela", "Ela"))

    take([conversation(agent="Ola", turns=turns)])

    with database.reading() as db:
        stored = only(db)
        assert stored.agent_name == "Ola"
        assert stored.agent_id == db.get_one(AgentName, "Ela").user_id


def test_two_imports_of_the_same_at_once_store_it_once(
    database: Database, take: Callable[..., Counts]
) -> None:
    records = [conversation(f"c-{i}", agent=f"Agent {i}") for i in range(5)]

    def interrupted() -> Records:
        yield records[0]
        take(records)  # another process, between reading and storing of the first batch
        yield from records[1:]

    counts = take(interrupted())

    assert counts == Counts(unchanged=5)
    assert [line["id"] for line in exported(database)] == ["c-0", "c-1", "c-2", "c-3", "c-4"]


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
