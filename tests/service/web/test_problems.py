import re
from collections.abc import Callable, Iterator
from typing import cast
from uuid import UUID, uuid4

import pytest
import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx2 import Response
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from service import errors
from service.database import Database
from service.identity.policies import policies, routes_of
from service.identity.tables import ROLES
from service.web.headers import ALWAYS
from service.web.problems import STATUS
from tests.factories import make_user


def every_error(
    kind: type[errors.DomainError] = errors.DomainError,
) -> Iterator[type[errors.DomainError]]:
    for child in kind.__subclasses__():
        yield child
        yield from every_error(child)


@pytest.mark.parametrize("kind", list(every_error()))
def test_every_refusal_has_a_status(kind: type[errors.DomainError]) -> None:
    assert any(parent in STATUS for parent in kind.__mro__)


def test_a_page_and_a_program_get_the_same_refusal_in_their_form(client: TestClient) -> None:
    page = client.get("/nowhere", headers={"accept-language": "en"})
    program = client.get("/nowhere", headers={"accept": "application/json"})

    assert (page.status_code, program.status_code) == (404, 404)
    assert program.headers["content-type"] == "application/problem+json"
    body = program.json()
    assert set(body) == {
        "type",
        "title",
        "status",
        "code",
        "detail",
        "where",
        "request_id",
        "retryable",
    }
    assert body["code"] == "REQ-404"
    assert body["detail"] in page.text


def test_a_field_that_does_not_fit_is_named_and_its_value_not_echoed(client: TestClient) -> None:
    response = client.post(
        "/sign-in",
        data={"email": "canary@example.com", "extra": "canary"},
        headers={"accept": "application/json"},
    )

    assert response.status_code == 422
    assert "canary" not in response.text
    assert {item["field"] for item in response.json()["where"]} == {"password", "extra"}


def test_htmx_gets_a_fragment_beside_what_was_typed(client: TestClient) -> None:
    response = client.post("/sign-in", data={"email": "x"}, headers={"hx-request": "true"})

    assert response.status_code == 422
    assert response.headers["hx-retarget"] == "#problem"
    assert "<html" not in response.text


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("SELECT secret FROM /tmp/canary")

    monkeypatch.setattr("service.identity.actions.sign_in", fail)


@pytest.mark.usefixtures("broken")
def test_an_unexpected_fault_says_so_without_its_cause(client: TestClient) -> None:
    response = client.post("/sign-in", data={"email": "x", "password": "y"})

    assert response.status_code == 500
    assert "SYS-500" in response.text
    assert "canary" not in response.text
    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_the_log_knows_a_fault_by_the_number_on_its_page(client: TestClient, accept: str) -> None:
    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars]
    ) as log:
        response = client.post(
            "/sign-in", data={"email": "x", "password": "y"}, headers={"accept": accept}
        )

    [told] = [line for line in log if line["event"] == "request.failed"]
    assert (told["route"], told["method"]) == ("sign_in", "POST")
    assert told["request_id"] in response.text
    assert told["request_id"] == response.headers["x-request-id"]
    assert isinstance(told["exc_info"], RuntimeError)


def test_a_database_away_is_logged_with_its_number_as_well(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr("service.identity.actions.sign_in", away)
    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars]
    ) as log:
        response = client.post(
            "/sign-in",
            data={"email": "x", "password": "y"},
            headers={"accept": "application/json"},
        )

    assert response.status_code == 503
    assert [line["request_id"] for line in log] == [response.json()["request_id"]]


def test_every_answer_has_a_number_of_its_own(client: TestClient) -> None:
    numbers = {client.get("/healthz").headers["x-request-id"] for _ in range(3)}

    assert len(numbers) == 3


def routes_with_ids(app: FastAPI) -> Iterator[tuple[str, str, str]]:
    """Yield method, path with an id that cannot be one, and a role that may call it."""
    for route in routes_of(app.routes):
        if isinstance(route, APIRoute) and "_id}" in route.path:
            path = re.sub(r"{\w+}", "not-an-id", route.path)
            role = min(policies()[route.name].roles)
            yield from ((method, path, role) for method in route.methods or ())


def test_an_id_that_cannot_be_one_is_nobodys(
    client: TestClient, database: Database, sign_in: Callable[[UUID], TestClient]
) -> None:
    with database.writing() as db:
        people = {role: make_user(db, role=role, email=f"{role}@own.example").id for role in ROLES}
    statuses = {}
    for method, path, role in routes_with_ids(cast("FastAPI", client.app)):
        sign_in(people[role])
        statuses[method, path] = client.request(method, path).status_code

    assert len(statuses) > 30
    assert {key for key, status in statuses.items() if status != 404} == set()


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_it_looks_like_a_missing_one(
    client: TestClient, database: Database, sign_in: Callable[[UUID], TestClient], accept: str
) -> None:
    with database.writing() as db:
        admin = make_user(db, role="admin").id
    sign_in(admin)
    absent, malformed = f"/conversations/{uuid4()}", "/conversations/not-an-id"

    missing, none = (client.get(path, headers={"accept": accept}) for path in (absent, malformed))

    assert (missing.status_code, none.status_code) == (404, 404)
    assert without_number(none) == without_number(missing).replace(absent, malformed)


def without_number(answer: Response) -> str:
    return answer.text.replace(answer.headers["x-request-id"], "")
