"""A dispute from both sides, by keyboard alone."""

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from service.database import Database
from service.disputes.tables import Dispute, DisputeAnswer
from tests.service.disputes.team import disagree, make_team

pytestmark = pytest.mark.browser
Enter = Callable[[uuid.UUID], Page]


def test_an_agent_disagrees_by_keyboard(enter: Enter, web_database: Database) -> None:
    with web_database.writing() as db:
        team = make_team(db)
        review, agent = team.review(db).id, team.agent.id
    page = enter(agent)
    page.goto(f"/me/reviews/{review}")

    page.locator("#plan summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # to the level, the next better one
    page.keyboard.press("Tab")
    page.keyboard.type("I named the day in turn 4.")
    page.keyboard.press("Tab")
    page.keyboard.type("4")
    page.keyboard.press("Enter")

    expect(page.locator("#plan .chip")).to_have_text("Under dispute")
    with web_database.reading() as db:
        dispute = db.scalars(select(Dispute)).one()
    assert (dispute.value, dispute.evidence) == ("partial", [3])


def test_a_reviewer_answers_by_keyboard(enter: Enter, web_database: Database) -> None:
    with web_database.writing() as db:
        team = make_team(db)
        disagree(db, team, team.review(db), evidence=(3,))
        jan = team.jan.id
    page = enter(jan)
    page.goto("/disputes")

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/disputes/*-*")
    page.keyboard.press("e")
    expect(page.locator("#turn-2:target, #turn-4:target")).to_have_count(1)
    page.keyboard.press("2")
    page.keyboard.press("c")
    page.keyboard.type("A day, no owner. 1 and 3 are letters here.")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("No dispute waits for you.")).to_be_visible()
    with web_database.reading() as db:
        answer = db.scalars(select(DisputeAnswer)).one()
    assert (answer.value, answer.outcome) == ("partial", "partly")
    assert answer.reason == "A day, no owner. 1 and 3 are letters here."
