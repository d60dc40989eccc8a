"""A running installation with its worker and the real models, and the door into it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from service.app import create_app
from service.cases.importing import import_cases
from service.config import Settings
from service.database import Database
from service.identity.tables import User
from service.migrate import upgrade
from service.scoring.scorer import Scorer
from service.worker import Embedded
from tests.browser.conftest import watch
from tests.browser.review_plan import UNSURE_BELOW
from tests.browser.stories import PASSWORD, STORIES
from tests.conftest import SECRET

CASES_EACH = 20


@dataclass(frozen=True)
class Site:
    """A running installation with its worker, as `afterword serve` wires it."""

    origin: str
    database: Database
    scorer: Scorer


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """Serve a new database with the first cases of the demo in it."""
    settings = Settings(
        data_dir=folder,
        secret_key=SECRET.decode(),
        unsure_below=UNSURE_BELOW,
    )
    database = Database(settings.url, secret=SECRET)
    upgrade(database.engine)
    for story in STORIES:
        rows = files("service.demo").joinpath(f"cases.{story.language}.jsonl").read_bytes()
        import_cases(database, BytesIO(b"\n".join(rows.splitlines()[:CASES_EACH])))
    app = create_app(settings, database=database)
    app.state.worker = Embedded(database, settings, app.state.scorer)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", loop="uvloop"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)  # our own thread is starting
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Site(f"http://127.0.0.1:{port}", database, app.state.scorer)
    server.should_exit = True
    thread.join(timeout=10)


def until(database: Database, found: Callable[[Session], bool], *, seconds: float = 120) -> None:
    """Wait for what the worker does, asking often."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with database.reading() as db:
            if found(db):
                return
        time.sleep(0.1)  # between two questions
    pytest.fail(f"not within {seconds} seconds")


@contextmanager
def signed_in(chromium: Browser, site: Site, person: User, start: str) -> Iterator[Page]:
    """Yield a page of somebody who signed in by the form; faults of the script fail the test."""
    context = chromium.new_context(
        base_url=site.origin,
        viewport={"width": 1440, "height": 900},
        locale=person.language,
        permissions=["clipboard-read", "clipboard-write"],
    )
    faults: list[str] = []
    context.on("page", lambda one: watch(one, site.origin, faults))
    page = context.new_page()
    page.goto("/")
    page.locator("#email").fill(person.email or "")
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    page.wait_for_url(f"**{start}")
    expect(page.locator("html")).to_have_attribute("lang", person.language or "")
    yield page
    context.close()
    assert faults == []
