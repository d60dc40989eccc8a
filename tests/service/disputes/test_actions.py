"""Disagree, answer, take it further: what stands, what is in numbers, what is in the record."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service.audit.tables import AuditRow
from service.coaching import material
from service.database import Database, now
from service.disputes import actions, queries
from service.disputes.refusals import (
    AlreadyAnswered,
    NoEscalation,
    NoSentence,
    NotYours,
)
from service.disputes.tables import Dispute, DisputeAnswer
from service.errors import Invalid, NotFound
from service.identity.tables import User
from service.review import standing
from service.review.confirmed import confirmed_counts, confirmed_ratings, decided_in
from service.review.queries import proposals_of, withheld_in
from service.review.tables import Correction, Rating
from tests.factories import MODEL
from tests.service.disputes.team import LIMITS, VALUES, Team, disagree, make_team, rule, who

LONG_AGO = timedelta(days=90)


def counted(db: Session, team: Team) -> dict[str, str]:
    """Return what numbers about the agent are made of, after each reader agreed."""
    since = now() - LONG_AGO
    found = {row.criterion: row.value for row in confirmed_ratings(db, [team.agent.id])}
    counts = {row.criterion for row in confirmed_counts(db, [team.agent.id], since=since)}
    agenda = {row.criterion for row in material.material_of(db, team.agent.id, since=since).ratings}
    assert set(found) == counts == agenda
    return found


def test_a_disputed_value_is_in_no_number_until_it_is_answered(db: Session) -> None:
    team = make_team(db)
    review = team.review(db)
    standing.rescore(db, review)
    before = review.quality_score
    assert counted(db, team) == VALUES

    dispute = disagree(db, team, review, evidence=(3, 1, 3))

    assert counted(db, team) == {key: value for key, value in VALUES.items() if key != "plan"}
    assert {row.criterion for row in decided_in(db, review.id)} == set(VALUES)
    assert before is not None
    assert review.quality_score is not None
    assert review.quality_score > before
    assert (dispute.state, dispute.evidence, dispute.reviewer_id) == ("open", [1, 3], team.ada.id)
    rule(db, dispute.id, team.jan, "fail")
    assert counted(db, team) == VALUES
    assert review.quality_score == before


@pytest.mark.parametrize(
    ("criterion", "claimed", "ruled", "outcome", "decision"),
    [
        ("plan", "pass", "pass", "accepted", "corrected"),
        ("plan", "pass", "partial", "partly", "corrected"),
        ("empathy", "pass", "fail", "partly", "confirmed"),  # the machine was right
    ],
)
def test_a_changed_value_is_a_new_rating_and_the_old_ones_stay(
    db: Session, criterion: str, claimed: str, ruled: str, outcome: str, decision: str
) -> None:
    team = make_team(db)
    review = team.review(db)
    machine = proposals_of(db, [review.run_id])[review.run_id][criterion].value
    dispute = disagree(db, team, review, criterion, value=claimed)

    made = rule(db, dispute.id, team.jan, ruled)

    assert (made.outcome, made.value, made.by) == (outcome, ruled, team.jan.id)
    assert counted(db, team)[criterion] == ruled
    ratings = list(
        db.scalars(select(Rating).where(Rating.criterion == criterion).order_by(Rating.id))
    )
    assert [(row.by, row.is_ruling) for row in ratings] == [
        (team.ada.id, False),
        (team.jan.id, True),
    ]
    assert (ratings[1].id, ratings[1].decision) == (made.rating_id, decision)
    assert ratings[1].comment == "Turn 4 names the day."
    corrected = db.scalars(select(Correction.to_value).where(Correction.by == team.jan.id)).all()
    assert corrected == ([ruled] if decision == "corrected" else [])
    assert proposals_of(db, [review.run_id])[review.run_id][criterion].value == machine


def test_a_rejected_dispute_adds_no_rating(db: Session) -> None:
    team = make_team(db)
    dispute = disagree(db, team, team.review(db))

    made = rule(db, dispute.id, team.jan, "fail")

    assert (made.outcome, made.rating_id) == ("rejected", None)
    assert db.query(Rating).filter_by(is_ruling=True).count() == 0


def test_an_unclear_criterion_stays_out_of_numbers_and_is_on_calibrations_list(
    db: Session,
) -> None:
    team = make_team(db)
    review = team.review(db)
    dispute = disagree(db, team, review)

    made = rule(db, dispute.id, team.jan, None)

    assert (made.outcome, made.value) == ("criterion_unclear", None)
    assert "plan" not in counted(db, team)
    assert withheld_in(db, [review.id]) == {review.id: {"plan": "criterion_unclear"}}
    listed = standing.unclear_ratings(db, principal=who(db, team.lena))
    assert [(found.id, row.criterion) for found, row in listed] == [(review.id, "plan")]
    assert standing.unclear_ratings(db, principal=who(db, team.stranger)) == []

    standing.release(db, review, "plan")

    assert counted(db, team)["plan"] == "fail"
    assert standing.unclear_ratings(db, principal=who(db, team.lena)) == []


def test_texts_are_masked_and_the_audit_log_has_none_of_them(db: Session) -> None:
    team = make_team(db)
    dispute = disagree(db, team, team.review(db), text="Ask anna@mail.example, she knows.")
    made = rule(db, dispute.id, team.jan, "fail", reason="I wrote to anna@mail.example.")

    assert dispute.text == "Ask [EMAIL], she knows."
    assert made.reason == "I wrote to [EMAIL]."
    rows = db.scalars(select(AuditRow).where(AuditRow.action.like("dispute.%"))).all()
    assert [(row.action, row.actor_id) for row in rows] == [
        ("dispute.opened", team.agent.id),
        ("dispute.answered", team.jan.id),
    ]
    assert "she knows" not in str([row.details for row in rows])


def test_somebody_else_answers(db: Session) -> None:
    team = make_team(db)
    dispute = disagree(db, team, team.review(db))
    late = now() + timedelta(days=10)

    for person, kind in ((team.ada, NotYours), (team.stranger, NotFound), (team.agent, NotFound)):
        with pytest.raises(kind):
            rule(db, dispute.id, person, "pass")
    with pytest.raises(NotYours):
        rule(db, dispute.id, team.jan, "pass", at=late)
    with pytest.raises(Invalid):
        rule(db, dispute.id, team.jan, "unheard")
    with pytest.raises(NoSentence):
        rule(db, dispute.id, team.jan, "pass", reason="")
    assert rule(db, dispute.id, team.lena, "pass", at=late).outcome == "accepted"


def test_two_answers_at_once_are_one_answer(database: Database) -> None:
    with database.writing() as db:
        team = make_team(db)
        dispute = disagree(db, team, team.review(db))
        seen = dispute.version
    with database.writing() as db:
        rule(db, dispute.id, team.jan, "pass", version=seen)

    with database.writing() as db, pytest.raises(AlreadyAnswered, match="Jan Reyes"):
        rule(db, dispute.id, team.lena, "fail", version=seen)

    with database.reading() as db:
        assert [row.by for row in db.scalars(select(DisputeAnswer))] == [team.jan.id]


def test_of_two_answers_at_the_same_moment_one_is_refused(database: Database) -> None:
    with database.writing() as db:
        team = make_team(db)
        dispute = disagree(db, team, team.review(db))
        seen = dispute.version
    both_ready = threading.Barrier(2)

    def answer(person: User, value: str) -> str:
        both_ready.wait(30)
        try:
            with database.writing() as db:
                return rule(db, dispute.id, person, value, version=seen).outcome
        except AlreadyAnswered:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(answer, team.jan, "pass"), pool.submit(answer, team.lena, "fail")]
        outcomes = sorted(one.result(60) for one in asked)

    assert outcomes in (["accepted", "refused"], ["refused", "rejected"])
    with database.reading() as db:
        assert len(list(db.scalars(select(DisputeAnswer)))) == 1


def test_an_answer_is_taken_to_another_lead_once_and_then_it_is_final(db: Session) -> None:
    team = make_team(db)
    review = team.review(db)
    me = who(db, team.agent)

    def further(at: timedelta = timedelta()) -> Dispute:
        return actions.escalate(
            db, dispute.id, "Look again.", principal=me, limits=LIMITS, at=now() + at
        )

    dispute = disagree(db, team, review)
    with pytest.raises(NoEscalation):
        further()
    rule(db, dispute.id, team.lena, "partial")
    with pytest.raises(NoEscalation):
        further(timedelta(days=8))
    further()
    assert "plan" not in counted(db, team)
    for person in (team.jan, team.lena, team.ada):
        with pytest.raises(NotYours):
            rule(db, dispute.id, person, "pass")
    final = rule(db, dispute.id, team.lech, "pass")

    assert (final.round, final.outcome, dispute.state) == (2, "accepted", "closed")
    assert counted(db, team)["plan"] == "pass"
    with pytest.raises(NoEscalation):
        further()
    with pytest.raises(AlreadyAnswered):
        rule(db, dispute.id, team.lech, "fail")


def test_answers_are_never_changed_whoever_asks_the_database(database: Database) -> None:
    with database.writing() as db:
        team = make_team(db)
        rule(db, disagree(db, team, team.review(db)).id, team.jan, "pass")

    for statement in (
        "UPDATE dispute_answers SET outcome = 'rejected'",
        "DELETE FROM dispute_answers",
    ):
        with pytest.raises(DBAPIError, match="append-only"), database.writing() as db:
            db.execute(text(statement))


def test_a_ruling_stands_when_the_review_is_submitted_anew(db: Session) -> None:
    team = make_team(db)
    review = team.review(db)
    dispute = disagree(db, team, review)
    rule(db, dispute.id, team.jan, "pass")
    db.add(
        Rating(
            review_id=review.id,
            criterion="plan",
            value="fail",
            decision="confirmed",
            by=team.ada.id,
        )
    )
    db.flush()

    assert counted(db, team)["plan"] == "pass"


def test_disputes_are_counted_by_criterion_reviewer_and_model_never_by_agent(db: Session) -> None:
    team = make_team(db)
    first, second, third = (team.review(db) for _ in range(3))
    rule(db, disagree(db, team, first).id, team.jan, "pass")
    rule(db, disagree(db, team, second).id, team.jan, "fail")
    disagree(db, team, third)

    found = queries.dispute_counts(db, since=now() - timedelta(days=1))

    assert {(row.criterion, row.reviewer_id, row.outcome, row.n) for row in found} == {
        ("plan", team.ada.id, outcome, 1) for outcome in ("accepted", "rejected", None)
    }
    assert {row.model_sha for row in found} == {MODEL}
    assert queries.dispute_counts(db, since=now() + timedelta(days=1)) == []
