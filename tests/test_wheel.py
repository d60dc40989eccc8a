"""The wheel holds everything the program reads, and runs without the repository around it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent
PACKAGES = ("service", "models", "prompts", "eval")
WEIGHTS = {".bin", ".safetensors"}
KINDS = {
    *(".py", ".html", ".css", ".js", ".svg", ".po", ".mako", ".yaml", ".j2", ".json", ".jsonl"),
    *WEIGHTS,
}
FIRST_DAY = """
import sys
import eval, models, prompts, service
from datetime import UTC, datetime
from starlette.testclient import TestClient
from service.app import create_app
from service.config import Settings, secret_of
from service.database import Database
from service.demo.cast import conversations
from service.migrate import upgrade

assert [m.__path__[0] for m in (service, models, prompts, eval)] == sys.argv[1:], sys.path
settings = Settings()
database = Database(settings.url, secret=secret_of(settings))
upgrade(database.engine)
client = TestClient(create_app(settings, database=database), base_url="http://127.0.0.1")
print(client.get("/sign-in", headers={"accept": "text/html", "accept-language": "pl"}).text)
print(len(list(conversations(datetime.now(UTC)))))
"""


def in_the_wheel() -> dict[str, Path]:
    """Return path in the wheel -> file; nothing is compressed for that."""
    files = WheelBuilder(str(ROOT)).recurse_included_files()
    return {file.distribution_path: Path(file.path) for file in files}


def test_every_file_of_the_packages_is_in_the_wheel_and_nothing_else() -> None:
    there = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert set(in_the_wheel()) == there
    assert {Path(name).suffix for name in there} >= KINDS


def test_what_the_wheel_holds_makes_a_database_answers_and_has_the_demo(tmp_path: Path) -> None:
    installed = tmp_path / "site"
    for name, file in in_the_wheel().items():
        if file.suffix not in WEIGHTS:
            target = installed / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)

    output = subprocess.run(
        [sys.executable, "-c", FIRST_DAY, *(str(installed / package) for package in PACKAGES)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed), "AFTERWORD_DATA_DIR": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert '<html lang="pl"' in output
    assert "Zaloguj się" in output
    assert output.splitlines()[-1] == "221"
