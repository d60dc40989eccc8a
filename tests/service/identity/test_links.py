"""One-time links: 30 minutes, once, and the person's earlier ones end."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from service.database import Database, now
from service.errors import Invalid, NotFound
from service.identity import links
from service.identity.access import digest_of, start_visit
from service.identity.passwords import verify_password
from service.identity.tables import ResetLink, SignIn, User
from tests.factories import make_user

PASSWORD = "correct horse battery"


@pytest.fixture
def made(database: Database) -> tuple[uuid.UUID, str]:
    with database.writing() as db:
        user = make_user(db)
        start_visit(db, user)
        return user.id, links.make_link(db, user, by=user.id)


def test_a_link_sets_the_password_and_ends_all_visits(
    database: Database, made: tuple[uuid.UUID, str]
) -> None:
    user_id, token = made

    visit = links.use_link(database, token, PASSWORD)

    with database.reading() as db:
        assert verify_password(PASSWORD, db.get_one(User, user_id).password_hash)
        assert db.scalars(select(SignIn.token_sha256)).all() == [digest_of(visit)]


def test_the_database_holds_no_token(database: Database, made: tuple[uuid.UUID, str]) -> None:
    with database.reading() as db:
        assert db.scalars(select(ResetLink.token_sha256)).all() == [digest_of(made[1])]


def test_a_link_works_once(database: Database, made: tuple[uuid.UUID, str]) -> None:
    links.use_link(database, made[1], PASSWORD)

    with pytest.raises(NotFound):
        links.use_link(database, made[1], "another horse battery")


def test_a_weak_password_does_not_use_the_link_up(
    database: Database, made: tuple[uuid.UUID, str]
) -> None:
    with pytest.raises(Invalid):
        links.use_link(database, made[1], "short")

    assert links.use_link(database, made[1], PASSWORD)


def test_a_link_ends_after_thirty_minutes(
    database: Database, made: tuple[uuid.UUID, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = now() + timedelta(minutes=30)
    monkeypatch.setattr(links, "now", lambda: later)

    with pytest.raises(NotFound):
        links.use_link(database, made[1], PASSWORD)


def test_a_second_link_ends_the_first(database: Database, made: tuple[uuid.UUID, str]) -> None:
    user_id, first = made
    with database.writing() as db:
        second = links.make_link(db, db.get_one(User, user_id), by=user_id)

    with pytest.raises(NotFound):
        links.use_link(database, first, PASSWORD)
    assert links.use_link(database, second, PASSWORD)


def test_a_link_of_somebody_deactivated_is_nothing(
    database: Database, made: tuple[uuid.UUID, str]
) -> None:
    with database.writing() as db:
        db.get_one(User, made[0]).is_active = False

    with pytest.raises(NotFound):
        links.use_link(database, made[1], PASSWORD)
