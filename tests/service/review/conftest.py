"""The world of the review pages."""

import pytest

from service.database import Database
from tests.service.review.team import World


@pytest.fixture
def world(database: Database) -> World:
    return World(database)
