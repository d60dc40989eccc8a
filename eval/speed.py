"""How fast: `rate` against one pipeline per task in the same run, memory, start, and pages.

Figures are ratios and orders of magnitude: machines differ and are shared. Nothing is asserted.
"""

import json
import platform
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from eval.datasets import DEVELOPMENT, WEIGHTS, rated_conversations
from eval.pipelines import make_pipelines
from eval.starting import help_seconds, run_command, start_seconds
from models.analyser import Analyser
from models.types import Dialogue

CHATS = 200
PIPELINE_CHATS = 2
RESCORED = 2000


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure, with what it counts and over how much."""

    name: str
    value: str
    over: str


def speed(*, threads: int = 2) -> list[Figure]:
    """Measure everything once, after a warm-up.

    Args:
        threads: of torch, for both sides alike.
    """
    torch.set_num_threads(threads)
    chats = ten_turn_chats(CHATS)
    analyser = Analyser.load(WEIGHTS, threads=threads)
    analyser.analyse(chats[:8], analyser.vectors(chats[:8]))
    start = time.perf_counter()
    vectors = analyser.vectors(chats)
    encoded = time.perf_counter()
    analyser.analyse(chats, vectors)
    done = time.perf_counter()
    ours = CHATS / (done - start)
    usual = _pipeline_rate(chats[:PIPELINE_CHATS], analyser.criteria)
    rounds = RESCORED // CHATS
    before = time.perf_counter()
    for _ in range(rounds):
        analyser.analyse(chats, vectors)
    again = rounds * CHATS / (time.perf_counter() - before)
    tokens = statistics.mean(_words(chat) for chat in chats)
    return [
        Figure(
            "ten-turn chats rated a second",
            f"{ours:.1f}",
            f"{CHATS} chats, {tokens:.0f} words each",
        ),
        Figure(
            "of that time, encoding", f"{(encoded - start) / (done - start):.0%}", f"{CHATS} chats"
        ),
        Figure("the same by one pipeline per task", f"{usual:.3f}", f"{PIPELINE_CHATS} chats"),
        Figure("ratio", f"{ours / usual:.0f} ×", "same run, same threads"),
        Figure(
            "rescored a second from cached vectors",
            f"{again:.0f}",
            f"{rounds * CHATS} conversations",
        ),
        *_commands(chats),
    ]


def ten_turn_chats(count: int) -> list[Dialogue]:
    """Return chats of ten turns, about 500 tokens, cut from and joined of the development data.

    No two are alike, so that nothing is saved by recognising repeated turns.
    """
    found: list[Dialogue] = []
    examples = [example.dialogue for example in rated_conversations(DEVELOPMENT)]
    turns = [turn for dialogue in examples for turn in dialogue.turns if 60 < len(turn.text) < 400]
    for number in range(count):
        cut = [turns[(number * 7 + place * 31) % len(turns)] for place in range(10)]
        marked = [type(turn)(turn.speaker, f"{turn.text} #{number}") for turn in cut]
        language = examples[number % len(examples)].language
        found.append(Dialogue("chat", language, tuple(marked)))
    return found


def _words(dialogue: Dialogue) -> int:
    return sum(len(turn.text.split()) for turn in dialogue.turns)


def _pipeline_rate(chats: Sequence[Dialogue], criteria: Sequence[str]) -> float:
    pipelines = make_pipelines(WEIGHTS / "base")
    with torch.inference_mode():
        pipelines.rate(chats[0], criteria[:1])
        start = time.perf_counter()
        for chat in chats:
            pipelines.rate(chat, criteria)
    return len(chats) / (time.perf_counter() - start)


def _commands(chats: Sequence[Dialogue]) -> list[Figure]:
    """Measure commands in processes of their own, as a user starts them."""
    rated = run_command("rate", given="".join(line + "\n" for line in as_lines(chats)))
    return [
        Figure(
            "`rate` as a command, a second",
            f"{len(chats) / rated.seconds:.1f}",
            f"{len(chats)} chats, start included",
        ),
        Figure("`rate` as a command, peak memory", f"{rated.memory:.0f} MB", f"{len(chats)} chats"),
        Figure(
            "`serve`, from the command to the first page", f"{start_seconds():.1f} s", "median of 3"
        ),
        Figure("`--help`", f"{help_seconds():.2f} s", "median of 5"),
    ]


def as_lines(chats: Sequence[Dialogue]) -> Iterator[str]:
    """Yield conversations in the neutral format."""
    for number, chat in enumerate(chats):
        turns = [{"speaker": turn.speaker, "text": turn.text} for turn in chat.turns]
        yield json.dumps(
            {"id": str(number), "channel": chat.channel, "language": chat.language, "turns": turns},
            ensure_ascii=False,
        )


def as_table(title: str, figures: Sequence[Figure]) -> str:
    """Return figures as Markdown, with the machine they were measured on."""
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    rows = [
        f"`{title}` on {cpu}, {torch.get_num_threads()} threads",
        "",
        "| what | figure | over |",
        "|---|---|---|",
    ]
    rows += [f"| {figure.name} | {figure.value} | {figure.over} |" for figure in figures]
    return "\n".join(rows) + "\n"
