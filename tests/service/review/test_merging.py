"""Two reviewers at once, on both databases: nothing is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.database import now
from service.errors import Invalid
from service.identity.rules import Principal
from service.review import actions, confirmed, queries
from service.review.refusals import StaleReview
from service.review.tables import QueueItem, Rating, Review
from tests.service.review.acts import LIMIT, acts_of, opened, person


def two_at_once(db: Session) -> tuple[Principal, Principal, Review]:
    ada, jan = person(db), person(db, name="Jan Reyes")
    review = opened(db, ada)
    actions.rate(db, review, "plan", principal=ada, comment="No date at all.", **LIMIT)
    db.execute(update(QueueItem).values(locked_until=now() - timedelta(minutes=1)))
    db.expire_all()
    actions.open_review(db, review.conversation_id, principal=jan, **LIMIT)
    actions.rate(db, review, "plan", principal=jan, value="partial", **LIMIT)
    actions.rate(db, review, "greeting", principal=jan, **LIMIT)
    actions.submit(db, review.id, principal=jan, version=1, unsure_below=0.8)
    return ada, jan, review


def test_the_second_of_two_reviewers_is_told_and_loses_nothing(db: Session) -> None:
    ada, jan, review = two_at_once(db)

    with pytest.raises(StaleReview) as refused:
        actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)

    assert refused.value.values == {"name": "Jan Reyes", "seen": 1, "current": 2}
    assert queries.decisions_of(db, review.id)[ada.id]["plan"].comment == "No date at all."
    assert review.reviewer_id == jan.id


def test_a_merge_is_in_force_and_both_stay_in_the_record(db: Session) -> None:
    ada, jan, review = two_at_once(db)
    rows_before = db.scalar(select(func.count()).select_from(Rating))

    with pytest.raises(Invalid):
        actions.merge(db, review.id, principal=ada, version=2, choices={})
    actions.merge(db, review.id, principal=ada, version=2, choices={"plan": "mine"})

    assert (review.reviewer_id, review.version, review.state) == (ada.id, 3, "submitted")
    assert review.agent_id is not None
    found = confirmed.confirmed_ratings(db, [review.agent_id])
    assert [(r.criterion, r.value) for r in found] == [("greeting", "pass"), ("plan", "fail")]
    assert queries.decisions_of(db, review.id)[jan.id]["plan"].value == "partial"
    assert db.scalar(select(func.count()).select_from(Rating)) == (rows_before or 0) + 1
    assert acts_of(db)[-1] == "review.merged"
    with pytest.raises(StaleReview):
        actions.merge(db, review.id, principal=jan, version=2, choices={"plan": "mine"})


def test_the_others_side_of_a_merge_is_copied_with_its_correction(db: Session) -> None:
    ada, _, review = two_at_once(db)

    actions.merge(db, review.id, principal=ada, version=2, choices={"plan": "theirs"})

    made = queries.decisions_of(db, review.id)[ada.id]["plan"]
    assert (made.value, made.decision, made.reason) == ("partial", "corrected", "wrong_level")


def test_letting_the_other_review_stand_takes_the_own_draft_back(db: Session) -> None:
    ada, jan, review = two_at_once(db)

    actions.keep_theirs(db, review.id, principal=ada, version=2)

    assert (review.reviewer_id, review.version) == (jan.id, 2)
    assert not queries.decisions_of(db, review.id)[ada.id]["plan"].is_made
    assert acts_of(db)[-1] == "review.draft_dropped"


def test_a_draft_that_nobody_submitted_cannot_be_merged(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)

    with pytest.raises(Invalid):
        actions.merge(db, review.id, principal=ada, version=1, choices={})
