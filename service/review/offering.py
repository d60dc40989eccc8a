"""A confirmed solution becomes a case that others find when they meet the problem again."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from service.cases.actions import add_case_from_review
from service.cases.outcomes import outcome_of
from service.conversations.queries import turns_of
from service.conversations.tables import Conversation
from service.review.queries import proposals_of
from service.review.rules import Decision
from service.review.tables import Review
from service.scoring.tables import LatestRun, ScoringRun

RESOLVED = "yes"
LATELY = timedelta(days=30)  # within which a customer's earlier conversation makes a follow-up


def offer_case(db: Session, review: Review, decisions: Mapping[str, Decision]) -> bool:
    """Keep a reviewed conversation as a case, if a person confirmed that its solution passed.

    It has to be resolved and to have an agent; whoever confirms is never that agent.

    Returns:
        Whether it is a case now.
    """
    key = load_scorecard(review.scorecard).solution_criterion
    made = decisions.get(key) if key else None
    if made is None or not made.is_made or made.value != "pass":
        return False
    run = db.get_one(ScoringRun, review.run_id)
    if run.resolved != RESOLVED or review.reviewer_id == review.agent_id:
        return False
    proposal = proposals_of(db, [run.id]).get(run.id, {}).get(made.criterion)
    conversation = db.get_one(Conversation, review.conversation_id)
    case = add_case_from_review(
        db,
        conversation=conversation,
        revision_id=review.revision_id,
        approved_by=review.reviewer_id,
        topic=run.topic,
        outcome=_outcome(db, conversation, review, run.topic),
        decisive=proposal.evidence if proposal else (),
    )
    return case is not None


def _outcome(db: Session, conversation: Conversation, review: Review, topic: str) -> str:
    said = [t.text for t in turns_of(db, review.revision_id) if t.speaker == "customer"]
    was_here = _was_here_before(db, conversation, topic)
    return outcome_of(conversation.tags, said, was_here_before=was_here)


def _was_here_before(db: Session, conversation: Conversation, topic: str) -> bool:
    """Whether the same customer had a conversation about this topic lately."""
    if conversation.customer_digest is None or conversation.started_at is None:
        return False
    earlier = (
        select(Conversation.id)
        .join(LatestRun, LatestRun.conversation_id == Conversation.id)
        .join(ScoringRun, ScoringRun.id == LatestRun.run_id)
        .where(
            Conversation.customer_digest == conversation.customer_digest,
            Conversation.started_at < conversation.started_at,
            Conversation.started_at > conversation.started_at - LATELY,
            ScoringRun.topic == topic,
        )
    )
    return db.scalar(earlier.limit(1)) is not None
