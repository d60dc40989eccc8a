"""What may enter an agenda: decided values, evidence that somebody confirmed, turns that exist."""

from datetime import timedelta

from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from service.coaching.material import excerpts_at, material_of, ratings_of, worths_of
from service.coaching.rules import worth
from service.database import now
from service.identity.tables import User
from service.review.tables import Review
from tests.factories import make_agent, make_user
from tests.service.coaching.reviewed import decide, make_review

SINCE = timedelta(weeks=12)


def people(db: Session) -> tuple[User, User]:
    return make_agent(db), make_user(db)


def reviewed(db: Session, state: str = "submitted") -> tuple[User, Review]:
    """One review: the plan confirmed as failed, empathy corrected to a pass, a cause not theirs."""
    agent, reviewer = people(db)
    review = make_review(
        db,
        agent=agent,
        reviewer=reviewer,
        values={"plan": "fail", "empathy": "pass", "clarity": "fail"},
        proposed={"empathy": "fail"},
        causes={"clarity": "tool"},
        pins=[("plan", 3, False)],
        state=state,
    )
    return agent, review


def test_evidence_counts_only_for_values_that_were_confirmed(db: Session) -> None:
    agent, _ = reviewed(db)

    found = {one.criterion: one for one in material_of(db, agent.id, since=now() - SINCE).ratings}

    assert (found["plan"].value, found["plan"].evidence) == ("fail", (1, 3))
    assert (found["empathy"].value, found["empathy"].evidence) == ("pass", ())


def test_a_fail_by_a_tool_is_not_the_agents(db: Session) -> None:
    agent, _ = reviewed(db)

    found = material_of(db, agent.id, since=now() - SINCE).ratings

    assert {one.criterion: one.counts for one in found} == {
        "plan": True,
        "empathy": True,
        "clarity": False,
    }


def test_the_database_counts_what_the_ratings_are_worth(db: Session) -> None:
    first, _ = reviewed(db)
    second, _ = reviewed(db)
    reviewed(db, state="draft")
    since, keys = now() - SINCE, load_scorecard("standard-12/1").keys

    ratings = ratings_of(db, [first.id, second.id], since=since)

    assert worths_of(db, [first.id, second.id], since=since) == {
        agent: {key: values for key in keys if (values := worth(ratings[agent], key))}
        for agent in (first.id, second.id)
    }
    assert worth(ratings[first.id], "plan") == [0.0]
    assert worths_of(db, [first.id], since=now() + SINCE) == {first.id: {}}


def test_only_the_agents_turns_are_quoted(db: Session) -> None:
    agent, review = reviewed(db)

    assert material_of(db, agent.id, since=now() - SINCE).turns == {(review.id, 1), (review.id, 3)}


def test_a_review_that_was_not_submitted_is_no_material(db: Session) -> None:
    agent, review = reviewed(db, state="draft")

    found = material_of(db, agent.id, since=now() - SINCE)

    assert (found.ratings, found.pins, found.turns) == ([], [], set())
    assert excerpts_at(db, [(review.id, 1)]) == {}


def test_a_decision_that_was_taken_back_is_no_rating(db: Session) -> None:
    agent, review = reviewed(db)
    decide(db, review, "plan", "fail", decision="undone")
    db.flush()

    found = ratings_of(db, [agent.id], since=now() - SINCE)[agent.id]

    assert sorted(one.criterion for one in found) == ["clarity", "empathy"]


def test_older_and_later_reviews_are_left_out(db: Session) -> None:
    agent, reviewer = people(db)
    for days in (100, 10, 1):
        make_review(
            db, agent=agent, reviewer=reviewer, values={"plan": "pass"}, ago=timedelta(days=days)
        )
    at = now()

    found = ratings_of(db, [agent.id], since=at - SINCE, until=at - timedelta(days=5))[agent.id]

    assert [(at - one.at).days for one in found] == [10]


def test_other_agents_ratings_are_not_mixed_in(db: Session) -> None:
    agent, _ = reviewed(db)
    other = make_agent(db, name="Kim Colleague")

    assert ratings_of(db, [other.id], since=now() - SINCE) == {other.id: []}
    assert material_of(db, other.id, since=now() - SINCE).ratings == []
    assert agent.id != other.id
