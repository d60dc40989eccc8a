"""The people of the pages about disputes, and one review of the agent's own conversation."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from service.database import Database
from tests.service.disputes.team import Team, disagree, make_team

SignIn = Callable[[UUID], TestClient]


@dataclass
class Scene:
    """A team with a submitted review."""

    database: Database
    team: Team
    review: UUID

    def dispute(self) -> UUID:
        """Let the agent disagree about the plan."""
        with self.database.writing() as db:
            return disagree(db, self.team, self.team.review(db)).id


@pytest.fixture
def scene(database: Database) -> Scene:
    with database.writing() as db:
        team = make_team(db)
        team.agent.email = "ben@afterword.example"
        return Scene(database, team, team.review(db).id)
