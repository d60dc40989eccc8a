"""People, and reviews they have open: what the tests of the acts stand on."""

from collections.abc import Mapping
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audit.tables import AuditRow
from service.identity.queries import principal_of
from service.identity.rules import Principal
from service.identity.tables import User
from service.review import actions
from service.review.tables import Review
from service.scoring.tables import ScoringRun
from tests.factories import make_agent, make_conversation, make_run, make_user


class Limit(TypedDict):
    lock_minutes: int


LIMIT: Limit = {"lock_minutes": 15}


def person(db: Session, **who: object) -> Principal:
    return principal_of(db, make_user(db, **who))  # type: ignore[arg-type]


def waiting(
    db: Session, *, agent: User | None = None, values: Mapping[str, str] | None = None
) -> ScoringRun:
    conversation = make_conversation(db, agent=agent or make_agent(db))
    run = make_run(db, conversation, values=values or {"plan": "fail"})
    actions.enqueue(db, [conversation.id], unsure_below=0.8)
    return run


def opened(db: Session, ada: Principal, values: Mapping[str, str] | None = None) -> Review:
    run = waiting(db, values=values)
    return actions.open_review(db, run.conversation_id, principal=ada, **LIMIT)


def acts_of(db: Session) -> list[str]:
    return list(db.scalars(select(AuditRow.action).order_by(AuditRow.sequence)))
