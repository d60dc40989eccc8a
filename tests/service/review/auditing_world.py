"""A conversation that is to be audited blind, with machine values that would be seen if shown."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.conversations.tables import Conversation
from service.database import Database, now
from service.identity.tables import User
from service.review import actions
from service.review.tables import Audit, AuditRating, Rating, Review
from service.scoring.tables import ScoringRun
from tests.factories import (
    CRITERIA,
    make_agent,
    make_audit,
    make_case,
    make_conversation,
    make_run,
    make_user,
)

MODEL = "abcdef0123456789" * 4  # what a page would show of it is the beginning
PASSES = {f"value-{key}": "pass" for key in CRITERIA}


class AuditWorld:
    """Two reviewers, a lead and an agent; Jan has reviewed what Ada may audit."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.writing() as db:
            self.ada = make_user(db)
            self.jan = make_user(db, name="Jan Reyes")
            self.lead = make_user(db, role="lead", name="Lea Quist")
            self.agent = make_agent(db, name="Ben Okafor")
            conversation = make_conversation(db, agent=self.agent)
            self.conversation_id = conversation.id
            values = {"plan": "fail", "data_protection": "fail"}
            confidence = {"plan": 0.4321, "data_protection": 0.8765}
            run = make_run(db, conversation, values=values, confidence=confidence, model=MODEL)
            actions.enqueue(db, [conversation.id], unsure_below=0.8)
            self.review_id = self._review(db, run)
            self.audit_id = make_audit(db, run).id
            self.case_id = make_case(db, conversation=conversation).id
            self.run_id = run.id

    def _review(self, db: Session, run: ScoringRun) -> uuid.UUID:
        review = Review(
            conversation_id=run.conversation_id,
            revision_id=run.revision_id,
            run_id=run.id,
            agent_id=self.agent.id,
            scorecard=run.scorecard,
            reviewer_id=self.jan.id,
            state="submitted",
            submitted_at=now(),
        )
        db.add(review)
        db.flush()
        for key, value in (("plan", "fail"), ("empathy", "partial")):
            db.add(
                Rating(
                    review_id=review.id,
                    criterion=key,
                    value=value,
                    decision="confirmed",
                    comment="Xylophone",
                    by=self.jan.id,
                )
            )
        db.flush()
        return review.id

    def add(self) -> uuid.UUID:
        """Let one more conversation wait for an ordinary review."""
        with self.database.writing() as db:
            conversation = make_conversation(db, agent=self.agent)
            make_run(db, conversation)
            actions.enqueue(db, [conversation.id], unsure_below=0.8)
            return conversation.id

    @property
    def path(self) -> str:
        """The audit's page."""
        return f"/audits/{self.audit_id}"

    def audit(self) -> Audit:
        """Return the audit as it is stored."""
        with self.database.reading() as db:
            return db.get_one(Audit, self.audit_id)

    def ratings(self) -> list[tuple[str, str, str | None]]:
        """Return what audits say, in the order in which it was said."""
        with self.database.reading() as db:
            rows = db.scalars(select(AuditRating).order_by(AuditRating.id))
            return [(row.criterion, row.value, row.reason) for row in rows]

    def make_own(self, person: User) -> None:
        """Let the person be who served the customer."""
        with self.database.writing() as db:
            db.get_one(Conversation, self.conversation_id).agent_id = person.id
