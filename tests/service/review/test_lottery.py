"""The draw over the database: what takes part, what is stored, and that it happens once."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.audit.tables import AuditRow
from service.database import now
from service.identity.tables import Membership, User
from service.review.lottery import Drawn, draw_audits
from service.review.tables import Audit, QueueItem, Review, StreamShare
from service.scoring.tables import ScoringRun
from tests.factories import make_agent, make_conversation, make_queue_item, make_run, make_user

FRIDAY = datetime(2026, 5, 15, 9, 0, tzinfo=UTC)


def scored(db: Session, count: int, *, agent: User | None = None, language: str = "en") -> None:
    for _ in range(count):
        conversation = make_conversation(db, agent=agent, language=language)
        make_queue_item(db, make_run(db, conversation))


def choose(db: Session, stream: str, share: float) -> None:
    db.add(StreamShare(stream=stream, share=share, by=make_user(db, role="lead").id))
    db.flush()


def submitted(db: Session, run: ScoringRun, reviewer: User) -> Review:
    review = Review(
        conversation_id=run.conversation_id,
        revision_id=run.revision_id,
        run_id=run.id,
        scorecard=run.scorecard,
        reviewer_id=reviewer.id,
        state="submitted",
        submitted_at=now(),
    )
    db.add(review)
    db.flush()
    return review


def test_a_draw_stores_the_chance_the_stratum_and_the_week(db: Session) -> None:
    make_user(db)
    agent = make_agent(db)
    scored(db, 20, agent=agent)
    scored(db, 20, language="pl")

    drawn = draw_audits(db, at=FRIDAY, reviews_per_day=18)

    audits = list(db.scalars(select(Audit)))
    team = db.scalars(select(Membership.team_id).where(Membership.user_id == agent.id)).one()
    # Of 90 reviews a week 15 % are 13.5 audits; a third is for Friday: 4.5 of 40.
    assert drawn in (Drawn(40, 4, 0, 0, 0), Drawn(40, 5, 0, 0, 0))
    assert {round(audit.inclusion_probability, 6) for audit in audits} == {0.1125}
    assert {(a.language, a.channel, a.team_id) for a in audits} <= {
        ("en", "chat", team),
        ("pl", "chat", None),
    }
    assert {(a.period, a.kind, a.state) for a in audits} == {
        (date(2026, 5, 11), "random", "waiting")
    }
    run = db.get_one(ScoringRun, audits[0].run_id)
    assert (audits[0].conversation_id, audits[0].revision_id) == (
        run.conversation_id,
        run.revision_id,
    )
    row = db.scalars(select(AuditRow).where(AuditRow.action == "audit.drawn")).one()
    assert (row.subject, row.details["scored"], row.details["audits"]) == (
        "audits:2026-05-11",
        40,
        len(audits),
    )


def test_a_second_draw_looks_only_at_what_is_new(db: Session) -> None:
    make_user(db)
    choose(db, "blind", 1.0)
    scored(db, 3)
    first = draw_audits(db, at=FRIDAY, reviews_per_day=18)
    told = db.scalar(select(func.count()).select_from(AuditRow))

    again = draw_audits(db, at=FRIDAY, reviews_per_day=18)
    quiet = db.scalar(select(func.count()).select_from(AuditRow))
    scored(db, 2)
    later = draw_audits(db, at=FRIDAY + timedelta(days=7), reviews_per_day=18)

    assert (first.audits, again, later.scored, later.audits) == (3, Drawn(0, 0, 0, 0, 0), 2, 2)
    assert quiet == told, "nothing happened, so nothing is told"
    assert db.scalar(select(func.count(Audit.conversation_id.distinct()))) == 5


def test_what_was_reviewed_already_takes_part(db: Session) -> None:
    ada = make_user(db)
    choose(db, "blind", 1.0)
    run = make_run(db, make_conversation(db))
    make_queue_item(db, run).state = "done"
    submitted(db, run, ada)

    assert draw_audits(db, at=FRIDAY, reviews_per_day=18) == Drawn(1, 1, 0, 0, 0)
    assert db.scalars(select(Audit.kind)).all() == ["random"], "one audit a conversation"


def test_second_reviews_are_drawn_of_submitted_ones_alone(db: Session) -> None:
    ada = make_user(db)
    choose(db, "blind", 0.0)
    choose(db, "second", 1.0)
    runs = [make_run(db, make_conversation(db)) for _ in range(2)]
    for run in runs:
        make_queue_item(db, run)
    review = submitted(db, runs[0], ada)

    first = draw_audits(db, at=FRIDAY, reviews_per_day=18)
    again = draw_audits(db, at=FRIDAY, reviews_per_day=18)

    audit = db.scalars(select(Audit)).one()
    assert (first, again) == (Drawn(2, 0, 1, 1, 0), Drawn(0, 0, 0, 0, 0))
    assert (audit.kind, audit.conversation_id, audit.inclusion_probability) == (
        "second",
        review.conversation_id,
        1.0,
    )


def test_about_seven_of_a_hundred_reviews_are_done_twice(db: Session) -> None:
    ada = make_user(db)
    choose(db, "blind", 0.0)
    for _ in range(30):
        submitted(db, make_run(db, make_conversation(db)), ada)

    drawn = draw_audits(db, at=FRIDAY, reviews_per_day=18)

    assert drawn.second in {2, 3}
    assert set(db.scalars(select(Audit.inclusion_probability))) == {0.07}


def test_what_nobody_began_in_four_weeks_is_given_up(db: Session) -> None:
    make_user(db)
    choose(db, "blind", 1.0)
    scored(db, 2)
    draw_audits(db, at=FRIDAY, reviews_per_day=18)
    begun = db.scalars(select(Audit)).first()
    assert begun is not None
    begun.state = "open"
    db.flush()

    later = draw_audits(db, at=FRIDAY + timedelta(days=29), reviews_per_day=18)

    assert later == Drawn(0, 0, 0, 0, 1)
    assert sorted(db.scalars(select(Audit.state))) == ["cancelled", "open"]
    assert db.scalar(select(func.count()).where(QueueItem.lottery.is_(None))) == 0
