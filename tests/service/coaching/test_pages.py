"""The coaching pages, as the mentor, the agent and strangers get them."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from service.coaching.tables import ActionItem, AgendaItem, CoachingSession
from service.database import Database, now
from tests.factories import make_agent, make_user
from tests.service.coaching.reviewed import make_review

SignIn = Callable[[uuid.UUID], TestClient]
WEAK = {"plan": "fail", "empathy": "pass", "greeting": "pass"}


@dataclass
class People:
    mentor: uuid.UUID
    stranger: uuid.UUID
    other_mentor: uuid.UUID
    agent: uuid.UUID
    colleague: uuid.UUID
    reviewer: uuid.UUID


@pytest.fixture
def people(database: Database) -> People:
    """Twelve reviews of one agent: the plan failed, empathy and greeting passed."""
    with database.writing() as db:
        reviewer = make_user(db, name="Ada Marlow")
        agent = make_agent(db, name="Ben Okafor")
        agent.email = "ben@afterword.example"
        for number in range(12):
            make_review(
                db,
                agent=agent,
                reviewer=reviewer,
                values=WEAK,
                ago=timedelta(days=3 + number),
                pins=[("empathy", 1, True), ("plan", 3, False)] if number == 0 else [],
                external_id=f"wen-{number:03}",
            )
        return People(
            make_user(db, role="mentor", name="Ida Thorne").id,
            make_user(db, role="mentor", name="Sam Stranger", teams=["Returns"]).id,
            make_user(db, role="mentor", name="Otto Other").id,
            agent.id,
            make_agent(db, name="Kim Colleague").id,
            reviewer.id,
        )


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
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
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


def test_a_mentor_sees_the_agents_of_their_teams(people: People, sign_in: SignIn) -> None:
    page = sign_in(people.mentor).get("/coaching").text

    assert "Ben Okafor" in page
    assert "Kim Colleague" in page
    assert "Every week" in page
    assert "C5 below target" in page
    assert "Ben Okafor" not in sign_in(people.stranger).get("/coaching").text


def test_an_agent_is_shown_with_mean_interval_and_number(people: People, sign_in: SignIn) -> None:
    page = sign_in(people.mentor).get(f"/coaching/agents/{people.agent}").text

    assert "0–24" in page
    assert "76–100" in page
    assert "n 12" in page
    assert "Not enough data: 0 confirmed, 10 are needed." in page


def test_a_draft_holds_gap_praise_topics_and_questions(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)

    page = browser.get(prepare(browser, people)).text

    assert "C5 Plan, owner and deadline" in page
    assert "C6 Empathy: acknowledging the situation" in page
    assert "Your parcel left on Monday" in page
    assert page.count('class="excerpt excerpt-good"') == 2
    assert page.count("Standing topics") == 1
    assert "What would the customer need to hear here to know what happens next, and when?" in page
