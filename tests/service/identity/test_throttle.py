"""The throttle comes before any hashing, and whoever guesses locks nobody else out."""

from datetime import timedelta

import pytest

from service.database import Database
from service.identity import actions, throttle
from service.identity.tables import SignInTry, User
from tests.service.identity.signing_in import PASSWORD, START, Clock, attempt, tries


def test_the_eleventh_try_of_an_account_from_an_address_is_refused_before_hashing(
    database: Database, ada: User, clock: Clock, hashings: list[str | None]
) -> None:
    statuses = [attempt(database) for _ in range(11)]

    assert statuses == [401] * 10 + [429]
    assert len(hashings) == 10
    assert attempt(database, password=PASSWORD) == 429, "the right one waits as well"


def wrong_everywhere(database: Database, count: int) -> list[int]:
    return [attempt(database, address=f"203.0.113.{n}") for n in range(count)]


def test_tries_from_everywhere_make_new_addresses_wait_ever_longer_but_never_for_long(
    database: Database, ada: User, clock: Clock, hashings: list[str | None]
) -> None:
    assert wrong_everywhere(database, 11) == [401] * 10 + [429]
    waits = []
    for n in range(20, 28):
        outcome = actions.sign_in(database, ada.email or "", "wrong", address=f"203.0.113.{n}")
        assert outcome.wait is not None
        waits.append(outcome.wait.total_seconds())
        clock.at += outcome.wait
        assert attempt(database, address=f"203.0.113.{n}") == 401

    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]


def test_who_signed_in_from_an_address_is_not_locked_out_by_others(
    database: Database, ada: User, clock: Clock
) -> None:
    assert attempt(database, password=PASSWORD) == 303
    wrong_everywhere(database, 12)

    assert attempt(database, password=PASSWORD, address="192.0.2.1") == 429
    assert attempt(database, password=PASSWORD) == 303
    assert tries(database) == 10, "the tries of others still count"
    assert attempt(database, password=PASSWORD, address="192.0.2.1") == 429


def test_an_address_is_known_for_ninety_days(database: Database, ada: User, clock: Clock) -> None:
    assert attempt(database, password=PASSWORD) == 303
    clock.at += timedelta(days=91)
    assert attempt(database, password=PASSWORD, address="192.0.2.1") == 303
    wrong_everywhere(database, 10)

    assert attempt(database, password=PASSWORD) == 429
    assert attempt(database, password=PASSWORD, address="192.0.2.1") == 303


def test_a_known_address_has_the_limit_of_the_pair(
    database: Database, ada: User, clock: Clock
) -> None:
    assert attempt(database, password=PASSWORD) == 303

    assert [attempt(database) for _ in range(11)] == [401] * 10 + [429]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("198.51.100.7", "198.51.100.7"),
        ("testclient", "testclient"),
    ],
)
def test_the_addresses_of_one_subscriber_are_one(address: str, network: str) -> None:
    assert throttle.network_of(address) == network


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

    assert [isinstance(one, throttle.Try) for one in begun] == [True] * 10 + [False]
