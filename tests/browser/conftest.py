"""A real server and Debian's Chromium, watched: script errors and foreign requests fail the test."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from service.app import create_app
from service.config import Settings
from service.database import Database
from service.identity.access import start_visit
from service.identity.tables import User
from service.migrate import upgrade
from tests.conftest import SECRET

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return a running Chromium, ended with the module: Playwright keeps an event loop running."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def web_settings(tmp_path: Path) -> Settings:
    """Return settings of an embedded installation."""
    return Settings(data_dir=tmp_path, secret_key=SECRET.decode())


@pytest.fixture
def web_database(web_settings: Settings) -> Iterator[Database]:
    """Return its empty database."""
    database = Database(web_settings.url, secret=SECRET)
    upgrade(database.engine)
    yield database
    database.close()


@pytest.fixture
def origin(web_settings: Settings, web_database: Database) -> Iterator[str]:
    """Return the address of a server on a free port."""
    app = create_app(web_settings, database=web_database)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", loop="uvloop"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)  # our own thread is starting
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def page(chromium: Browser, origin: str) -> Iterator[Page]:
    """Return a page that fails the test on a script error, a CSP report or a foreign request."""
    context = chromium.new_context(
        base_url=origin, viewport={"width": 1440, "height": 900}, locale="en-GB"
    )
    faults: list[str] = []
    context.on("page", lambda one: watch(one, origin, faults))
    page = context.new_page()
    yield page
    context.close()
    assert faults == []


def watch(page: Page, origin: str, faults: list[str]) -> None:
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.on(
        "console",
        lambda said: (
            faults.append(f"console: {said.text}")
            if said.type == "error" and "Failed to load resource" not in said.text
            else None
        ),
    )
    page.on(
        "request",
        lambda asked: (
            faults.append(f"request: {asked.url}")
            if not asked.url.startswith((origin, "data:", "about:", "blob:"))
            else None
        ),
    )
    page.on("dialog", lambda dialog: _dismiss(dialog, faults))


def _dismiss(dialog: Dialog, faults: list[str]) -> None:
    faults.append("dialog")
    dialog.dismiss()


@pytest.fixture
def enter(page: Page, web_database: Database, origin: str) -> Callable[[uuid.UUID], Page]:
    """Return a function that signs a person in on the page, without the cost of a password."""

    def do(user_id: uuid.UUID) -> Page:
        with web_database.writing() as db:
            token = start_visit(db, db.get_one(User, user_id))
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "afterword", "value": token, "url": origin}])
        return page

    return do


def violations(page: Page) -> list[str]:
    """Return what axe finds on a page, in short."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def clipped(page: Page) -> list[str]:
    """Return texts that are cut off or lie over each other, and whether the page scrolls sideways."""
    return list(page.evaluate(CLIPPED))


CLIPPED = """() => {
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth + 1) found.push("the page scrolls sideways");
  for (const element of document.querySelectorAll("main a, main button, main h1, main h2, main label, .topbar a")) {
    const style = getComputedStyle(element);
    if (style.visibility === "hidden" || element.closest("[popover]:not(:popover-open), .visually-hidden, .scroll-x")) continue;
    if (element.scrollWidth > element.clientWidth + 2 && element.clientWidth > 0 && style.overflow === "hidden" && style.textOverflow !== "ellipsis")
      found.push("cut: " + element.textContent.trim().slice(0, 60));
  }
  return found;
}"""
