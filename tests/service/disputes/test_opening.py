"""What an agent may dispute, how often and until when."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from service.database import now
from service.disputes import actions
from service.disputes.refusals import (
    AlreadyDisputed,
    NoSentence,
    NoSuchTurn,
    NothingToDispute,
    TooManyOpen,
    WindowClosed,
)
from service.disputes.tables import Dispute
from service.errors import DomainError, NotFound
from tests.factories import make_agent
from tests.service.disputes.team import LIMITS, disagree, make_team, rule, who


def test_too_late_too_many_twice_and_nothing_to_say_are_refused(db: Session) -> None:
    team = make_team(db)
    review = team.review(db)
    disagree(db, team, review, "plan")
    before = db.query(Dispute).count()

    def refused(kind: type[DomainError], *args: str, **about: object) -> None:
        with pytest.raises(kind):
            disagree(db, team, about.pop("review", review), *args, **about)  # type: ignore[arg-type]

    refused(AlreadyDisputed, "plan")
    refused(WindowClosed, review=team.review(db, ago=timedelta(days=7, minutes=1)))
    refused(NothingToDispute, "empathy", value="partial")
    refused(NothingToDispute, "greeting", value="unheard")
    refused(NoSentence, "empathy", text=" \r\n ")
    refused(NoSentence, "empathy", text="x" * 2001)
    refused(NoSentence, "empathy", text="a\x00b")
    refused(NoSuchTurn, "empathy", evidence=(5,))
    refused(NoSuchTurn, "empathy", evidence=(-1,))
    refused(NotFound, "closing")  # left to the machine
    refused(NotFound, "no_such_criterion")
    refused(TooManyOpen, "empathy", limits=actions.Limits(7, 3, 1, "UTC"))
    assert db.query(Dispute).count() == before
    disagree(db, team, review, "empathy", text="x" * 2000, evidence=(4,))


def test_five_wait_at_most_and_an_answer_makes_room(db: Session) -> None:
    team = make_team(db)
    open_ones = [disagree(db, team, team.review(db)) for _ in range(5)]
    sixth = team.review(db)
    with pytest.raises(TooManyOpen):
        disagree(db, team, sixth)

    rule(db, open_ones[0].id, team.jan, "fail")

    assert disagree(db, team, sixth).state == "open"


def test_an_agents_review_is_their_own_alone(db: Session) -> None:
    team = make_team(db)
    review = team.review(db)
    colleague = make_agent(db, name="Cleo Brandt")
    claim = actions.Claim("plan", "pass", "Mine.")

    for person in (colleague, team.ada, team.lena):
        with pytest.raises(NotFound):
            actions.open_dispute(
                db, review.id, claim, principal=who(db, person), limits=LIMITS, at=now()
            )
    review.state = "draft"
    db.flush()
    with pytest.raises(NotFound):
        disagree(db, team, review)
