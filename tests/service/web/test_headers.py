from collections.abc import Iterator

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from service.app import create_app
from service.config import Settings
from service.database import Database
from service.web.headers import ALWAYS


@pytest.mark.parametrize(
    "path", ["/sign-in", "/nowhere", "/static/app.css", "/healthz", "/settings"]
)
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    response = client.get(path)

    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS


def test_pages_are_not_stored_and_static_files_are_kept(client: TestClient) -> None:
    assert client.get("/sign-in").headers["cache-control"] == "no-store"
    assert "immutable" in client.get("/static/app.css").headers["cache-control"]


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        ("10.0.0.2", {"x-forwarded-proto": "https"}, "max-age=31536000"),
        ("10.0.0.2", {"x-forwarded-proto": "http"}, None),
        ("10.0.0.2", {}, None),
        ("203.0.113.5", {"x-forwarded-proto": "https"}, None),
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/static/app.css"])
def test_browsers_are_told_to_stay_on_https_where_a_trusted_proxy_speaks_it(
    settings: Settings,
    database: Database,
    path: str,
    peer: str,
    headers: dict[str, str],
    expected: str | None,
) -> None:
    trusting = settings.model_copy(update={"trusted_proxies": "10.0.0.0/8"})
    client = TestClient(create_app(trusting, database=database), client=(peer, 5000))

    response = client.get(path, headers=headers)

    assert response.headers.get("strict-transport-security") == expected


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "none"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "", "origin": "http://elsewhere.example"}, 403),
    ],
)
def test_an_unsafe_request_of_another_site_is_refused(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    response = client.post("/preferences", data={"language": "pl"}, headers=headers)

    assert response.status_code == status


def test_without_fetch_metadata_the_origin_must_be_ours(client: TestClient) -> None:
    del client.headers["sec-fetch-site"]

    own = client.post(
        "/preferences", data={"language": "pl"}, headers={"origin": "http://127.0.0.1"}
    )
    other = client.post(
        "/preferences", data={"language": "pl"}, headers={"origin": "http://127.0.0.1:81"}
    )
    program = client.post("/preferences", data={"language": "pl"})

    assert (own.status_code, other.status_code, program.status_code) == (303, 403, 303)


BIG = {"content-length": str(11 * 1024 * 1024)}


def test_a_body_over_the_limit_is_refused_before_it_is_read(client: TestClient) -> None:
    response = client.post("/sign-in", content=b"x", headers=BIG)

    assert (response.status_code, "10 MB" in response.text) == (413, True)


@pytest.mark.parametrize(
    ("headers", "status"), [({"sec-fetch-site": "cross-site"}, 403), (BIG, 413)]
)
def test_what_is_refused_at_the_door_is_told_in_the_readers_form_and_language(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    def ask(**more: str) -> Response:
        return client.post("/preferences", content=b"x", headers={**headers, **more})

    page = ask(**{"accept-language": "pl"})
    fragment = ask(**{"hx-request": "true"})
    program = ask(accept="application/json")

    assert {one.status_code for one in (page, fragment, program)} == {status}
    assert '<html lang="pl"' in page.text
    assert fragment.headers["hx-retarget"] == "#problem"
    assert "<html" not in fragment.text
    assert program.headers["content-type"] == "application/problem+json"
    body = program.json()
    assert body["code"] == f"REQ-{status}"
    assert body["request_id"] == program.headers["x-request-id"]
    assert all(one.headers["x-frame-options"] == "DENY" for one in (page, fragment, program))


def test_a_body_that_grows_over_the_limit_is_refused(client: TestClient) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(11):
            yield b"x" * 1024 * 1024

    response = client.post(
        "/sign-in", content=parts(), headers={"content-type": "application/x-www-form-urlencoded"}
    )

    assert response.status_code == 413
