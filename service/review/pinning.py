"""Pin: turns that a reviewer keeps for coaching."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from service.conversations.tables import Turn
from service.errors import NotFound
from service.identity.rules import Principal
from service.review.deciding import check_draft, note_act
from service.review.tables import Pin, Review


def pin(
    db: Session,
    review: Review,
    criterion: str,
    position: int,
    *,
    principal: Principal,
    is_praise: bool,
    lock_minutes: int,
) -> bool:
    """Keep a turn for coaching, as a weak or a good example; the same again takes it off.

    Returns:
        Whether the turn is pinned now.

    Raises:
        NotFound: no such turn or criterion.
    """
    check_draft(review, principal)
    if criterion not in load_scorecard(review.scorecard):
        raise NotFound
    if db.get(Turn, (review.revision_id, position)) is None:
        raise NotFound
    is_pinned = _turn_over(
        db, review, criterion, position, principal=principal, is_praise=is_praise
    )
    note_act(
        db,
        review,
        "pin.added" if is_pinned else "pin.removed",
        principal=principal,
        lock_minutes=lock_minutes,
        criterion=criterion,
        position=position,
        is_praise=is_praise,
    )
    return is_pinned


def _turn_over(
    db: Session,
    review: Review,
    criterion: str,
    position: int,
    *,
    principal: Principal,
    is_praise: bool,
) -> bool:
    """Add, change or delete the row; whether there is one now."""
    found = db.scalar(
        select(Pin).where(
            Pin.review_id == review.id, Pin.criterion == criterion, Pin.position == position
        )
    )
    is_pinned = found is None or found.is_praise != is_praise
    if found is None:
        db.add(
            Pin(
                review_id=review.id,
                agent_id=review.agent_id,
                criterion=criterion,
                position=position,
                is_praise=is_praise,
                by=principal.id,
            )
        )
    elif is_pinned:
        found.is_praise, found.by = is_praise, principal.id
    else:
        db.delete(found)
    db.flush()
    return is_pinned
