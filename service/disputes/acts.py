"""What every act on a dispute does: masks what was typed, tells when it is due, writes the audit row."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from service.audit.actions import record
from service.conversations.masking import mask_text
from service.disputes import rules
from service.disputes.refusals import NoSentence
from service.disputes.tables import Dispute
from service.identity.rules import Principal


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator chose."""

    days: int  # to disagree, and to take an answer further
    answer_days: int  # working days to answer
    most_open: int  # of one agent
    zone: str  # in which working days are counted


def due(at: datetime, limits: Limits) -> datetime:
    """Return by when a dispute that waits from a moment on is to be answered."""
    return rules.due_at(at, working_days=limits.answer_days, zone=limits.zone)


def sentence(text: str) -> str:
    """Return a text as it may be stored: with personal data masked."""
    text = text.replace("\r\n", "\n").strip()
    if "\x00" in text or not 1 <= len(text) <= rules.LONGEST_TEXT:
        raise NoSentence(most=rules.LONGEST_TEXT)
    return mask_text(text)


def note(
    db: Session, act: str, dispute: Dispute, principal: Principal, **facts: str | int | None
) -> None:
    """Write into the audit log what somebody did; never what they typed."""
    db.flush()
    record(
        db,
        act,
        subject=f"dispute:{dispute.id}",
        actor=principal.id,
        review=str(dispute.review_id),
        criterion=dispute.criterion,
        **facts,
    )
