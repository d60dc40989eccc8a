"""The list of disputes: its order, page by page, and what it costs with thousands of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.orm import Session

from service.database import Database, new_id, now
from service.disputes import queries
from service.disputes.tables import Dispute
from service.errors import Invalid
from service.identity.rules import Principal
from service.review.tables import Rating, Review
from tests.service.disputes.team import Team, disagree, make_team, who


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


def fill(db: Session, count: int) -> Principal:
    """Store many disputes that were answered, and some that wait, on one review each."""
    team = make_team(db)
    review = team.review(db)
    rating = db.scalars(select(Rating).where(Rating.review_id == review.id)).first()
    assert rating is not None
    about = {column.name: getattr(review, column.name) for column in Review.__table__.columns}
    ids = [new_id() for _ in range(count)]
    db.execute(
        insert(Review),
        [{**about, "id": made, "scorecard": f"standard-12/{n}"} for n, made in enumerate(ids)],
    )
    db.execute(
        insert(Dispute),
        [
            {
                "review_id": made,
                "criterion": "plan",
                "state": "answered" if n % 20 else "open",
                "rating_id": rating.id,
                "reviewer_id": team.ada.id,
                "value": "pass",
                "text": "Look.",
                "evidence": [],
                "by": team.agent.id,
                "due_at": None if n % 20 else now() + timedelta(minutes=n + 1),
            }
            for n, made in enumerate(ids)
        ],
    )
    return who(db, team.jan)


def test_thousands_of_disputes_are_never_scanned(
    database: Database, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with database.writing() as db:
        jan = fill(db, 3_000)
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
    with database.reading() as db, count_queries() as statements:
        page = queries.waiting_for(db, principal=jan)
        rest = queries.waiting_for(db, principal=jan, after=page.after)
    event.remove(database.engine, "before_cursor_execute", note)

    assert (len(page.rows), len(rest.rows), len(statements)) == (50, 50, 2)
    assert len(plans) == 2
    for plan in plans:
        assert "ix_disputes_due_at_id" in plan
        for table in ("disputes", "reviews", "conversations", "ratings"):
            assert f"SCAN {table}" not in plan
            assert f"Seq Scan on {table}" not in plan
        assert "TEMP B-TREE" not in plan
