from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from service import errors
from service.web.problems import STATUS


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


def test_an_unexpected_fault_says_so_without_its_cause(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("SELECT secret FROM /tmp/canary")

    monkeypatch.setattr("service.identity.actions.sign_in", broken)
    quiet = TestClient(client.app, base_url="http://127.0.0.1", raise_server_exceptions=False)

    response = quiet.post(
        "/sign-in", data={"email": "x", "password": "y"}, headers={"accept": "text/html"}
    )

    assert response.status_code == 500
    assert "SYS-500" in response.text
    assert "canary" not in response.text
