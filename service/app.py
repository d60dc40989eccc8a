"""`create_app`: wires the slices; the only module that knows them all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.resources import files
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from fastapi.middleware import Middleware
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles

import service.agents.pages
import service.cases.pages
import service.coaching.own_pages
import service.coaching.pages
import service.coaching.session_pages
import service.conversations.import_pages
import service.conversations.import_progress
import service.conversations.pages
import service.disputes.own_pages
import service.disputes.pages
import service.health
import service.identity.pages
import service.identity.people_pages
import service.identity.settings_pages
import service.identity.team_pages
import service.job_pages
import service.review.audit_pages
import service.review.pages
import service.review.queue_pages
import service.review.share_pages
import service.suggestions.pages
from service import logs
from service.cases.search import EmbeddedSearch
from service.config import Settings, secret_of
from service.database import Database
from service.errors import N_
from service.identity.access import enforce, learn
from service.identity.policies import check_routes, may
from service.review.closed import stay_blind
from service.scoring.scorer import Scorer
from service.web import problems
from service.web.headers import SameOrigin, SecurityHeaders
from service.web.limits import BodyLimit
from service.web.navigation import Entry, Shown, entries_for
from service.web.paths import App
from service.web.rendering import environment
from service.web.requests import Faults, RequestNumber
from service.worker import Embedded

ROUTERS = (
    service.health.router,
    service.identity.pages.router,
    service.identity.settings_pages.router,
    service.identity.team_pages.router,  # its paths, and the next one's, begin like a person's
    service.agents.pages.router,
    service.identity.people_pages.router,
    service.conversations.import_pages.router,
    service.conversations.import_progress.router,
    service.conversations.pages.router,
    service.job_pages.router,
    service.review.queue_pages.router,
    service.review.share_pages.router,
    service.review.pages.router,
    service.review.audit_pages.router,
    service.cases.pages.router,
    service.suggestions.pages.router,
    service.disputes.pages.router,
    service.disputes.own_pages.router,
    service.coaching.pages.router,
    service.coaching.session_pages.router,
    service.coaching.own_pages.router,
)
NAVIGATION: tuple[Entry, ...] = (
    Entry("show_me", N_("My results"), "/me"),
    Entry("show_queue", N_("Queue"), "/queue"),
    Entry("list_disputes", N_("Disputes"), "/disputes"),
    Entry("list_agents", N_("Coaching"), "/coaching"),
    Entry("show_answers", N_("Find an answer"), "/answers"),
    Entry("list_conversations", N_("Conversations"), "/conversations"),
    Entry("list_cases", N_("Cases"), "/cases"),
    Entry("list_imports", N_("Import"), "/imports"),
    Entry("list_jobs", N_("Jobs"), "/jobs"),
    Entry("list_people", N_("People"), "/people"),
)
# From the outside in: what an inner one answers, the outer ones see.
MIDDLEWARE = (RequestNumber, SecurityHeaders, Faults, SameOrigin, BodyLimit)
START_PAGES = {
    "reviewer": "/queue",
    "lead": "/queue",
    "admin": "/queue",
    "mentor": "/coaching",
    "agent": "/me",
}


def create_app(settings: Settings, *, database: Database | None = None) -> FastAPI:
    """Return the web application.

    Args:
        settings: what the operator chose.
        database: given by tests; else opened from the settings.

    Raises:
        UndeclaredRoute: a route has no policy in authz.yaml.
        OldSqlite: this SQLite can corrupt a database.
    """
    logs.configure()
    app = App(
        title="Afterword",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(enforce), Depends(stay_blind)],
        middleware=[Middleware(one) for one in MIDDLEWARE],
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.database = database or Database(settings.url, secret=secret_of(settings))
    app.state.scorer = Scorer(settings, threads=1)  # loads nothing until somebody needs it
    app.state.search = EmbeddedSearch(app.state.scorer)
    app.state.worker = None  # `serve` puts the embedded one here
    app.state.setup = None  # and here the one-time token of an empty database
    app.mount(
        "/static", StaticFiles(directory=Path(str(files("service") / "static"))), name="static"
    )
    app.add_api_route("/", home, name="home", include_in_schema=False)
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app, learn=learn)
    check_routes(app)
    environment().globals["navigation"] = navigation
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    worker: Embedded | None = app.state.worker
    if worker is not None:
        worker.start_soon()
    yield
    if worker is not None:
        worker.stop()
    app.state.database.close()


def home(request: Request) -> RedirectResponse:
    """Send everybody to where their work is."""
    return RedirectResponse(START_PAGES[request.state.viewer.role], 303)


def navigation(request: Request) -> list[Shown]:
    """Return the top bar's entries for who asks."""
    viewer = request.state.viewer
    return entries_for(request, NAVIGATION, may=partial(may, viewer.role) if viewer else may_not)


def may_not(_route: str) -> bool:
    """Nobody is signed in: the top bar is empty."""
    return False
