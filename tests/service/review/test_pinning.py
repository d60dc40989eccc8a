"""Pins: kept, turned over, taken off; for coaching once the review is submitted."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.review import actions, confirmed
from service.review.tables import Pin
from tests.service.review.acts import LIMIT, acts_of, opened, person


def test_a_pin_is_kept_turned_into_praise_and_taken_off(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)

    def pin(*, is_praise: bool) -> list[tuple[int, bool]]:
        actions.pin(db, review, "plan", 3, principal=ada, is_praise=is_praise, **LIMIT)
        return [(row.position, row.is_praise) for row in db.scalars(select(Pin))]

    assert pin(is_praise=False) == [(3, False)]
    assert pin(is_praise=True) == [(3, True)]
    assert pin(is_praise=True) == []
    assert acts_of(db)[-3:] == ["pin.added", "pin.added", "pin.removed"]


def test_pins_reach_coaching_once_the_review_is_submitted(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)
    assert review.agent_id is not None
    actions.pin(db, review, "plan", 3, principal=ada, is_praise=True, **LIMIT)
    actions.rate(db, review, "plan", principal=ada, **LIMIT)
    assert confirmed.pinned(db, [review.agent_id]) == []

    actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)

    [(pin, turn, conversation)] = confirmed.pinned(db, [review.agent_id])
    assert (pin.is_praise, turn.position, conversation.id) == (True, 3, review.conversation_id)
