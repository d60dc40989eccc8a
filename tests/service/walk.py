"""A walk through every route: the app over a world that each change starts anew."""

import hashlib
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx2 import Response
from sqlalchemy import text
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from service import migrate
from service.app import create_app
from service.config import Settings
from service.database import Database
from service.identity.access import start_visit
from service.identity.policies import policies, routes_of
from service.identity.tables import ROLES, User
from service.tables import metadata
from tests.conftest import SECRET
from tests.service.examples import EXAMPLES, path_of
from tests.service.world import World, build

REQUEST_ID = re.compile(r"<dt>[^<]*</dt><dd><code>[0-9a-f]{12}</code></dd>")

OBJECT = re.compile(r"\{(\w+)_id")

ANYWHERE = {"accept": "text/html", "sec-fetch-site": "same-origin", "accept-language": "en"}

NEVER_SHOWN = {"sign_ins"}  # when somebody was last seen is written by any request


@dataclass
class Walk:
    """The app over a world; each request that changes something runs on a copy of it."""

    app: FastAPI
    browser: TestClient
    routes: dict[str, APIRoute | Route | Mount]
    world: World
    tokens: dict[str, str]
    kept: Path
    used: Path
    built: dict[str, str]  # the content of the world as it was built

    def client(self, role: str | None) -> TestClient:
        """Return the one browser, signed in as a role."""
        self.browser.cookies.clear()
        if role is not None:
            self.browser.cookies.set("afterword", self.tokens[role])
        return self.browser

    def fresh(self) -> Database:
        """Put the world back to how it was built."""
        self.app.state.database.close()
        for ending in ("", "-wal", "-shm"):
            Path(f"{self.used}{ending}").unlink(missing_ok=True)
        shutil.copyfile(self.kept, self.used)
        database = Database(f"sqlite:///{self.used}", secret=SECRET)
        self.app.state.database = database
        return database

    def ask(self, route: str, role: str | None, objects: dict[str, uuid.UUID]) -> Response:
        """Send a route's example request."""
        path = path_of(self.app, route, objects)
        if "GET" in methods_of(self.routes[route]):
            return self.client(role).get(path)
        example = EXAMPLES[route]
        fields = example.form(self.world, role or "reviewer") if example.form else {}
        return self.client(role).post(path, data=dict(fields))

    def objects(self, route: str, role: str, which: str) -> dict[str, uuid.UUID] | None:
        """Return the object ids of a route's path; None where there is no such case."""
        kind = policies()[route].scoped
        names = [f"{name}_id" for name in OBJECT.findall(self.routes[route].path)]
        if kind is None:
            return {} if which == "own" else None
        if which == "own":
            return dict.fromkeys(names, self.world.own(kind, role, route))
        if which == "missing":
            return dict.fromkeys(names, uuid.UUID(int=7))
        if role == "admin" or kind not in self.world.foreign:
            return None
        return dict.fromkeys(names, self.world.foreign[kind])


def methods_of(route: object) -> set[str]:
    return set(getattr(route, "methods", None) or {"GET"})


@contextmanager
def begun(folder: Path) -> Iterator[Walk]:
    """Build a world in a folder and let the app begin on a copy of it."""
    kept, used = folder / "kept.sqlite3", folder / "used.sqlite3"
    database = Database(f"sqlite:///{kept}", secret=SECRET)
    migrate.upgrade(database.engine)
    tokens = {}
    with database.writing() as db:
        world = build(db)
        for role in ROLES:
            tokens[role] = start_visit(db, db.get_one(User, world.people[role]))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    database.close()
    shutil.copyfile(kept, used)
    settings = Settings(
        data_dir=folder, database_url=f"sqlite:///{used}", secret_key=SECRET.decode()
    )
    app = create_app(settings)
    found = {route.name or "": route for route in routes_of(app.routes)}
    built = content(app.state.database)
    with TestClient(
        app,
        base_url="http://127.0.0.1",
        follow_redirects=False,
        headers=ANYWHERE,
        raise_server_exceptions=False,
    ) as browser:
        yield Walk(app, browser, found, world, tokens, kept, used, built)


def content(database: Database) -> dict[str, str]:
    """Return a digest of every table's rows."""
    found = {}
    with database.reading() as db:
        for table in metadata.sorted_tables:
            rows = sorted(map(repr, db.execute(text(f'SELECT * FROM "{table.name}"'))))
            found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return {name: digest for name, digest in found.items() if name not in NEVER_SHOWN}
