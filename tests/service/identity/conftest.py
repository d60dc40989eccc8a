import pytest

from service.database import Database
from service.identity import access, actions, throttle
from service.identity.tables import User
from tests.service.identity.signing_in import PASSWORD, Clock


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
