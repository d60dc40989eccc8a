"""What a case says of how many contacts its solution took."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.cases.tables import Case
from service.conversations.tables import Conversation
from service.review import actions
from service.scoring.tables import ScoringRun
from tests.factories import make_conversation, make_run
from tests.service.review.acts import LIMIT, opened, person

MOMENT = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "change", "outcome"),
    [
        (None, {}, "solved"),
        (None, {"tags": ["Reopened"]}, "follow_up"),
        (None, {"tags": ["one-touch"]}, "first_contact"),
        (timedelta(days=3), {}, "follow_up"),
        (timedelta(days=31), {}, "solved"),
        (timedelta(days=-3), {}, "solved"),
        (timedelta(days=3), {"customer_digest": "customer-other"}, "solved"),
        (timedelta(days=3), {"started_at": None}, "solved"),
    ],
)
def test_a_cases_outcome_is_what_tags_and_earlier_conversations_tell(
    db: Session, before: timedelta | None, change: dict[str, object], outcome: str
) -> None:
    ada = person(db)
    review = opened(db, ada)
    conversation = db.get_one(Conversation, review.conversation_id)
    known = {"customer_digest": "customer-1", "started_at": MOMENT, **change}
    for name, value in known.items():
        setattr(conversation, name, value)
    if before is not None:
        earlier = make_conversation(db, external_id="earlier")
        earlier.customer_digest, earlier.started_at = "customer-1", MOMENT - before
        make_run(db, earlier)
    actions.rate(db, review, "plan", principal=ada, **LIMIT)
    actions.rate(db, review, "solution", principal=ada, value="pass", **LIMIT)

    actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)

    assert db.scalars(select(Case.outcome)).all() == [outcome]


def test_an_earlier_conversation_about_something_else_is_another_matter(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)
    conversation = db.get_one(Conversation, review.conversation_id)
    conversation.customer_digest, conversation.started_at = "customer-1", MOMENT
    earlier = make_conversation(db, external_id="earlier")
    earlier.customer_digest, earlier.started_at = "customer-1", MOMENT - timedelta(days=3)
    run = make_run(db, earlier)
    db.get_one(ScoringRun, run.id).topic = "billing"
    actions.rate(db, review, "plan", principal=ada, **LIMIT)
    actions.rate(db, review, "solution", principal=ada, value="pass", **LIMIT)

    actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)

    assert db.scalars(select(Case.outcome)).all() == ["solved"]
