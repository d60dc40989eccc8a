"""A review by keyboard alone, on any layout; nothing is lost on the way."""

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from service.database import Database
from service.identity.tables import User
from service.review.actions import enqueue
from service.review.tables import Rating, Review
from tests.browser.conftest import clipped, violations
from tests.factories import make_agent, make_conversation, make_run, make_user

pytestmark = pytest.mark.browser
Enter = Callable[[uuid.UUID], Page]
PRESS = """([code, key, extra]) => (document.activeElement ?? document.body).dispatchEvent(
  new KeyboardEvent("keydown", {code, key, bubbles: true, cancelable: true, ...extra}))"""


@pytest.fixture
def ada(web_database: Database) -> uuid.UUID:
    with web_database.writing() as db:
        ada, agent = make_user(db), make_agent(db)
        for values in (
            {"data_protection": "fail", "plan": "fail", "closing": "fail"},
            {"plan": "fail"},
        ):
            conversation = make_conversation(db, agent=agent)
            make_run(db, conversation, values=values)
            enqueue(db, [conversation.id], unsure_below=0.8)
        return ada.id


def decided(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as db:
        rows = db.execute(
            select(Rating.criterion, Rating.value, Rating.decision).order_by(Rating.id)
        )
        return [(row.criterion, row.value, row.decision) for row in rows]


def stands_on(page: Page, key: str) -> None:
    row = page.locator(f"[data-criterion={key}]")
    expect(row).to_have_class(re.compile("is-current"))
    expect(row).to_be_focused()


def state(page: Page, key: str, expected: str) -> None:
    expect(page.locator(f"[data-criterion={key}]")).to_have_attribute("data-state", expected)


def open_first(page: Page) -> None:
    page.goto("/queue")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews/*")
    stands_on(page, "data_protection")


def test_a_review_by_keyboard_only(enter: Enter, ada: uuid.UUID, web_database: Database) -> None:
    page = enter(ada)
    open_first(page)

    page.keyboard.press("Space")
    stands_on(page, "plan")
    page.keyboard.press("2")
    stands_on(page, "closing")
    page.keyboard.press("z")  # the newest act is undone where it was
    stands_on(page, "plan")
    state(page, "plan", "todo")
    page.keyboard.press("3")
    stands_on(page, "closing")
    page.keyboard.press("r")  # the cause of the fail before: this one has none yet
    expect(page.locator("#cause-plan")).to_be_focused()
    page.keyboard.press("Escape")
    stands_on(page, "plan")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("e")
    page.keyboard.press("Shift+P")
    page.keyboard.press("c")
    page.keyboard.type("3 thanks, no summary")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("alert").filter(has_text="Still to decide")).to_be_visible()
    expect(page.locator("#comment-closing")).to_have_value("3 thanks, no summary")
    stands_on(page, "closing")
    page.keyboard.press("Space")
    state(page, "closing", "confirmed")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    stands_on(page, "plan")  # of the next conversation
    with web_database.reading() as db:
        states = sorted(review.state for review in db.scalars(select(Review)))
    assert states == ["draft", "submitted"]
    assert ("data_protection", "fail", "confirmed") in decided(web_database)


@pytest.mark.parametrize(
    ("code", "key", "expected"),
    [
        ("Space", " ", ("data_protection", "fail", "confirmed")),
        ("Digit1", "1", ("data_protection", "pass", "corrected")),
        ("Numpad0", "0", ("data_protection", "na", "corrected")),
    ],
)
def test_keys_are_places_on_the_keyboard(
    enter: Enter,
    ada: uuid.UUID,
    web_database: Database,
    code: str,
    key: str,
    expected: tuple[str, str, str],
) -> None:
    page = enter(ada)
    open_first(page)

    page.evaluate(PRESS, [code, key, {}])

    stands_on(page, "plan")
    page.evaluate(PRESS, ["KeyZ", "я", {}])  # Cyrillic layout
    stands_on(page, "data_protection")
    state(page, "data_protection", "todo")
    page.evaluate(PRESS, ["KeyC", "с", {}])
    expect(page.locator("#comment-data_protection")).to_be_focused()
    assert decided(web_database) == [expected, (*expected[:2], "undone")]


@pytest.mark.parametrize(
    ("code", "key", "extra"),
    [
        ("KeyZ", "ż", {"modifierAltGraph": True}),
        ("KeyC", "ć", {"altKey": True, "ctrlKey": True}),
        ("Digit3", "3", {"isComposing": True}),
        ("Numpad3", "PageDown", {}),
        ("Digit3", "#", {"shiftKey": True}),
    ],
)
def test_altgr_composition_and_numlock_off_decide_nothing(
    enter: Enter,
    ada: uuid.UUID,
    web_database: Database,
    code: str,
    key: str,
    extra: dict[str, bool],
) -> None:
    page = enter(ada)
    open_first(page)

    page.evaluate(PRESS, [code, key, extra])
    page.keyboard.press("ArrowDown")

    stands_on(page, "plan")
    assert decided(web_database) == []


def test_single_keys_can_be_switched_off(
    enter: Enter, ada: uuid.UUID, web_database: Database
) -> None:
    with web_database.writing() as db:
        db.get_one(User, ada).has_single_keys = False
    page = enter(ada)
    page.goto("/queue")
    page.get_by_role("button", name="Start").click()
    page.locator("#c11").focus()

    page.keyboard.press("3")
    page.keyboard.press("F1")

    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    assert decided(web_database) == []


def test_the_mouse_decides_and_skips_too(
    enter: Enter, ada: uuid.UUID, web_database: Database
) -> None:
    page = enter(ada)
    open_first(page)

    page.locator("#c5 .level-option-partial").click()
    state(page, "plan", "corrected")
    page.locator("#c5").get_by_label("Reason for the correction").select_option("transcript_error")
    expect(page.locator("#reason-plan")).to_have_value("transcript_error")
    page.locator("#c11").get_by_role("button", name="Confirm").click()
    state(page, "data_protection", "confirmed")
    page.keyboard.press("s")
    page.keyboard.press("4")

    page.wait_for_url("**/queue")
    assert [row[0] for row in decided(web_database)] == ["plan", "plan", "data_protection"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 1440])
def test_the_bench_fits_and_is_accessible(
    enter: Enter, ada: uuid.UUID, width: int, theme: str
) -> None:
    page = enter(ada)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto("/queue")
    assert (violations(page), clipped(page)) == ([], [])

    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/reviews/*")

    assert (violations(page), clipped(page)) == ([], [])
