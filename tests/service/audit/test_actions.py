import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service.audit.actions import broken_links, digest_of, head, record
from service.audit.tables import AuditRow
from service.database import Database, now


def write(db: Session, count: int) -> None:
    for number in range(count):
        record(
            db, "thing.changed", subject=f"thing:{number}", actor=None, number=number, name="Żółć"
        )


def test_the_chain_of_untouched_rows_is_whole(database: Database) -> None:
    with database.writing() as db:
        write(db, 3)

    with database.reading() as db:
        assert list(broken_links(db)) == []
        assert head(db)[0] == 3


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_rows SET action = 'x'", "DELETE FROM audit_rows"]
)
def test_the_database_refuses_to_change_history(database: Database, statement: str) -> None:
    with database.writing() as db:
        write(db, 1)

    with pytest.raises(DBAPIError, match="append-only"), database.writing() as db:
        db.execute(text(statement))


@pytest.mark.parametrize(
    ("tampering", "first_broken"),
    [
        ("UPDATE audit_rows SET action = 'thing.kept' WHERE sequence = 2", 2),
        ("UPDATE audit_rows SET subject = 'thing:9' WHERE sequence = 3", 3),
        ("DELETE FROM audit_rows WHERE sequence = 2", 3),
        ("UPDATE audit_rows SET sequence = 9 WHERE sequence = 3", 4),
    ],
)
def test_a_change_by_hand_shows(database: Database, tampering: str, first_broken: int) -> None:
    with database.writing() as db:
        write(db, 4)
    is_postgresql = database.engine.dialect.name == "postgresql"
    with database.writing() as db:  # what only an operator with a shell can do
        if is_postgresql:
            db.execute(text("ALTER TABLE audit_rows DISABLE TRIGGER ALL"))
        else:
            db.execute(text("DROP TRIGGER audit_rows_no_update"))
            db.execute(text("DROP TRIGGER audit_rows_no_delete"))
        db.execute(text(tampering))

    with database.reading() as db:
        assert min(broken_links(db)) == first_broken


def test_a_cut_tail_shows_against_the_head_kept_outside(database: Database) -> None:
    with database.writing() as db:
        write(db, 3)
        kept = head(db)
        write(db, 1)

    with database.reading() as db:
        assert head(db) != kept


def test_writers_at_once_do_not_fork_the_chain(database: Database) -> None:
    def work() -> None:
        for _ in range(5):
            with database.writing() as db:
                write(db, 1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.reading() as db:
        assert head(db)[0] == 20
        assert list(broken_links(db)) == []


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3))
def test_any_other_details_give_another_digest(details: dict[str, object]) -> None:
    row = AuditRow(
        sequence=1,
        at=now(),
        actor_id=None,
        action="a.b",
        subject="x:1",
        details=details,
        previous="0",
    )
    before = digest_of(row, secret=b"k")
    row.details = {**details, "more": 1}

    assert digest_of(row, secret=b"k") != before
