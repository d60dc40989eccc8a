"""Who may audit what, and from whom the values of others are kept until they have done it.

Every subquery says what it is correlated to: it stands in statements that have its own table too.
"""

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import aliased

from service.conversations.tables import Conversation
from service.database import now
from service.identity.rules import Principal
from service.review.queries import is_for_reviewing
from service.review.tables import Audit, Rating, Review, Skip

AUDITORS = frozenset({"reviewer", "lead", "admin"})
PENDING = ("waiting", "open")


def may_audit(principal: Principal) -> ColumnElement[bool]:
    """Limit audits, joined with their conversations, to those that wait for a person.

    Not their own conversations, none whose values they have seen, none that they skipped, and
    none that somebody else has open.
    """
    is_free = or_(
        Audit.reviewer_id.is_(None),
        Audit.reviewer_id == principal.id,
        Audit.locked_until <= now(),
    )
    return and_(could_audit(principal), is_free)


def could_audit(principal: Principal) -> ColumnElement[bool]:
    """Limit audits as `may_audit` does, whoever has them open."""
    if principal.role not in AUDITORS:
        return false()
    skipped = (
        select(Skip.user_id)
        .where(Skip.conversation_id == Audit.conversation_id, Skip.user_id == principal.id)
        .correlate(Audit)
    )
    return and_(
        Audit.state.in_(PENDING),
        is_for_reviewing(principal),
        ~_has_judged(principal),
        ~skipped.exists(),
    )


def _has_judged(principal: Principal) -> ColumnElement[bool]:
    """Whether a person opened the review of an audit's conversation, or rated or audited it."""
    rated = (
        select(Rating.id)
        .where(Rating.review_id == Review.id, Rating.by == principal.id)
        .correlate(Review)
    )
    reviewed = (
        select(Review.id)
        .where(
            Review.conversation_id == Audit.conversation_id,
            or_(Review.reviewer_id == principal.id, rated.exists()),
        )
        .correlate(Audit)
    )
    other = aliased(Audit)
    audited = (
        select(other.id)
        .where(
            other.conversation_id == Audit.conversation_id,
            other.reviewer_id == principal.id,
            other.state == "submitted",
        )
        .correlate(Audit)
    )
    return or_(reviewed.exists(), audited.exists())


def is_blind_for(principal: Principal) -> ColumnElement[bool]:
    """Limit conversations to those whose audit waits for a person: they see no values of it."""
    waits = select(Audit.id).where(Audit.conversation_id == Conversation.id, may_audit(principal))
    return waits.correlate(Conversation).exists()


def is_audited_by(principal: Principal) -> ColumnElement[bool]:
    """Limit conversations to those whose audit a person has begun and not submitted."""
    begun = select(Audit.id).where(
        Audit.conversation_id == Conversation.id,
        Audit.state == "open",
        Audit.reviewer_id == principal.id,
    )
    return begun.correlate(Conversation).exists()
