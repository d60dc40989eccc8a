"""Signing in: what a right and a wrong password do, the same for everybody."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from service.audit.tables import AuditRow
from service.database import Database
from service.errors import Invalid, TooManyTries
from service.identity import access, actions, passwords
from service.identity.tables import SignIn, User
from tests.service.identity.signing_in import PASSWORD, START, Clock, attempt, tries


def test_the_right_password_begins_a_visit_and_forgets_the_tries(
    database: Database, ada: User, clock: Clock
) -> None:
    assert attempt(database) == 401

    outcome = actions.sign_in(database, " ADA@own.example ", PASSWORD, address="198.51.100.7")

    assert outcome.status == 303
    assert tries(database) == 0
    with database.reading() as db:
        visit = db.scalars(select(SignIn)).one()
        assert visit.token_sha256 == access.digest_of(outcome.token or "")
        assert db.get_one(User, ada.id).signed_in_at == START
        assert db.scalars(select(AuditRow.action).order_by(AuditRow.sequence)).all() == [
            "user.added",
            "sign_in.started",
        ]


def test_the_visit_that_a_browser_had_before_ends(
    database: Database, ada: User, clock: Clock
) -> None:
    first = actions.sign_in(database, ada.email or "", PASSWORD, address="x").token

    second = actions.sign_in(database, ada.email or "", PASSWORD, address="x", leaving=first).token

    with database.reading() as db:
        assert db.scalars(select(SignIn.token_sha256)).all() == [access.digest_of(second or "")]


@pytest.mark.parametrize("email", ["nobody@own.example", "", "a\x00b@x.example", "not an address"])
def test_unknown_people_get_the_same_answer_after_the_same_work(
    database: Database, ada: User, clock: Clock, hashings: list[str | None], email: str
) -> None:
    known = actions.sign_in(database, "ada@own.example", "wrong", address="a")
    unknown = actions.sign_in(database, email, "wrong", address="a")

    assert unknown == known
    assert hashings == ["hash of correct horse battery", None]


def test_hashing_for_nobody_verifies_a_real_hash_of_the_same_cost() -> None:
    assert passwords.verify_password("nobody has this password", None) is False
    assert passwords._NOBODY.split("$")[1:4] == ["argon2id", "v=19", "m=19456,t=2,p=1"]
    assert passwords.hash_password("x").split("$")[1:4] == passwords._NOBODY.split("$")[1:4]


def test_somebody_deactivated_is_like_nobody(
    database: Database, ada: User, clock: Clock, hashings: list[str | None]
) -> None:
    with database.writing() as db:
        db.get_one(User, ada.id).is_active = False

    assert attempt(database, password=PASSWORD) == 401
    assert hashings == [None]


def test_a_new_own_password_ends_all_other_visits(
    database: Database, ada: User, clock: Clock
) -> None:
    for _ in range(3):
        actions.sign_in(database, ada.email or "", PASSWORD, address="a")

    token = actions.change_own_password(
        database, ada.id, old=PASSWORD, new="another horse battery", address="a"
    )

    with database.reading() as db:
        assert db.scalars(select(SignIn.token_sha256)).all() == [access.digest_of(token)]
        assert db.get_one(User, ada.id).password_hash == "hash of another horse battery"


def test_the_old_password_cannot_be_guessed_from_a_stolen_visit(
    database: Database, ada: User, clock: Clock
) -> None:
    def guess() -> None:
        actions.change_own_password(
            database, ada.id, old="guess", new="another horse battery", address="a"
        )

    for _ in range(10):
        with pytest.raises(Invalid):
            guess()
    with pytest.raises(TooManyTries):
        guess()
    with database.reading() as db:
        assert db.get_one(User, ada.id).password_hash == "hash of correct horse battery"


def visit(**age: timedelta) -> SignIn:
    return SignIn(
        token_sha256="x",
        created_at=START - age.get("since", timedelta()),
        seen_at=START - age.get("idle", timedelta()),
    )


@pytest.mark.parametrize(
    ("age", "is_valid"),
    [
        ({"idle": timedelta(hours=7, minutes=59)}, True),
        ({"idle": timedelta(hours=8)}, False),
        ({"since": timedelta(days=6, hours=23)}, True),
        ({"since": timedelta(days=7)}, False),
    ],
)
def test_a_visit_ends_after_8_idle_hours_or_7_days(
    age: dict[str, timedelta], is_valid: bool
) -> None:
    assert access.is_valid(visit(**age), at=START) is is_valid


@pytest.mark.parametrize(
    "change",
    [
        {"role": "boss"},
        {"email": "two@x.example, more@x.example"},
        {"name": "\u202e"},
        {"password": "short"},
        {"email": "ADA@own.example"},
    ],
)
def test_a_person_who_does_not_fit_is_not_added(
    database: Database, ada: User, change: dict[str, str]
) -> None:
    person = {"email": "new@own.example", "name": "New", "role": "mentor", **change}

    def add() -> None:
        with database.writing() as db:
            actions.add_person(db, by=None, **person)

    with pytest.raises(Invalid):
        add()
    with database.reading() as db:
        assert db.scalars(select(User.name)).all() == ["Ada Marlow"]
