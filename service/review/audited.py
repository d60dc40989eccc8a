"""What submitted blind audits say: what agreement and every estimate are computed from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.conversations.tables import Conversation
from service.errors import NotFound
from service.review.audit_queries import ratings_of
from service.review.tables import Audit, AuditRating


@dataclass(frozen=True, slots=True)
class AuditedValue:
    """What one submitted audit says about one criterion, with what every estimate needs."""

    audit_id: UUID
    conversation_id: UUID
    run_id: UUID  # of the machine's values that stood when it was drawn
    agent_id: UUID | None
    reviewer_id: UUID
    kind: str
    language: str
    channel: str
    team_id: UUID | None
    period: date
    inclusion_probability: float
    submitted_at: datetime
    criterion: str
    blind_value: str  # before anything was shown
    value: str  # after changes with a reason


def audited_values(
    db: Session, *, since: datetime | None = None, kinds: Sequence[str] = ("random",)
) -> list[AuditedValue]:
    """Return what submitted audits say, oldest first.

    For how good the machine is take `blind_value` and kind "random", weighted by
    1 / inclusion_probability; "second" was drawn of reviewed conversations alone.

    Args:
        since: only audits submitted at or after this moment.
    """
    statement = (
        select(Audit, Conversation.agent_id)
        .join(Conversation, Conversation.id == Audit.conversation_id)
        .where(Audit.state == "submitted", Audit.kind.in_(kinds))
        .order_by(Audit.submitted_at, Audit.id)
    )
    if since is not None:
        statement = statement.where(Audit.submitted_at >= since)
    rows = db.execute(statement).all()
    ratings = ratings_of(db, [row.Audit.id for row in rows])
    return [
        _value(row.Audit, row.agent_id, criterion, given)
        for row in rows
        for criterion, given in sorted(ratings.get(row.Audit.id, {}).items())
    ]


def _value(
    audit: Audit, agent_id: UUID | None, criterion: str, given: Sequence[AuditRating]
) -> AuditedValue:
    if audit.reviewer_id is None or audit.submitted_at is None:
        raise NotFound
    return AuditedValue(
        audit_id=audit.id,
        conversation_id=audit.conversation_id,
        run_id=audit.run_id,
        agent_id=agent_id,
        reviewer_id=audit.reviewer_id,
        kind=audit.kind,
        language=audit.language,
        channel=audit.channel,
        team_id=audit.team_id,
        period=audit.period,
        inclusion_probability=audit.inclusion_probability,
        submitted_at=audit.submitted_at,
        criterion=criterion,
        blind_value=given[0].value,
        value=given[-1].value,
    )
