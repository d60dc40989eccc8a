"""The list of disputes: its order, page by page, and what it costs with thousands of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.orm import Session

from service.conversations.tables import Conversation
from service.database import Database, new_id, now
from service.disputes import queries
from service.disputes.tables import Dispute
from service.errors import Invalid
from service.identity.rules import Principal
from service.review.tables import Rating, Review
from service.scoring.tables import ScoringRun
from tests.factories import make_user
from tests.service.disputes.team import Team, disagree, make_team, who
from tests.service.review.test_waiting import fill


def waiting(db: Session, team: Team, hours: int) -> Dispute:
    dispute = disagree(db, team, team.review(db))
    dispute.due_at = now() + timedelta(hours=hours)
    db.flush()
    return dispute


def test_what_is_due_first_is_on_top_page_by_page(db: Session) -> None:
    team = make_team(db)
    team_of_five = [waiting(db, team, hours) for hours in (9, 2, 7, 4, 5)]
    jan = who(db, team.jan)

    first = queries.waiting_for(db, principal=jan, limit=2)
    second = queries.waiting_for(db, principal=jan, limit=2, after=first.after)
    third = queries.waiting_for(db, principal=jan, limit=2, after=second.after)

    found = [row.dispute.id for page in (first, second, third) for row in page.rows]
    assert found == [team_of_five[i].id for i in (1, 3, 4, 2, 0)]
    assert third.after is None


@pytest.mark.parametrize("after", ["x", "~", "2026-05-13T10:00:00+00:00~nonsense"])
def test_a_made_up_page_is_refused(db: Session, after: str) -> None:
    with pytest.raises(Invalid):
        queries.waiting_for(db, principal=who(db, make_team(db).jan), after=after)


def test_nobody_finds_what_is_about_their_own_review_or_another_team(db: Session) -> None:
    team = make_team(db)
    dispute = waiting(db, team, 3)

    found = {
        person.name: [
            row.dispute.id for row in queries.waiting_for(db, principal=who(db, person)).rows
        ]
        for person in (team.jan, team.lena, team.ada, team.stranger)
    }

    assert found == {
        "Jan Reyes": [dispute.id],
        "Lena Lind": [dispute.id],
        "Ada Marlow": [],
        "Sol Far": [],
    }


def dispute_each(db: Session) -> Principal:
    """Store a review of every conversation there is, and a dispute of it; one of 20 waits."""
    ada, jan = make_user(db), make_user(db, name="Jan Reyes")
    runs = db.execute(
        select(
            ScoringRun.id, ScoringRun.conversation_id, ScoringRun.revision_id, Conversation.agent_id
        ).join(Conversation, Conversation.id == ScoringRun.conversation_id)
    ).all()
    made = [(new_id(), new_id(), run) for run in runs]
    db.execute(
        insert(Review),
        [
            {
                "id": review,
                "conversation_id": run.conversation_id,
                "revision_id": run.revision_id,
                "run_id": run.id,
                "agent_id": run.agent_id,
                "scorecard": "standard-12/1",
                "reviewer_id": ada.id,
                "state": "submitted",
                "submitted_at": now(),
            }
            for review, _, run in made
        ],
    )
    decided = {"criterion": "plan", "value": "fail", "decision": "confirmed", "by": ada.id}
    db.execute(
        insert(Rating),
        [{"id": rating, "review_id": review, **decided} for review, rating, _ in made],
    )
    db.execute(
        insert(Dispute),
        [
            {
                "review_id": review,
                "criterion": "plan",
                "state": "answered" if n % 20 else "open",
                "rating_id": rating,
                "reviewer_id": ada.id,
                "value": "pass",
                "text": "Look.",
                "evidence": [],
                "by": run.agent_id,
                "due_at": None if n % 20 else now() + timedelta(minutes=n + 1),
            }
            for n, (review, rating, run) in enumerate(made)
        ],
    )
    return who(db, jan)


def test_thousands_of_disputes_are_never_scanned(database: Database) -> None:
    with database.writing() as db:
        fill(db, 4_000)
        jan = dispute_each(db)
        db.execute(text("ANALYZE"))
    is_sqlite = database.engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    plans: list[str] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("SELECT disputes"):
            with database.engine.connect() as other:
                rows = other.exec_driver_sql(explain + statement, parameters)
                plans.append("\n".join(str(row) for row in rows))

    event.listen(database.engine, "before_cursor_execute", note)
    with database.reading() as db:
        page = queries.waiting_for(db, principal=jan)
        rest = queries.waiting_for(db, principal=jan, after=page.after)
    event.remove(database.engine, "before_cursor_execute", note)

    assert (len(page.rows), len(rest.rows)) == (50, 50)
    assert len(plans) == 2
    for plan in plans:
        assert "ix_disputes_due_at_id" in plan
        for table in ("disputes", "reviews", "conversations", "ratings"):
            assert f"SCAN {table}" not in plan
            assert f"Seq Scan on {table}" not in plan
        assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_one_query_for_any_length(
    db: Session, count_queries: Callable[[], AbstractContextManager[list[str]]], count: int
) -> None:
    team = make_team(db)
    for hours in range(count):
        waiting(db, team, hours + 1)
    jan = who(db, team.jan)

    with count_queries() as statements:
        found = queries.waiting_for(db, principal=jan)

    assert (len(found.rows), len(statements)) == (count, 1)
