"""Each act on a criterion is a row of its own, on both databases."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.errors import Invalid, NotFound
from service.review import actions, queries
from service.review.tables import Correction, Rating
from tests.service.review.acts import LIMIT, acts_of, opened, person


def test_confirming_and_correcting_are_one_row_each_with_a_prefilled_reason(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)

    confirmed = actions.rate(db, review, "plan", principal=ada, **LIMIT)
    corrected = actions.rate(db, review, "greeting", principal=ada, value="fail", **LIMIT)

    assert (confirmed.value, confirmed.decision, confirmed.reason) == ("fail", "confirmed", None)
    assert confirmed.root_cause == "agent_skill"
    assert (corrected.decision, corrected.reason) == ("corrected", "evidence_does_not_show_it")
    correction = db.scalars(select(Correction)).one()
    assert (correction.from_value, correction.to_value, correction.by) == ("pass", "fail", ada.id)
    assert acts_of(db)[-2:] == ["rating.confirmed", "rating.corrected"]


def test_a_human_row_is_never_changed(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)
    for value, cause in (("fail", None), ("fail", "tool"), ("partial", None), ("pass", None)):
        actions.rate(db, review, "plan", principal=ada, value=value, root_cause=cause, **LIMIT)
    actions.undo(db, review, "plan", principal=ada, **LIMIT)
    actions.undo(db, review, "plan", principal=ada, **LIMIT)

    rows = db.execute(select(Rating.value, Rating.decision, Rating.root_cause).order_by(Rating.id))

    assert [tuple(row) for row in rows] == [
        ("fail", "confirmed", "agent_skill"),
        ("fail", "confirmed", "tool"),
        ("partial", "corrected", None),
        ("pass", "corrected", None),
        ("pass", "undone", None),
    ]


def test_the_same_decision_twice_is_one_row(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)

    actions.rate(db, review, "plan", principal=ada, **LIMIT)
    actions.rate(db, review, "plan", principal=ada, value="fail", **LIMIT)

    assert db.scalar(select(func.count()).select_from(Rating)) == 1


def test_a_comment_lives_through_decisions_and_undo(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)

    actions.comment(db, review, "plan", "  No date.  ", principal=ada, **LIMIT)
    undecided = queries.decisions_of(db, review.id)[ada.id]["plan"]
    actions.rate(db, review, "plan", principal=ada, value="partial", **LIMIT)
    actions.comment(db, review, "plan", "A date, no owner.", principal=ada, **LIMIT)
    actions.undo(db, review, "plan", principal=ada, **LIMIT)

    assert (undecided.is_made, undecided.comment) == (False, "No date.")
    last = queries.decisions_of(db, review.id)[ada.id]["plan"]
    assert (last.is_made, last.comment) == (False, "A date, no owner.")
    assert [c.reason for c in db.scalars(select(Correction))] == ["wrong_level"] * 2


@pytest.mark.parametrize(
    ("criterion", "wish"),
    [
        ("data_protection", {"value": "partial"}),
        ("plan", {"value": "fail", "root_cause": "weather"}),
        ("plan", {"value": "pass", "reason": "mood"}),
        ("plan", {"comment": "x" * 4001}),
    ],
)
def test_what_the_scorecard_does_not_have_is_refused(
    db: Session, criterion: str, wish: dict[str, str]
) -> None:
    ada = person(db)
    review = opened(db, ada)

    with pytest.raises(Invalid):
        actions.rate(db, review, criterion, principal=ada, **wish, **LIMIT)

    assert db.scalar(select(func.count()).select_from(Rating)) == 0


def test_unknown_criteria_and_turns_are_not_found(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)

    with pytest.raises(NotFound):
        actions.rate(db, review, "charm", principal=ada, **LIMIT)
    with pytest.raises(NotFound):
        actions.undo(db, review, "charm", principal=ada, **LIMIT)
    with pytest.raises(NotFound):
        actions.comment(db, review, "charm", "x", principal=ada, **LIMIT)
    with pytest.raises(NotFound):
        actions.pin(db, review, "plan", 99, principal=ada, is_praise=False, **LIMIT)
