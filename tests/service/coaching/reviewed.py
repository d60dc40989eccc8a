"""Submitted reviews with decisions and pins: what coaching is made of."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from service.conversations.queries import newest_revision
from service.conversations.tables import Conversation
from service.database import now
from service.identity.tables import User
from service.review.tables import Pin, Rating, Review
from service.scoring.tables import AutoScore, HeadVersion, ScoringRun
from tests.factories import MODEL, TURNS, make_conversation


def make_review(
    db: Session,
    *,
    agent: User,
    reviewer: User,
    values: Mapping[str, str],
    proposed: Mapping[str, str] | None = None,
    causes: Mapping[str, str] | None = None,
    pins: Iterable[tuple[str, int, bool]] = (),
    ago: timedelta = timedelta(days=7),
    state: str = "submitted",
    turns: Iterable[tuple[str, str]] = TURNS,
    external_id: str | None = None,
) -> Review:
    """Store a review; a value that was proposed is confirmed, another one corrected.

    Args:
        values: what the reviewer decided, by criterion; the other criteria are left to the machine.
        proposed: what the machine proposed; the decided values unless given.
        causes: root causes of fails and partials.
        pins: criterion, position and whether it is praise.
        ago: how long ago it was submitted.
    """
    proposed = {**values, **(proposed or {})}
    at = now() - ago
    conversation = make_conversation(
        db, agent=agent, turns=list(turns), external_id=external_id, started_at=at
    )
    run = make_proposals(db, conversation, proposed)
    review = review_of(
        run, agent, reviewer, state=state, submitted_at=at if state != "draft" else None
    )
    db.add(review)
    db.flush()
    for criterion, value in values.items():
        decide(
            db,
            review,
            criterion,
            value,
            decision="confirmed" if proposed[criterion] == value else "corrected",
            cause=(causes or {}).get(criterion, default_cause(criterion, value)),
            at=at,
        )
    for criterion, position, is_praise in pins:
        db.add(pin_of(review, criterion, position, is_praise=is_praise, at=at))
    db.flush()
    return review


def review_of(
    run: ScoringRun, agent: User, reviewer: User, *, state: str, submitted_at: datetime | None
) -> Review:
    """Return a review of what the machine proposed."""
    return Review(
        conversation_id=run.conversation_id,
        revision_id=run.revision_id,
        run_id=run.id,
        agent_id=agent.id,
        scorecard=run.scorecard,
        reviewer_id=reviewer.id,
        state=state,
        submitted_at=submitted_at,
        quality_score=70.0,
    )


def pin_of(review: Review, criterion: str, position: int, *, is_praise: bool, at: datetime) -> Pin:
    """Return a turn that the reviewer keeps for coaching."""
    return Pin(
        review_id=review.id,
        agent_id=review.agent_id,
        criterion=criterion,
        position=position,
        is_praise=is_praise,
        by=review.reviewer_id,
        at=at,
    )


def make_proposals(
    db: Session, conversation: Conversation, values: Mapping[str, str]
) -> ScoringRun:
    """Store a run with the criteria that matter to a test: many reviews cost little."""
    if db.get(HeadVersion, MODEL) is None:
        db.add(HeadVersion(sha=MODEL, version="test-heads-1", encoder_id="test"))
        db.flush()
    run = ScoringRun(
        conversation_id=conversation.id,
        revision_id=newest_revision(db, conversation).id,
        model_sha=MODEL,
        scorecard="standard-12/1",
        quality_score=80.0,
        resolved="yes",
        resolved_probabilities={"yes": 1.0},
        risk=0.05,
        topic="delivery",
        topic_probabilities={"delivery": 1.0},
    )
    db.add(run)
    db.flush()
    db.add_all(
        AutoScore(
            run_id=run.id,
            criterion=criterion,
            value=value,
            confidence=0.9,
            evidence=[] if value == "na" else [1, 3],
            is_found=True,
            p_pass=0.9 if value == "pass" else 0.0,
            p_partial=0.9 if value == "partial" else 0.0,
            p_fail=0.9 if value == "fail" else 0.0,
            p_na=0.9 if value == "na" else 0.1,
        )
        for criterion, value in values.items()
    )
    return run


def default_cause(criterion: str, value: str) -> str | None:
    """Return the cause that the review page fills in."""
    if value != "fail":
        return None
    return load_scorecard("standard-12/1")[criterion].default_root_cause


def decide(
    db: Session,
    review: Review,
    criterion: str,
    value: str,
    *,
    decision: str = "confirmed",
    cause: str | None = None,
    at: datetime | None = None,
) -> None:
    """Add one decision; the next flush stores it."""
    rating = Rating(
        review_id=review.id,
        criterion=criterion,
        value=value,
        decision=decision,
        root_cause=cause,
        by=review.reviewer_id,
        at=at or now(),
    )
    db.add(rating)
