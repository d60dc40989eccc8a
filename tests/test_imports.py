"""What may be imported where: no pickle, heavy libraries behind their doors, names of our own."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("service", "models", "prompts", "eval")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
UNSAFE = {"pickle", "cPickle", "dill", "joblib", "cloudpickle", "shelve", "marshal", "sqlite3"}
UNSAFE_CALLS = re.compile(
    r"torch\.load\(|trust_remote_code|allow_pickle\s*=\s*True|yaml\.(unsafe_|full_)?load\(|"
    r"(?<![\w.])(eval|exec)\("
)


def imported(path: Path) -> Iterator[str]:
    """Yield the full names of the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def importers(*libraries: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in FILES
        for name in imported(path)
        if name.split(".")[0] in libraries
    }


def test_nothing_unpickles_and_nothing_takes_pythons_own_sqlite() -> None:
    assert importers(*UNSAFE) == set()


def test_nothing_runs_what_it_loads() -> None:
    found = [
        (path.relative_to(ROOT).as_posix(), match.group())
        for path in FILES
        if (match := UNSAFE_CALLS.search(path.read_text("utf-8")))
    ]

    assert found == []


@pytest.mark.parametrize(
    "text", ["torch.load(x)", "trust_remote_code=True", "yaml.load(x)", "eval(x)"]
)
def test_what_is_unsafe_would_be_found(text: str) -> None:
    assert UNSAFE_CALLS.search(text)


def test_dbos_stands_behind_one_module() -> None:
    assert importers("dbos") == {"service/jobs.py"}


def test_torch_and_faiss_are_the_models_business() -> None:
    inside = ("models/", "eval/")
    outside = {
        path
        for path in importers("torch", "faiss", "transformers", "sentence_transformers")
        if not path.startswith(inside)
    }

    assert outside <= {"service/scoring/scorer.py", "service/cases/search.py"}


def eager(path: Path) -> Iterator[str]:
    """Yield the modules that importing the file imports: not those inside functions."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_sentence_transformers_waits_until_an_operators_encoder_embeds() -> None:
    assert importers("sentence_transformers") == {"models/sentence_pipeline.py"}
    assert [path.name for path in FILES if "models.sentence_pipeline" in set(imported(path))] == [
        "local_encoder.py"
    ]
    assert [path.name for path in FILES if "models.sentence_pipeline" in set(eager(path))] == []


@pytest.mark.parametrize(
    "started",
    [
        "import service.app, service.serve",
        "import service.cli; sys.argv = ['afterword', '--help']; service.cli.main()",
    ],
)
def test_pages_and_help_start_without_the_heavy_libraries(started: str) -> None:
    watch = (
        "import atexit, sys; heavy = ('torch', 'transformers', 'sentence_transformers', 'faiss');"
        "atexit.register(lambda: print('heavy:', [one for one in heavy if one in sys.modules]));"
    )
    run = subprocess.run(
        [sys.executable, "-c", watch + started],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip

    assert run.stdout.splitlines()[-1] == "heavy: []"


def test_only_the_house_knows_the_web_framework() -> None:
    pure = re.compile(r"^(models|prompts)/|/(rules|queries|tables|actions)\.py$|/formats/")

    assert {path for path in importers("fastapi", "starlette") if pure.search(path)} == set()


def test_the_four_package_names_are_ours_alone() -> None:
    owners = packages_distributions()

    assert {name: set(owners.get(name, ["afterword"])) for name in PACKAGES} == {
        name: {"afterword"} for name in PACKAGES
    }


def test_no_module_is_a_drawer_for_anything() -> None:
    drawers = {"utils.py", "util.py", "common.py", "helpers.py", "misc.py", "manager.py"}

    assert [path.name for path in FILES if path.name in drawers] == []
