"""Sizes of the house: what grows past them is split; complexity and style are ruff's business."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("service", "models", "prompts", "eval", "tests")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
LONGEST_FILE = 300
LONGEST_FUNCTION = 50
SCHEMA = "service/migrations/versions/0001_first_schema.py"
LONG_FILES = {SCHEMA: "Alembic writes it: one statement a table"}
LONG_FUNCTIONS = {
    f"{SCHEMA}:upgrade": "as above",
    f"{SCHEMA}:downgrade": "as above",
    "service/cli.py:import_": "half of it is the command's options, which Typer reads off there",
}


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Yield each function's name and lines, signature and docstring counted, decorators not."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


def test_no_file_is_longer_than_300_lines() -> None:
    lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in FILES
    }

    assert {name for name, count in lines.items() if count > LONGEST_FILE} == set(LONG_FILES)


def test_no_function_is_longer_than_50_lines() -> None:
    long = {
        f"{path.relative_to(ROOT).as_posix()}:{name}"
        for path in FILES
        for name, count in functions(path.read_text("utf-8"))
        if count > LONGEST_FUNCTION
    }

    assert long == set(LONG_FUNCTIONS)


@pytest.mark.parametrize(("body", "count"), [(49, 50), (50, 51)])
def test_a_function_is_counted_from_its_first_line_to_its_last(body: int, count: int) -> None:
    source = "@cache\ndef long():\n" + "    pass\n" * body

    assert list(functions(source)) == [("long", count)]
