"""The points of an agenda, stored and found."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.coaching import rules
from service.coaching.tables import AgendaEvidence, AgendaItem, CoachingSession


def add_point(
    db: Session, session: CoachingSession, point: rules.Point, *, position: int, by: UUID
) -> AgendaItem:
    """Store a point with the turns it rests on."""
    item = AgendaItem(
        session_id=session.id,
        position=position,
        kind=point.kind,
        key=point.key,
        body=point.body,
        action_id=point.action_id,
        by=by,
    )
    db.add(item)
    db.flush()
    for quote in point.quotes:
        add_quote(db, item, quote)
    return item


def add_quote(db: Session, item: AgendaItem, quote: rules.Quote) -> None:
    """Let a point rest on a turn, once."""
    place = (item.id, quote.review_id, quote.position)
    if db.get(AgendaEvidence, place) is None:
        db.add(
            AgendaEvidence(
                item_id=item.id,
                review_id=quote.review_id,
                position=quote.position,
                rating_id=quote.rating_id,
            )
        )
        db.flush()


def points_of(db: Session, session: CoachingSession) -> list[AgendaItem]:
    """Return a session's points in order."""
    statement = select(AgendaItem).where(AgendaItem.session_id == session.id)
    return list(db.scalars(statement.order_by(AgendaItem.position, AgendaItem.id)))
