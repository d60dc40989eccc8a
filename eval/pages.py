"""How long the pages take with many conversations and cases, asked one after another over HTTP."""

import itertools
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
import uvicorn
from sqlalchemy import select

from eval.case_volume import fill_cases, questions
from eval.datasets import WEIGHTS
from eval.speed import Figure
from eval.volume import fill
from models.analyser import Analyser
from service.app import create_app
from service.config import Settings
from service.database import Database
from service.identity.access import start_visit
from service.migrate import upgrade
from service.review.tables import Review

RUNS = 60
WARM_UP = 5


def pages(*, conversations: int = 20_000, cases: int = 20_000) -> list[Figure]:
    """Measure the median and the 95th percentile of the pages people use most, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), secret_key="measured-" * 5)
        database = Database(settings.url, secret=b"measured-" * 5)
        upgrade(database.engine)
        people = fill(database, conversations)
        fill_cases(database, Analyser.load(WEIGHTS), cases)
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
            figures = [
                _figure(f"page: {name}", f"{conversations:,} conversations", _opening(
                    origin, tokens[role], found))
                for name, (role, found) in paths.items()
            ]  # fmt: skip
            asking = _asking(origin, tokens["agent"])
            return [*figures, _figure("page: answers to a question", f"{cases:,} cases", asking)]


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


def _opening(origin: str, token: str, paths: Sequence[str]) -> Iterator[float]:
    """Yield the milliseconds of opening one page after the other, for ever."""
    with _browser(origin, token) as client:
        for path in itertools.cycle(paths):
            yield _milliseconds(client.build_request("GET", path), client)


def _asking(origin: str, token: str) -> Iterator[float]:
    """Yield the milliseconds of one customer's question after the other, for ever."""
    with _browser(origin, token) as client:
        for text, _ in itertools.cycle(questions()):
            asked = client.build_request("POST", "/answers", data={"question": text})
            yield _milliseconds(asked, client)


def _browser(origin: str, token: str) -> httpx2.Client:
    return httpx2.Client(
        base_url=origin,
        cookies={"afterword": token},
        headers={"accept": "text/html", "origin": origin},
        timeout=60,
    )


def _milliseconds(request: httpx2.Request, client: httpx2.Client) -> float:
    start = time.perf_counter()
    answer = client.send(request)
    took = 1000 * (time.perf_counter() - start)
    if answer.status_code != 200:
        raise RuntimeError(f"{request.url.path}: {answer.status_code}")
    return took


def _figure(name: str, over: str, times: Iterator[float]) -> Figure:
    """Return the figure of the first requests after a few that only warm up."""
    measured = list(itertools.islice(times, WARM_UP, WARM_UP + RUNS))
    p95 = statistics.quantiles(measured, n=20)[-1]
    value = f"median {statistics.median(measured):.0f} ms, p95 {p95:.0f} ms"
    return Figure(name, value, f"{RUNS} requests, {over}")
