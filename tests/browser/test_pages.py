"""Every page in Chromium: axe, nothing cut off, no script error, in each language and theme."""

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import update

from service.app import create_app
from service.config import Settings
from service.database import Database
from service.identity.access import start_visit
from service.identity.policies import policies, routes_of
from service.identity.tables import ROLES, User
from service.migrate import upgrade
from tests.browser.conftest import clipped, violations, watch
from tests.conftest import SECRET
from tests.service.examples import EXAMPLES, path_of
from tests.service.world import World, build

pytestmark = pytest.mark.browser

NOT_PAGES = {
    "static",
    "healthz",
    "readyz",
    "import_events",
    "job_events",
    "download_report",
    "download_calendar",
    "print_agenda",
}
OBJECT = re.compile(r"\{(\w+)_id")
PREFERRED = ("lead", "mentor", "reviewer", "admin", "agent")


@dataclass
class Site:
    """A served world: where it is, what its pages are, and how each role is let in."""

    app: FastAPI
    origin: str
    world: World
    tokens: dict[str, str]
    database: Database

    def pages(self) -> Iterator[tuple[str, str]]:
        """Yield each page's address with a role that may open it."""
        for route in routes_of(self.app.routes):
            if (
                not isinstance(route, APIRoute)
                or "GET" not in (route.methods or ())
                or route.name in NOT_PAGES
            ):
                continue
            policy, example = policies()[route.name], EXAMPLES[route.name]
            if example.status != 200:
                continue
            role = next(role for role in PREFERRED if policy.is_public or role in policy.roles)
            names = [f"{name}_id" for name in OBJECT.findall(route.path)]
            objects = (
                dict.fromkeys(names, self.world.own(policy.scoped, role, route.name))
                if policy.scoped
                else {}
            )
            yield path_of(self.app, route.name, objects), role


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    settings = Settings(data_dir=folder, secret_key=SECRET.decode())
    database = Database(settings.url, secret=SECRET)
    upgrade(database.engine)
    with database.writing() as db:
        world = build(db)
        tokens = {role: start_visit(db, db.get_one(User, world.people[role])) for role in ROLES}
    app = create_app(settings, database=database)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", loop="uvloop"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)  # our own thread is starting
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Site(app, f"http://127.0.0.1:{port}", world, tokens, database)
    server.should_exit = True
    thread.join(timeout=10)


def visit(
    site: Site, chromium: Browser, *, language: str, theme: str
) -> Iterator[tuple[str, BrowserContext]]:
    """Yield every page's address with a browser context of a person who may open it."""
    with site.database.writing() as db:
        db.execute(update(User).values(language=language, theme=theme))
    contexts = {}
    for path, role in site.pages():
        if role not in contexts:
            contexts[role] = chromium.new_context(viewport={"width": 1440, "height": 900})
            contexts[role].add_cookies(
                [{"name": "afterword", "value": site.tokens[role], "url": site.origin}]
            )
        yield path, contexts[role]
    for context in contexts.values():
        context.close()


@pytest.mark.parametrize(
    ("language", "theme"), [("en", "light"), ("en", "dark"), ("pl", "light"), ("ru", "dark")]
)
def test_every_page_is_accessible_and_whole(
    site: Site, chromium: Browser, language: str, theme: str
) -> None:
    faults: list[str] = []
    for path, context in visit(site, chromium, language=language, theme=theme):
        page = context.new_page()
        watch(page, site.origin, faults)
        answer = page.goto(site.origin + path)
        assert answer is not None
        if answer.status != 200:
            faults.append(f"{path}: {answer.status}")
        if page.locator("html").get_attribute("lang") != language:
            faults.append(f"{path}: not in {language}")
        faults += [f"{path}: {found}" for found in violations(page)]
        for width in (1440, 768, 390):
            page.set_viewport_size({"width": width, "height": 900})
            faults += [f"{path} at {width}: {found}" for found in clipped(page)]
        page.close()

    assert faults == [], "\n".join(faults)


def test_without_anybody_signed_in_the_door_is_accessible(site: Site, chromium: Browser) -> None:
    faults: list[str] = []
    page = chromium.new_page()
    watch(page, site.origin, faults)
    for path in ("/sign-in", "/nowhere"):
        page.goto(site.origin + path)
        faults += [f"{path}: {found}" for found in violations(page)]
        page.set_viewport_size({"width": 390, "height": 900})
        faults += [f"{path}: {found}" for found in clipped(page)]
    page.close()

    assert faults == [], "\n".join(faults)
