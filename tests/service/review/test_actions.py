"""Open, skip, submit, on both databases: what is kept, what is refused, what counts."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from prompts.scoring import quality_score
from service.database import now
from service.errors import Invalid, NotFound
from service.identity.queries import principal_of
from service.review import actions, confirmed, queries
from service.review.refusals import (
    AlreadySubmitted,
    Locked,
    NothingDecided,
    OwnConversation,
    StillOpen,
)
from service.review.tables import QueueItem, Review, Skip
from service.scoring.tables import LatestRun, ScoringRun
from tests.factories import make_agent, make_user
from tests.service.review.acts import LIMIT, acts_of, opened, person, waiting


def test_scored_conversations_wait_with_reasons_effort_and_open_criteria(db: Session) -> None:
    run = waiting(db, values={"data_protection": "fail", "plan": "partial"})

    item = db.get_one(QueueItem, run.conversation_id)
    assert (item.state, item.open_criteria, item.minutes) == ("waiting", 1, 1.0)
    assert item.why == [{"code": "critical", "criterion": "data_protection", "confidence": 0.9}]
    assert item.priority > 10
    assert acts_of(db)[-1] == "queue.filled"


def test_enqueueing_again_changes_nothing_and_new_heads_move_the_item(db: Session) -> None:
    run = waiting(db)
    conversation = db.get_one(LatestRun, run.conversation_id)
    before = db.get_one(QueueItem, run.conversation_id).priority

    assert actions.enqueue(db, [run.conversation_id], unsure_below=0.8) == 1

    assert db.get_one(QueueItem, run.conversation_id).priority == before
    assert db.scalar(select(func.count()).select_from(QueueItem)) == 1
    db.execute(
        update(ScoringRun).where(ScoringRun.id == conversation.run_id).values(not_scored="language")
    )
    assert actions.enqueue(db, [run.conversation_id], unsure_below=0.8) == 0
    assert db.get_one(QueueItem, run.conversation_id).state == "done"


def test_opening_locks_and_makes_one_draft(db: Session) -> None:
    ada = person(db)
    run = waiting(db)

    review = actions.open_review(db, run.conversation_id, principal=ada, **LIMIT)
    again = actions.open_review(db, run.conversation_id, principal=ada, **LIMIT)

    assert review.id == again.id
    assert (review.state, review.version, review.reviewer_id) == ("draft", 1, ada.id)
    assert db.get_one(QueueItem, run.conversation_id).locked_by == ada.id
    assert acts_of(db)[-1] == "review.opened"


def test_a_locked_conversation_is_refused_until_the_lock_expires(db: Session) -> None:
    ada, jan = person(db), person(db, name="Jan Reyes")
    review = opened(db, ada)
    actions.rate(db, review, "plan", principal=ada, **LIMIT)

    with pytest.raises(Locked) as refused:
        actions.open_review(db, review.conversation_id, principal=jan, **LIMIT)

    assert refused.value.values == {"name": "Ada Marlow", "minutes": 15}
    db.execute(update(QueueItem).values(locked_until=now() - timedelta(seconds=1)))
    db.expire_all()
    taken = actions.open_review(db, review.conversation_id, principal=jan, **LIMIT)
    assert (taken.id, taken.reviewer_id) == (review.id, jan.id)
    decisions = queries.decisions_of(db, review.id)
    assert set(decisions) == {ada.id}, "what the first decided stays their own draft"


def test_skipping_needs_a_known_reason_and_frees_the_lock(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)

    with pytest.raises(Invalid):
        actions.skip(db, review.conversation_id, principal=ada, reason="boring")
    actions.skip(db, review.conversation_id, principal=ada, reason="needs_a_lead")
    actions.skip(db, review.conversation_id, principal=ada, reason="know_the_customer")

    assert db.get_one(QueueItem, review.conversation_id).locked_by is None
    assert db.get_one(Skip, (review.conversation_id, ada.id)).reason == "know_the_customer"
    assert acts_of(db)[-1] == "queue.skipped"


def test_submitting_needs_every_open_criterion_and_at_least_one(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada, {"plan": "fail", "closing": "fail"})
    actions.rate(db, review, "plan", principal=ada, **LIMIT)

    with pytest.raises(StillOpen) as refused:
        actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)
    assert refused.value.numbers == [10]

    sure = opened(db, ada, {"plan": "pass"})
    with pytest.raises(NothingDecided):
        actions.submit(db, sure.id, principal=ada, version=1, unsure_below=0.8)
    assert review.state == "draft"


def test_a_submitted_review_counts_only_what_was_decided(db: Session) -> None:
    ada = person(db)
    agent = make_agent(db, name="Cleo Hart")
    run = waiting(db, agent=agent)
    review = actions.open_review(db, run.conversation_id, principal=ada, **LIMIT)
    actions.rate(db, review, "plan", principal=ada, **LIMIT)
    actions.rate(db, review, "greeting", principal=ada, value="partial", **LIMIT)
    actions.rate(db, review, "closing", principal=ada, **LIMIT)
    actions.undo(db, review, "closing", principal=ada, **LIMIT)
    assert confirmed.confirmed_ratings(db, [agent.id]) == []

    actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)
    actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)  # sent twice

    found = confirmed.confirmed_ratings(db, [agent.id], since=now() - timedelta(days=1))
    assert [(r.criterion, r.value, r.decision) for r in found] == [
        ("greeting", "partial", "corrected"),
        ("plan", "fail", "confirmed"),
    ]
    assert confirmed.confirmed_ratings(db, [agent.id], since=now() + timedelta(days=1)) == []
    assert [r.id for r in confirmed.submitted_reviews(db, [agent.id])] == [review.id]
    assert (review.state, review.version, review.quality_score) == ("submitted", 2, None)
    item = db.get_one(QueueItem, run.conversation_id)
    db.refresh(item)
    assert (item.state, item.locked_by) == ("done", None)
    assert acts_of(db).count("review.submitted") == 1
    with pytest.raises(AlreadySubmitted):
        actions.rate(db, review, "plan", principal=ada, value="pass", **LIMIT)
    assert actions.enqueue(db, [run.conversation_id], unsure_below=0.8) == 0


def test_the_score_is_the_decided_criterias(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)
    for key in (
        "plan",
        "solution",
        "discovery",
        "courtesy",
        "data_protection",
        "empathy",
        "clarity",
    ):
        actions.rate(db, review, key, principal=ada, **LIMIT)

    actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)

    keys = ("plan", "solution", "discovery", "courtesy", "data_protection", "empathy", "clarity")
    values = {key: "fail" if key == "plan" else "pass" for key in keys}
    assert review.quality_score == quality_score(load_scorecard("standard-12/1"), values)
    assert review.quality_score == pytest.approx(87, abs=5)


def test_nobody_reviews_their_own_conversation(db: Session) -> None:
    own = make_user(db, role="lead", name="Lena Lead")
    lead = principal_of(db, own)
    run = waiting(db, agent=own)
    review = Review(
        conversation_id=run.conversation_id,
        revision_id=run.revision_id,
        run_id=run.id,
        agent_id=own.id,
        scorecard=run.scorecard,
        reviewer_id=person(db).id,
    )
    db.add(review)
    db.flush()

    for act in (
        lambda: actions.open_review(db, run.conversation_id, principal=lead, **LIMIT),
        lambda: actions.skip(db, run.conversation_id, principal=lead, reason="needs_a_lead"),
        lambda: actions.rate(db, review, "plan", principal=lead, **LIMIT),
        lambda: actions.undo(db, review, "plan", principal=lead, **LIMIT),
        lambda: actions.comment(db, review, "plan", "x", principal=lead, **LIMIT),
        lambda: actions.pin(db, review, "plan", 1, principal=lead, is_praise=True, **LIMIT),
    ):
        with pytest.raises(OwnConversation):
            act()
    with pytest.raises(NotFound):
        queries.find_review(db, review.id, principal=lead)


def test_another_teams_conversation_does_not_exist(db: Session) -> None:
    stranger = person(db, teams=["Loans"])
    review = opened(db, person(db))

    with pytest.raises(NotFound):
        actions.open_review(db, review.conversation_id, principal=stranger, **LIMIT)
    with pytest.raises(NotFound):
        queries.get_review(db, review.id, principal=stranger)
    with pytest.raises(NotFound):
        actions.submit(db, review.id, principal=stranger, version=1, unsure_below=0.8)
