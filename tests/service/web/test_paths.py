"""Addresses of routes, remembered, are those that the framework would make."""

import uuid
from urllib.parse import urlsplit

import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import NoMatchFound

from service.web.paths import App

ID = uuid.UUID("0198c0de-0000-7000-8000-000000000001")


def add_routes(app: FastAPI) -> FastAPI:
    router = APIRouter()

    @router.get("/reviews/{review_id}/pins/{position}", name="pin")
    def pin(review_id: str, position: int) -> None: ...

    @router.get("/queue", name="queue")
    def queue() -> None: ...

    app.include_router(router)
    return app


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("queue", {}),
        ("pin", {"review_id": ID, "position": 3}),
        ("pin", {"review_id": "~position~", "position": 4}),
        ("pin", {"review_id": "ż", "position": 0}),
    ],
)
def test_a_path_is_the_frameworks_the_first_time_and_later(
    name: str, values: dict[str, object]
) -> None:
    ours, plain = add_routes(App()), add_routes(FastAPI())

    for _ in range(2):
        path = ours.url_path_for(name, **values)
        assert path == plain.url_path_for(name, **values)
    assert urlsplit(path).netloc == ""
    assert path.make_absolute_url("http://here") == f"http://here{path}"


@pytest.mark.parametrize(
    ("name", "values"),
    [("queue", {"review_id": ID}), ("pin", {"review_id": ID}), ("nothing", {})],
)
def test_a_route_that_is_not_there_is_no_path(name: str, values: dict[str, object]) -> None:
    app = add_routes(App())

    for _ in range(2):
        with pytest.raises(NoMatchFound):
            app.url_path_for(name, **values)


@pytest.mark.parametrize("value", ["", "a/b"])
def test_what_would_be_another_path_is_refused(value: str) -> None:
    with pytest.raises(AssertionError):
        add_routes(App()).url_path_for("pin", review_id=value, position=1)
