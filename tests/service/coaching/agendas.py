"""What the tests of the coaching pages do in a browser: prepare, fill in, announce."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from service.database import now

SignIn = Callable[[uuid.UUID], TestClient]

# What a form or a template does is the same on both databases.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WEAK = {"plan": "fail", "empathy": "pass", "greeting": "pass"}


@dataclass
class People:
    mentor: uuid.UUID
    stranger: uuid.UUID
    other_mentor: uuid.UUID
    agent: uuid.UUID
    colleague: uuid.UUID
    reviewer: uuid.UUID


def prepare(browser: TestClient, people: People) -> str:
    """Draft an agenda and return its address."""
    answer = browser.post(f"/coaching/agents/{people.agent}/prepare", data={})
    assert answer.status_code == 303
    return answer.headers["location"]


def fields_of(page: str) -> dict[str, str]:
    """Return what a browser would send of the agenda's form, without its buttons."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, kind = attribute(tag, "name"), attribute(tag, "type")
        is_on = kind not in {"checkbox", "radio"} or " checked" in tag
        if name and is_on and name not in {"topic", "back"}:
            found[name] = attribute(tag, "value")
    for tag, text in re.findall(r"<textarea ([^>]*)>([^<]*)</textarea>", page):
        found[attribute(tag, "name")] = text
    for name, options in re.findall(
        r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen.group(1) if chosen else re.findall(r'value="([^"]*)"', options)[0]
    return found


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found.group(1) if found else ""


def in_days(days: int) -> dict[str, str]:
    day = (now() + timedelta(days=days)).date().isoformat()
    return {"day": day, "time": "10:00", "minutes": "40"}


def announce(browser: TestClient, address: str) -> None:
    page = browser.get(address).text
    answer = browser.post(f"{address}/announce", data=fields_of(page) | in_days(3))
    assert (answer.status_code, answer.headers["location"]) == (303, address)


def announced_address(browser: TestClient, people: People) -> str:
    address = prepare(browser, people)
    announce(browser, address)
    return address
