"""Acts on a review, on both databases: what is kept, what is refused, what counts."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from prompts.scoring import quality_score
from service.audit.tables import AuditRow
from service.cases.tables import Case
from service.database import now
from service.errors import Invalid, NotFound
from service.identity.queries import principal_of
from service.identity.rules import Principal
from service.identity.tables import User
from service.review import actions, queries
from service.review.refusals import (
    AlreadySubmitted,
    Locked,
    NothingDecided,
    OwnConversation,
    StaleReview,
    StillOpen,
)
from service.review.tables import Correction, Pin, QueueItem, Rating, Review, Skip
from service.scoring.tables import LatestRun, ScoringRun
from tests.factories import make_agent, make_conversation, make_run, make_user

LIMIT = {"lock_minutes": 15}


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


def test_confirming_and_correcting_are_one_row_each_with_a_prefilled_reason(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)

    confirmed = actions.rate(db, review, "plan", principal=ada, **LIMIT)
    corrected = actions.rate(db, review, "greeting", principal=ada, value="fail", **LIMIT)

    assert (confirmed.value, confirmed.decision, confirmed.reason) == ("fail", "confirmed", None)
    assert confirmed.root_cause == "agent_skill"
    assert (corrected.decision, corrected.reason) == ("corrected", "evidence_does_not_show_it")
    correction = db.scalars(select(Correction)).one()
    assert (correction.from_value, correction.to_value, correction.by) == ("pass", "fail", ada.id)
    assert acts_of(db)[-2:] == ["rating.confirmed", "rating.corrected"]


def test_a_human_row_is_never_changed(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)
    for value, cause in (("fail", None), ("fail", "tool"), ("partial", None), ("pass", None)):
        actions.rate(db, review, "plan", principal=ada, value=value, root_cause=cause, **LIMIT)
    actions.undo(db, review, "plan", principal=ada, **LIMIT)
    actions.undo(db, review, "plan", principal=ada, **LIMIT)

    rows = db.execute(select(Rating.value, Rating.decision, Rating.root_cause).order_by(Rating.id))

    assert [tuple(row) for row in rows] == [
        ("fail", "confirmed", "agent_skill"),
        ("fail", "confirmed", "tool"),
        ("partial", "corrected", None),
        ("pass", "corrected", None),
        ("pass", "undone", None),
    ]


def test_the_same_decision_twice_is_one_row(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)

    actions.rate(db, review, "plan", principal=ada, **LIMIT)
    actions.rate(db, review, "plan", principal=ada, value="fail", **LIMIT)

    assert db.scalar(select(func.count()).select_from(Rating)) == 1


def test_a_comment_lives_through_decisions_and_undo(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)

    actions.comment(db, review, "plan", "  No date.  ", principal=ada, **LIMIT)
    undecided = queries.decisions_of(db, review.id)[ada.id]["plan"]
    actions.rate(db, review, "plan", principal=ada, value="partial", **LIMIT)
    actions.comment(db, review, "plan", "A date, no owner.", principal=ada, **LIMIT)
    actions.undo(db, review, "plan", principal=ada, **LIMIT)

    assert (undecided.is_made, undecided.comment) == (False, "No date.")
    last = queries.decisions_of(db, review.id)[ada.id]["plan"]
    assert (last.is_made, last.comment) == (False, "A date, no owner.")
    assert [c.reason for c in db.scalars(select(Correction))] == ["wrong_level"] * 2


@pytest.mark.parametrize(
    ("criterion", "wish"),
    [
        ("data_protection", {"value": "partial"}),
        ("plan", {"value": "fail", "root_cause": "weather"}),
        ("plan", {"value": "pass", "reason": "mood"}),
        ("plan", {"comment": "x" * 4001}),
    ],
)
def test_what_the_scorecard_does_not_have_is_refused(
    db: Session, criterion: str, wish: dict[str, str]
) -> None:
    ada = person(db)
    review = opened(db, ada)

    with pytest.raises(Invalid):
        actions.rate(db, review, criterion, principal=ada, **wish, **LIMIT)  # type: ignore[arg-type]

    assert db.scalar(select(func.count()).select_from(Rating)) == 0


def test_unknown_criteria_and_turns_are_not_found(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)

    with pytest.raises(NotFound):
        actions.rate(db, review, "charm", principal=ada, **LIMIT)
    with pytest.raises(NotFound):
        actions.undo(db, review, "charm", principal=ada, **LIMIT)
    with pytest.raises(NotFound):
        actions.comment(db, review, "charm", "x", principal=ada, **LIMIT)
    with pytest.raises(NotFound):
        actions.pin(db, review, "plan", 99, principal=ada, is_praise=False, **LIMIT)


def test_a_pin_is_kept_turned_into_praise_and_taken_off(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)

    def pin(*, is_praise: bool) -> list[tuple[int, bool]]:
        actions.pin(db, review, "plan", 3, principal=ada, is_praise=is_praise, **LIMIT)
        return [(row.position, row.is_praise) for row in db.scalars(select(Pin))]

    assert pin(is_praise=False) == [(3, False)]
    assert pin(is_praise=True) == [(3, True)]
    assert pin(is_praise=True) == []
    assert acts_of(db)[-3:] == ["pin.added", "pin.added", "pin.removed"]


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
    assert queries.confirmed_ratings(db, [agent.id]) == []

    actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)
    actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)  # sent twice

    found = queries.confirmed_ratings(db, [agent.id], since=now() - timedelta(days=1))
    assert [(r.criterion, r.value, r.decision) for r in found] == [
        ("greeting", "partial", "corrected"),
        ("plan", "fail", "confirmed"),
    ]
    assert queries.confirmed_ratings(db, [agent.id], since=now() + timedelta(days=1)) == []
    assert [r.id for r in queries.submitted_reviews(db, [agent.id])] == [review.id]
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


def two_at_once(db: Session) -> tuple[Principal, Principal, Review]:
    ada, jan = person(db), person(db, name="Jan Reyes")
    review = opened(db, ada)
    actions.rate(db, review, "plan", principal=ada, comment="No date at all.", **LIMIT)
    db.execute(update(QueueItem).values(locked_until=now() - timedelta(minutes=1)))
    db.expire_all()
    actions.open_review(db, review.conversation_id, principal=jan, **LIMIT)
    actions.rate(db, review, "plan", principal=jan, value="partial", **LIMIT)
    actions.rate(db, review, "greeting", principal=jan, **LIMIT)
    actions.submit(db, review.id, principal=jan, version=1, unsure_below=0.8)
    return ada, jan, review


def test_the_second_of_two_reviewers_is_told_and_loses_nothing(db: Session) -> None:
    ada, jan, review = two_at_once(db)

    with pytest.raises(StaleReview) as refused:
        actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)

    assert refused.value.values == {"name": "Jan Reyes", "seen": 1, "current": 2}
    assert queries.decisions_of(db, review.id)[ada.id]["plan"].comment == "No date at all."
    assert review.reviewer_id == jan.id


def test_a_merge_is_in_force_and_both_stay_in_the_record(db: Session) -> None:
    ada, jan, review = two_at_once(db)
    rows_before = db.scalar(select(func.count()).select_from(Rating))

    with pytest.raises(Invalid):
        actions.merge(db, review.id, principal=ada, version=2, choices={})
    actions.merge(db, review.id, principal=ada, version=2, choices={"plan": "mine"})

    assert (review.reviewer_id, review.version, review.state) == (ada.id, 3, "submitted")
    assert review.agent_id is not None
    found = queries.confirmed_ratings(db, [review.agent_id])
    assert [(r.criterion, r.value) for r in found] == [("greeting", "pass"), ("plan", "fail")]
    assert queries.decisions_of(db, review.id)[jan.id]["plan"].value == "partial"
    assert db.scalar(select(func.count()).select_from(Rating)) == (rows_before or 0) + 1
    assert acts_of(db)[-1] == "review.merged"
    with pytest.raises(StaleReview):
        actions.merge(db, review.id, principal=jan, version=2, choices={"plan": "mine"})


def test_the_others_side_of_a_merge_is_copied_with_its_correction(db: Session) -> None:
    ada, _, review = two_at_once(db)

    actions.merge(db, review.id, principal=ada, version=2, choices={"plan": "theirs"})

    made = queries.decisions_of(db, review.id)[ada.id]["plan"]
    assert (made.value, made.decision, made.reason) == ("partial", "corrected", "wrong_level")


def test_letting_the_other_review_stand_takes_the_own_draft_back(db: Session) -> None:
    ada, jan, review = two_at_once(db)

    actions.keep_theirs(db, review.id, principal=ada, version=2)

    assert (review.reviewer_id, review.version) == (jan.id, 2)
    assert not queries.decisions_of(db, review.id)[ada.id]["plan"].is_made
    assert acts_of(db)[-1] == "review.draft_dropped"


def test_a_draft_that_nobody_submitted_cannot_be_merged(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)

    with pytest.raises(Invalid):
        actions.merge(db, review.id, principal=ada, version=1, choices={})


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


def test_pins_reach_coaching_once_the_review_is_submitted(db: Session) -> None:
    ada = person(db)
    review = opened(db, ada)
    assert review.agent_id is not None
    actions.pin(db, review, "plan", 3, principal=ada, is_praise=True, **LIMIT)
    actions.rate(db, review, "plan", principal=ada, **LIMIT)
    assert queries.pinned(db, [review.agent_id]) == []

    actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)

    [(pin, turn, conversation)] = queries.pinned(db, [review.agent_id])
    assert (pin.is_praise, turn.position, conversation.id) == (True, 3, review.conversation_id)


@pytest.mark.parametrize(
    ("value", "resolved", "expected"),
    [("pass", "yes", 1), ("partial", "yes", 0), (None, "yes", 0), ("pass", "partly", 0)],
)
def test_a_confirmed_solution_of_a_resolved_conversation_becomes_a_case(
    db: Session, value: str | None, resolved: str, expected: int
) -> None:
    ada = person(db)
    review = opened(db, ada)
    db.get_one(ScoringRun, review.run_id).resolved = resolved
    actions.rate(db, review, "plan", principal=ada, **LIMIT)
    if value:
        actions.rate(db, review, "solution", principal=ada, value=value, **LIMIT)

    actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)

    cases = list(db.scalars(select(Case)))
    assert len(cases) == expected
    assert [case.approved_by for case in cases] == [ada.id] * expected
