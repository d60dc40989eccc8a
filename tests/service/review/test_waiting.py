"""The queue: its order, whom it is for, and what it costs with thousands of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text, update
from sqlalchemy.orm import Session

from service.conversations.tables import Conversation, Revision
from service.database import Database, new_id, now
from service.errors import Invalid
from service.identity.queries import principal_of
from service.identity.rules import Principal
from service.review import waiting
from service.review.tables import QueueItem, Skip
from service.review.waiting import Filter
from service.scoring.tables import HeadVersion, ScoringRun
from tests.factories import (
    MODEL,
    make_agent,
    make_conversation,
    make_queue_item,
    make_run,
    make_user,
)


def principal(db: Session, **who: object) -> Principal:
    return principal_of(db, make_user(db, **who))  # type: ignore[arg-type]


def item(db: Session, *, priority: float = 1.0, **about: object) -> QueueItem:
    about.setdefault("agent", make_agent(db))
    conversation = make_conversation(db, **about)  # type: ignore[arg-type]
    return make_queue_item(db, make_run(db, conversation), priority=priority)


def test_critical_and_least_sure_come_first_page_by_page(db: Session) -> None:
    ada = principal(db)
    made = [item(db, priority=p) for p in (0.2, 11.0, 0.9, 0.9, 0.5)]
    expected = [1, 3, 2, 4, 0]  # equal ones: the newer first

    first = waiting.review_queue(db, principal=ada, limit=2)
    second = waiting.review_queue(db, principal=ada, limit=2, after=first.after)
    third = waiting.review_queue(db, principal=ada, limit=2, after=second.after)

    found = [row.item.conversation_id for page in (first, second, third) for row in page.rows]
    assert found == [made[i].conversation_id for i in expected]
    assert third.after is None


@pytest.mark.parametrize("after", ["x", "1.0~", "1.0~nonsense", "~"])
def test_a_made_up_page_is_refused(db: Session, after: str) -> None:
    with pytest.raises(Invalid):
        waiting.review_queue(db, principal=principal(db), after=after)


def test_own_skipped_foreign_and_done_conversations_are_left_out(db: Session) -> None:
    lead = make_user(db, role="lead", name="Lena Lead")
    me = principal_of(db, lead)
    item(db, agent=lead)
    skipped = item(db)
    db.add(Skip(conversation_id=skipped.conversation_id, user_id=lead.id, reason="needs_a_lead"))
    item(db, agent=make_agent(db, teams=["Loans"]))
    item(db).state = "done"
    visible = item(db)
    unnamed = item(db, agent=None)
    db.flush()

    found = waiting.review_queue(db, principal=me)

    ids = {row.item.conversation_id for row in found.rows}
    assert ids == {visible.conversation_id, unnamed.conversation_id}
    assert waiting.tally(db, principal=me).total == 2


def test_rows_show_who_has_them_open_and_the_own_draft(db: Session) -> None:
    ada, jan = principal(db), principal(db, name="Jan Reyes")
    locked, expired = item(db, priority=2), item(db, priority=1)
    locked.locked_by, locked.locked_until = jan.id, now() + timedelta(minutes=5)
    expired.locked_by, expired.locked_until = jan.id, now() - timedelta(minutes=5)
    db.flush()

    rows = waiting.review_queue(db, principal=ada).rows

    assert [row.lock.name if row.lock else None for row in rows] == ["Jan Reyes", None]
    assert waiting.next_waiting(db, principal=ada) == expired.conversation_id
    assert waiting.next_waiting(db, principal=jan) == locked.conversation_id


def test_filters_and_counts_agree(db: Session) -> None:
    ada = principal(db)
    item(db, language="pl", channel="call")
    item(db, language="pl", channel="chat", priority=12)
    item(db, language="ru", channel="chat")

    count = waiting.tally(db, principal=ada)

    assert (count.total, count.critical, count.minutes, count.is_capped) == (3, 1, 6.0, False)
    assert (count.languages, count.channels) == ({"pl": 2, "ru": 1}, {"call": 1, "chat": 2})
    for only, expected in (
        (Filter(language="pl"), 2),
        (Filter(channel="chat"), 2),
        (Filter(language="pl", channel="chat"), 1),
        (Filter(is_critical=True), 1),
    ):
        assert len(waiting.review_queue(db, principal=ada, only=only).rows) == expected


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_takes_two_queries_for_any_length(
    db: Session, count_queries: Callable[[], AbstractContextManager[list[str]]], rows: int
) -> None:
    ada = principal(db)
    for _ in range(rows):
        item(db)
    db.flush()

    with count_queries() as statements:
        found = waiting.review_queue(db, principal=ada)

    assert len(found.rows) == rows
    assert len(statements) == 2


def fill(db: Session, count: int) -> Principal:
    """Store many waiting conversations of one team, as fast as the database takes them."""
    ada = make_user(db)
    agents = [make_agent(db) for _ in range(20)]
    db.add(HeadVersion(sha=MODEL, version="test", encoder_id="test"))
    db.flush()
    ids = [(new_id(), new_id(), new_id()) for _ in range(count)]
    common = {"source": "neutral", "channel": "chat", "language": "en", "turn_count": 4}
    db.execute(
        insert(Conversation),
        [
            {"id": c, "external_id": str(n), "agent_id": agents[n % 20].id, **common}
            for n, (c, _, _) in enumerate(ids)
        ],
    )
    db.execute(
        insert(Revision),
        [{"id": r, "conversation_id": c, "number": 1, "content_digest": ""} for c, r, _ in ids],
    )
    scored = {
        "model_sha": MODEL,
        "scorecard": "standard-12/1",
        "resolved": "yes",
        "resolved_probabilities": {},
        "risk": 0.0,
        "topic": "delivery",
        "topic_probabilities": {},
    }
    db.execute(
        insert(ScoringRun),
        [{"id": run, "conversation_id": c, "revision_id": r, **scored} for c, r, run in ids],
    )
    db.execute(
        insert(QueueItem),
        [
            {
                "conversation_id": c,
                "run_id": run,
                "state": "waiting",
                "priority": (n * 7919 % 10007) / 10007,
                "why": [],
                "open_criteria": 1,
                "minutes": 1.0,
            }
            for n, (c, _, run) in enumerate(ids)
        ],
    )
    return principal_of(db, ada)


def test_thousands_of_waiting_conversations_are_never_scanned(
    database: Database, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with database.writing() as db:
        ada = fill(db, 4_000)
        db.execute(text("ANALYZE"))
    is_sqlite = database.engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    plans: list[str] = []

    def note(_c: object, cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("SELECT queue_items"):
            with database.engine.connect() as other:
                rows = other.exec_driver_sql(explain + statement, parameters)
                plans.append("\n".join(str(row) for row in rows))

    event.listen(database.engine, "before_cursor_execute", note)
    with database.reading() as db:
        page = waiting.review_queue(db, principal=ada)
        waiting.review_queue(db, principal=ada, after=page.after)
        assert waiting.next_waiting(db, principal=ada) == page.rows[0].item.conversation_id
        assert waiting.tally(db, principal=ada).is_capped
    event.remove(database.engine, "before_cursor_execute", note)

    assert len(plans) == 3
    for plan in plans:
        assert "ix_queue_items_state_priority" in plan
        for table in ("queue_items", "conversations", "scoring_runs"):
            assert f"SCAN {table}" not in plan
            assert f"Seq Scan on {table}" not in plan
        assert "TEMP B-TREE" not in plan


def test_an_expired_lock_is_nobodys(db: Session) -> None:
    ada = principal(db)
    one = item(db)
    db.execute(
        update(QueueItem).values(locked_by=ada.id, locked_until=now() - timedelta(seconds=1))
    )
    db.refresh(one)

    assert waiting.review_queue(db, principal=ada).rows[0].lock is None
