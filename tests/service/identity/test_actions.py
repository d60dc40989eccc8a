"""Signing in: the throttle comes before any hashing, and says the same of everybody."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from service.audit.tables import AuditRow
from service.database import Database
from service.errors import Invalid, TooManyTries
from service.identity import access, actions, passwords, throttle
from service.identity.tables import SignIn, SignInTry, User

PASSWORD = "correct horse battery"
START = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)


class Clock:
    """The time, moved by the test."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (throttle, actions, access):
        monkeypatch.setattr(module, "now", clock)
    return clock


@pytest.fixture
def hashings(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Return what was verified against, and let no test wait for argon2."""
    seen: list[str | None] = []

    def verify(password: str, hashed: str | None) -> bool:
        seen.append(hashed)
        return hashed == f"hash of {password}"

    monkeypatch.setattr(actions, "verify_password", verify)
    monkeypatch.setattr(actions, "hash_password", lambda password: f"hash of {password}")
    return seen


@pytest.fixture
def ada(database: Database, hashings: list[str | None]) -> User:
    with database.writing() as db:
        return actions.add_person(
            db,
            email="ada@own.example",
            name="Ada Marlow",
            role="reviewer",
            teams=["Parcels"],
            password=PASSWORD,
            by=None,
        )


def tries(database: Database) -> int:
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(SignInTry)) or 0


def attempt(
    database: Database,
    email: str = "ada@own.example",
    password: str = "wrong password",
    address: str = "198.51.100.7",
) -> int:
    return actions.sign_in(database, email, password, address=address).status


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


def test_the_eleventh_try_of_an_account_is_refused_before_hashing(
    database: Database, ada: User, clock: Clock, hashings: list[str | None]
) -> None:
    statuses = [attempt(database, address=f"198.51.100.{n}") for n in range(11)]

    assert statuses == [401] * 10 + [429]
    assert len(hashings) == 10
    assert attempt(database, password=PASSWORD) == 429, "the right one waits as well"


def test_after_fifteen_minutes_an_account_may_try_again(
    database: Database, ada: User, clock: Clock
) -> None:
    for _ in range(10):
        attempt(database)
    clock.at += timedelta(minutes=14, seconds=59)
    assert attempt(database, password=PASSWORD) == 429

    clock.at += timedelta(seconds=2)

    assert attempt(database, password=PASSWORD) == 303


def stored_tries(database: Database, count: int, **address: str) -> None:
    with database.writing() as db:
        for n in range(count):
            place = throttle._key(database, f"address:{address.get('address', n)}")
            db.add(SignInTry(account=f"account {n}", address=place, at=START))


def test_the_fifty_first_try_of_an_address_is_refused(
    database: Database, clock: Clock, hashings: list[str | None]
) -> None:
    stored_tries(database, 49, address="198.51.100.7")

    assert attempt(database, email="p1@own.example") == 401
    assert attempt(database, email="p2@own.example") == 429
    assert attempt(database, email="p2@own.example", address="203.0.113.9") == 401


def test_the_121st_try_of_a_minute_is_refused_whoever_asks(
    database: Database, clock: Clock, hashings: list[str | None]
) -> None:
    stored_tries(database, 119)

    assert attempt(database, email="p1@own.example", address="a1") == 401
    assert attempt(database, email="p2@own.example", address="a2") == 429
    clock.at += timedelta(seconds=61)
    assert attempt(database, email="p2@own.example", address="a2") == 401


def test_tries_that_are_being_looked_at_count_already(
    database: Database, ada: User, clock: Clock
) -> None:
    begun = [throttle.begin_try(database, "ada@own.example", "a") for _ in range(11)]

    assert [one is None for one in begun] == [False] * 10 + [True]


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
