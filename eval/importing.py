"""Import a large file as a user would, in a process of its own: conversations a second, memory."""

import json
import tempfile
from pathlib import Path
from typing import TextIO

from eval.datasets import DEVELOPMENT, rated_conversations
from eval.speed import Figure
from eval.starting import Run, run_command

AGENTS = 30


def importing(*, conversations: int = 100_000) -> list[Figure]:
    """Measure `afterword import --no-score` of a generated file, and importing it again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "conversations.jsonl"
        with path.open("w", encoding="utf-8") as file:
            write_lines(file, conversations)
        size = path.stat().st_size / 1e6
        over = f"{conversations:,} conversations, {size:.0f} MB, SQLite"
        first, counts = _run(path, Path(folder) / "var")
        again, unchanged = _run(path, Path(folder) / "var")
    if counts["imported"] != conversations or unchanged["unchanged"] != conversations:
        raise RuntimeError(f"{counts}, then {unchanged}")
    return [
        Figure("imported a second, unscored", f"{conversations / first.seconds:.0f}", over),
        Figure("peak memory", f"{first.memory:.0f} MB", over),
        Figure(
            "the same file again, a second", f"{conversations / again.seconds:.0f}", "all unchanged"
        ),
    ]


def write_lines(file: TextIO, conversations: int) -> None:
    """Write conversations made of the development data, each with an id and an order of its own."""
    examples = [example.dialogue for example in rated_conversations(DEVELOPMENT)]
    for number in range(conversations):
        dialogue = examples[number % len(examples)]
        turns = [{"speaker": turn.speaker, "text": turn.text} for turn in dialogue.turns]
        turns[0]["text"] += f" (order {100_000 + number})"
        line = {
            "id": f"c{number}",
            "channel": dialogue.channel,
            "agent": f"Agent {number % AGENTS}",
            "turns": turns,
        }
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _run(path: Path, data_dir: Path) -> tuple[Run, dict[str, int]]:
    """Return what one import took, and its counts."""
    run = run_command("import", "--json", "--no-score", str(path), data_dir=data_dir)
    counts: dict[str, int] = json.loads(run.output.splitlines()[-1])
    return run, counts
