"""A confirmed solution becomes a case that others find when they meet the problem again."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from service.cases.actions import add_case_from_review
from service.conversations.tables import Conversation
from service.review.queries import proposals_of
from service.review.rules import Decision
from service.review.tables import Review
from service.scoring.tables import ScoringRun

RESOLVED = "yes"
OUTCOME = "first_contact"  # a follow-up or an escalation is another conversation: not known here


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
    case = add_case_from_review(
        db,
        conversation=db.get_one(Conversation, review.conversation_id),
        revision_id=review.revision_id,
        approved_by=review.reviewer_id,
        topic=run.topic,
        outcome=OUTCOME,
        decisive=proposal.evidence if proposal else (),
    )
    return case is not None
