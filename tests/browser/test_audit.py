"""A blind audit by keyboard alone: twelve keys and one to submit."""

import os
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from service.database import Database
from service.review.tables import AuditRating
from tests.browser.conftest import clipped, violations
from tests.factories import CRITERIA, make_agent, make_audit, make_conversation, make_run, make_user

pytestmark = pytest.mark.browser
Enter = Callable[[uuid.UUID], Page]
SIZES = ((1440, 900), (390, 844))


@pytest.fixture
def ada(web_database: Database) -> uuid.UUID:
    with web_database.writing() as db:
        ada = make_user(db)
        make_audit(db, make_run(db, make_conversation(db, agent=make_agent(db))))
        return ada.id


def look(page: Page) -> list[str]:
    """Return what is wrong with a page, wide and narrow."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        found += violations(page) + clipped(page)
        if folder := os.environ.get("AFTERWORD_SHOTS"):
            name = page.url.rstrip("/").rsplit("/", 2)[-2] + f"-{len(page.title())}-{width}.png"
            page.screenshot(path=Path(folder) / name)
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    return found


def test_twelve_keys_rate_blind_and_one_submits(
    ada: uuid.UUID, enter: Enter, web_database: Database
) -> None:
    page = enter(ada)
    page.goto("/queue")
    assert look(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/audits/*")
    assert look(page) == []

    page.keyboard.press("Control+Enter")  # nothing is rated: it stays and stands on the first one
    for key in "131210111111":  # data_protection has no partial; 1 is taken
        page.keyboard.press(key)
    page.keyboard.press("Z")
    page.keyboard.press("0")
    expect(page.locator("[data-all]")).to_have_text("12 / 12")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Blind audit compared")

    assert look(page) == []
    with web_database.reading() as db:
        rows = db.execute(select(AuditRating.criterion, AuditRating.value).order_by(AuditRating.id))
        found = {row.criterion: row.value for row in rows}
    assert [found[key] for key in CRITERIA] == [
        "pass", "fail", "pass", "partial", "pass", "na",
        "pass", "pass", "pass", "pass", "pass", "na",
    ]  # fmt: skip
