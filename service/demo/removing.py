"""Take the demo out again: its conversations, cases, people, and what was decided about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy import Select, delete, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import lexical
from service.audit.actions import record
from service.cases.tables import Case, CaseVector
from service.coaching.tables import ActionItem, AgendaEvidence, AgendaItem, CoachingSession
from service.conversations.tables import Conversation, Import, RefusedRecord, Revision, Turn
from service.database import Database
from service.demo.cast import SOURCE, agents, people
from service.demo.loading import SIGN_IN_FILE
from service.disputes.tables import Dispute, DisputeAnswer
from service.identity.access import end_all_visits
from service.identity.tables import AgentName, Membership, ResetLink, Team, User
from service.job_tables import Job
from service.review.tables import (
    Audit,
    AuditRating,
    Correction,
    Pin,
    QueueItem,
    Rating,
    Review,
    Skip,
    WithheldRating,
)
from service.scoring.tables import AutoScore, LatestRun, ScoringRun, TurnSentiment, TurnVector
from service.suggestions.tables import Suggestion

APPEND_ONLY = ("ratings", "corrections", "dispute_answers", "audit_ratings")


def remove(database: Database, folder: Path) -> int:
    """Remove the demo in one transaction; return how many conversations went.

    People of the demo who worked on other conversations cannot be removed without their work: they
    are deactivated. The audit log stays whole.
    """
    with database.writing() as db, _changeable(db):
        demo = select(Conversation.id).where(Conversation.source == SOURCE)
        ids = list(db.scalars(demo))
        cases = list(
            db.scalars(
                select(Case.id).where(or_(Case.source == SOURCE, Case.conversation_id.in_(demo)))
            )
        )
        persons = _persons()
        _coaching(db, persons)
        _reviews(db, demo)
        for owner in ids:
            lexical.remove(db, "conversation", owner)
        for owner in cases:
            lexical.remove(db, "case", owner)
        found = select(Case.id).where(or_(Case.source == SOURCE, Case.conversation_id.in_(demo)))
        db.execute(delete(Suggestion).where(Suggestion.case_id.in_(found)))
        db.execute(delete(CaseVector).where(CaseVector.case_id.in_(found)))
        db.execute(delete(Case).where(Case.id.in_(cases)))
        _conversations(db, demo)
        _people(db, persons)
        record(db, "demo.removed", subject="source:demo", actor=None, conversations=len(ids))
    (folder / SIGN_IN_FILE).unlink(missing_ok=True)
    return len(ids)


@contextmanager
def _changeable(db: Session) -> Iterator[None]:
    """Let what is append-only be deleted within this transaction: made-up ratings are no history."""
    if db.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            db.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield
        db.flush()
        for table in APPEND_ONLY:
            db.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        return
    kept = [
        (row.name, row.sql)
        for row in db.execute(
            text("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        )
        if row.tbl_name in APPEND_ONLY
    ]
    for name, _ in kept:
        db.execute(text(f"DROP TRIGGER {name}"))
    yield
    db.flush()
    for _, statement in kept:
        db.execute(text(statement))


def _persons() -> Select[UUID]:
    names = [agent.name for agent in agents()]
    addresses = [person.email for person in people()]
    linked = select(AgentName.user_id).where(AgentName.name.in_(names))
    return select(User.id).where(
        or_(User.email.in_(addresses), (User.id.in_(linked) & User.email.is_(None)))
    )


def _coaching(db: Session, persons: Select[UUID]) -> None:
    sessions = select(CoachingSession.id).where(
        or_(CoachingSession.agent_id.in_(persons), CoachingSession.mentor_id.in_(persons))
    )
    items = select(AgendaItem.id).where(AgendaItem.session_id.in_(sessions))
    db.execute(delete(AgendaEvidence).where(AgendaEvidence.item_id.in_(items)))
    db.execute(delete(AgendaItem).where(AgendaItem.session_id.in_(sessions)))
    db.execute(delete(ActionItem).where(ActionItem.session_id.in_(sessions)))
    db.execute(delete(CoachingSession).where(CoachingSession.id.in_(sessions)))


def _reviews(db: Session, demo: Select[UUID]) -> None:
    reviews = select(Review.id).where(Review.conversation_id.in_(demo))
    ratings = select(Rating.id).where(Rating.review_id.in_(reviews))
    db.execute(delete(AgendaEvidence).where(AgendaEvidence.review_id.in_(reviews)))
    disputes = select(Dispute.id).where(Dispute.review_id.in_(reviews))
    db.execute(delete(DisputeAnswer).where(DisputeAnswer.dispute_id.in_(disputes)))
    db.execute(delete(Dispute).where(Dispute.review_id.in_(reviews)))
    db.execute(delete(WithheldRating).where(WithheldRating.review_id.in_(reviews)))
    db.execute(delete(Correction).where(Correction.rating_id.in_(ratings)))
    db.execute(delete(Rating).where(Rating.review_id.in_(reviews)))
    db.execute(delete(Pin).where(Pin.review_id.in_(reviews)))
    audits = select(Audit.id).where(Audit.conversation_id.in_(demo))
    db.execute(delete(AuditRating).where(AuditRating.audit_id.in_(audits)))
    db.execute(delete(Audit).where(Audit.conversation_id.in_(demo)))
    db.execute(delete(Review).where(Review.conversation_id.in_(demo)))
    db.execute(delete(QueueItem).where(QueueItem.conversation_id.in_(demo)))
    db.execute(delete(Skip).where(Skip.conversation_id.in_(demo)))


def _conversations(db: Session, demo: Select[UUID]) -> None:
    runs = select(ScoringRun.id).where(ScoringRun.conversation_id.in_(demo))
    revisions = select(Revision.id).where(Revision.conversation_id.in_(demo))
    imports = select(Import.id).where(Import.source == SOURCE)
    db.execute(delete(Suggestion).where(Suggestion.conversation_id.in_(demo)))
    db.execute(delete(LatestRun).where(LatestRun.conversation_id.in_(demo)))
    db.execute(delete(AutoScore).where(AutoScore.run_id.in_(runs)))
    db.execute(delete(TurnSentiment).where(TurnSentiment.run_id.in_(runs)))
    db.execute(delete(ScoringRun).where(ScoringRun.conversation_id.in_(demo)))
    db.execute(delete(TurnVector).where(TurnVector.revision_id.in_(revisions)))
    db.execute(delete(Turn).where(Turn.revision_id.in_(revisions)))
    db.execute(delete(Revision).where(Revision.conversation_id.in_(demo)))
    db.execute(delete(Conversation).where(Conversation.source == SOURCE))
    db.execute(delete(RefusedRecord).where(RefusedRecord.import_id.in_(imports)))
    db.execute(delete(Import).where(Import.source == SOURCE))


def _people(db: Session, persons: Select[UUID]) -> None:
    db.execute(update(Job).where(Job.by.in_(persons)).values(by=None))
    for user in list(db.scalars(select(User).where(User.id.in_(persons)))):
        end_all_visits(db, user.id)
        try:
            with db.begin_nested():
                db.execute(delete(AgentName).where(AgentName.user_id == user.id))
                db.execute(delete(Membership).where(Membership.user_id == user.id))
                db.execute(delete(ResetLink).where(ResetLink.user_id == user.id))
                db.delete(user)
                db.flush()
        except IntegrityError:
            user.is_active, user.password_hash = False, None
            db.flush()
    teams = {team for person in people() for team in person.teams}
    still = select(Membership.team_id)
    db.execute(delete(Team).where(Team.name.in_(teams), Team.id.not_in(still)))
