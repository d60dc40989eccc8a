"""What the documents promise is there: settings, commands, targets, words."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from service.cli import app
from service.config import Settings
from service.tables import metadata

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
# Tables of the machinery: no word that people use.
INNER = {
    "agenda_evidence", "agent_names", "audit_rows", "case_vectors", "dead_workers", "head_versions",
    "indexed_texts", "job_batches", "job_failures", "known_addresses", "latest_runs", "memberships", "queue_items",
    "refused_records", "dispute_answers", "withheld_ratings", "audit_ratings", "stream_shares",
    "reset_links", "scoring_runs", "sign_in_tries", "sign_ins", "skips", "turn_sentiments",
    "turn_vectors", "users", "worker_leases",
}  # fmt: skip


def commands() -> dict[str, Any]:
    found: dict[str, Any] = {}
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        found[name] = command
        found.update(
            {f"{name} {inner}": sub for inner, sub in getattr(command, "commands", {}).items()}
        )
    return found


def test_every_setting_is_in_the_readme_and_no_other() -> None:
    settings = {f"AFTERWORD_{name.upper()}" for name in Settings.model_fields}
    table = README.split("## Settings")[1].split("\n## ")[0]

    assert set(re.findall(r"`(AFTERWORD_[A-Z_]+)`", table)) == settings


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_explains_itself(name: str) -> None:
    answer = CliRunner().invoke(app, [*name.split(), "--help"])

    assert answer.exit_code == 0
    assert "Usage:" in answer.stdout


def test_every_command_is_in_the_readme() -> None:
    table = README.split("## Commands")[1].split("\n## ")[0]
    named = set(re.findall(r"^\| `([a-z-]+)", table, flags=re.MULTILINE))
    shown = {name for name, command in commands().items() if " " not in name and not command.hidden}

    assert shown <= named
    assert named <= {name for name in commands() if " " not in name}


def test_the_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))

    assert set(re.findall(r"(?:^|`)make ([a-z]+)", README, flags=re.MULTILINE)) <= targets
    assert {"run", "test", "lint", "bench", "help"} <= targets


def test_the_files_that_the_readme_points_to_exist() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", README)

    assert [link for link in links if not (ROOT / link).exists()] == []


def test_what_people_speak_of_is_among_the_words_of_the_readme() -> None:
    words = README.split("\nWords: ")[1].lower()
    missing = []
    for table in metadata.tables:
        if table in INNER:
            continue
        singular = re.sub(r"(ie)?s$", lambda m: "y" if m.group(1) else "", table).replace("_", " ")
        if singular not in words.replace("-", " "):
            missing.append(table)

    assert missing == []
