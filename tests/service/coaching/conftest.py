"""The people of the coaching pages."""

from datetime import timedelta

import pytest

from service.database import Database
from tests.factories import make_agent, make_user
from tests.service.coaching.agendas import WEAK, People
from tests.service.coaching.reviewed import make_review


@pytest.fixture
def people(database: Database) -> People:
    """Ten reviews of one agent: the plan failed, empathy and greeting passed."""
    with database.writing() as db:
        reviewer = make_user(db, name="Ada Marlow")
        agent = make_agent(db, name="Ben Okafor")
        agent.email = "ben@afterword.example"
        for number in range(10):
            make_review(
                db,
                agent=agent,
                reviewer=reviewer,
                values=WEAK,
                ago=timedelta(days=3 + number),
                pins=[("empathy", 1, True), ("plan", 3, False)] if number == 0 else [],
                external_id=f"wen-{number:03}",
            )
        return People(
            make_user(db, role="mentor", name="Ida Thorne").id,
            make_user(db, role="mentor", name="Sam Stranger", teams=["Returns"]).id,
            make_user(db, role="mentor", name="Otto Other").id,
            agent.id,
            make_agent(db, name="Kim Colleague").id,
            reviewer.id,
        )
