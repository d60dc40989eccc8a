"""How long the pages take with many conversations, asked one after another over HTTP."""

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import uvicorn
from sqlalchemy import select

from eval.speed import Figure
from eval.volume import fill
from service.app import create_app
from service.config import Settings
from service.database import Database
from service.identity.access import start_visit
from service.migrate import upgrade
from service.review.tables import Review

RUNS = 60


def pages(*, conversations: int = 20_000) -> list[Figure]:
    """Measure the median and the 95th percentile of the pages people use most, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), secret_key="measured-" * 5)
        database = Database(settings.url, secret=b"measured-" * 5)
        upgrade(database.engine)
        people = fill(database, conversations)
        with database.writing() as db:
            tokens = {role: start_visit(db, user) for role, user in people.items()}
            reviews = list(db.scalars(select(Review.id).limit(RUNS)))
            asked = list(db.scalars(select(Review.conversation_id).limit(RUNS)))
        paths = {
            "queue": ("reviewer", ["/queue"]),
            "review": ("reviewer", [f"/reviews/{review}" for review in reviews]),
            "conversations": ("lead", ["/conversations"]),
            "a conversation": ("lead", [f"/conversations/{one}" for one in asked]),
            "coaching": ("mentor", ["/coaching"]),
            "an agent's own page": ("agent", ["/me"]),
        }
        with served(settings, database) as origin:
            return [
                _figure(name, origin, tokens[role], found, conversations)
                for name, (role, found) in paths.items()
            ]


@contextmanager
def served(settings: Settings, database: Database) -> Iterator[str]:
    """Serve the app on a free port in a thread."""
    config = uvicorn.Config(
        create_app(settings, database=database), port=0, log_level="error", loop="uvloop"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)  # -- waits for our own thread
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def _figure(name: str, origin: str, token: str, paths: list[str], conversations: int) -> Figure:
    times = []
    with httpx2.Client(
        base_url=origin, cookies={"afterword": token}, headers={"accept": "text/html"}
    ) as client:
        for number in range(RUNS + 5):
            start = time.perf_counter()
            answer = client.get(paths[number % len(paths)])
            times.append(1000 * (time.perf_counter() - start))
            if answer.status_code != 200:
                raise RuntimeError(f"{name}: {answer.status_code}")
    times = times[5:]
    p95 = statistics.quantiles(times, n=20)[-1]
    value = f"median {statistics.median(times):.0f} ms, p95 {p95:.0f} ms"
    return Figure(f"page: {name}", value, f"{RUNS} requests, {conversations:,} conversations")
