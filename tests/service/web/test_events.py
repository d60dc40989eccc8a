"""What a page follows ends when its reader may not see it any more."""

import asyncio
from collections.abc import Iterator

import pytest

from service.errors import NotFound
from service.web import events
from service.web.events import Look, follow

A, B, LAST = Look("a", is_open=True), Look("b", is_open=True), Look("c", is_open=False)


def sent(looks: Iterator[Look]) -> list[tuple[str | None, str | None]]:
    async def collect() -> list[tuple[str | None, str | None]]:
        return [(one.event, one.raw_data) async for one in follow(lambda: next(looks))]

    return asyncio.run(collect())


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "EVERY", 0.0)


def test_only_what_changed_is_sent_and_the_last_look_ends_it() -> None:
    looks = iter([A, A, B, LAST])

    assert sent(looks) == [(None, "a"), (None, "b"), (None, "c"), ("end", "")]


def test_a_right_that_is_lost_ends_it() -> None:
    def looks() -> Iterator[Look]:
        yield A
        raise NotFound

    assert sent(looks()) == [(None, "a"), ("end", "")]


def test_an_answer_does_not_last_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LONGEST", 2)

    assert sent(iter([A] * 9)) == [(None, "a")]
