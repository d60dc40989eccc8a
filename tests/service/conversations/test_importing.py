"""Importing: masked, once, revised, refused; what went in comes out."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.conversations.files import Choice, begin
from service.conversations.importing import Counts, import_records
from service.conversations.neutral import NeutralConversation, NeutralTurn, Refused, to_object
from service.conversations.tables import Conversation, Import, RefusedRecord, Revision, Turn
from service.database import Database
from service.identity.tables import UNASSIGNED, AgentName, Membership, Team, User
from tests.service.conversations.records import conversation, exported

Records = Iterable[NeutralConversation | Refused]


@pytest.fixture
def take(database: Database) -> Callable[..., Counts]:
    """Return a function that imports records, as one file of a source."""

    def run(records: Records, *, source: str = "neutral") -> Counts:
        with database.writing() as db:
            row = begin(db, Choice("neutral", source), file_name="f.jsonl", size=9, by=None)
            identity = row.id
        return import_records(database, identity, records)

    return run


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
