from collections.abc import Callable
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from service.database import Database
from tests.factories import make_user


@pytest.fixture
def lead(database: Database, sign_in: Callable[[UUID], TestClient]) -> TestClient:
    """Return the browser of a lead."""
    with database.writing() as db:
        user = make_user(db, role="lead")
    return sign_in(user.id)
