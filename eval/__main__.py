"""`python -m eval [PART…] [--check] [--data FILE]`: measure the shipped models."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from eval.calibration import calibration
from eval.datasets import DEVELOPMENT, WEIGHTS, rated_conversations
from eval.measured import Measured, measure
from eval.report import Report, below_floor, read_floors, table, write_results
from eval.retrieval import retrieval
from eval.rubric import rubric
from eval.sentiment import sentiment
from models.analyser import Analyser

PARTS: dict[str, Callable[[Measured], Report]] = {
    "rubric": rubric,
    "sentiment": sentiment,
    "retrieval": retrieval,
    "calibration": calibration,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the reports that were asked for; 1 with --check where one is below its floor."""
    options = _options(arguments)
    analyser = Analyser.load(
        WEIGHTS, heads=options.heads, encoder=options.encoder, threads=options.threads
    )
    examples = rated_conversations(options.data)
    measured = measure(analyser, examples, options.data.name)
    failures: list[str] = []
    for part in options.parts or PARTS:
        report = PARTS[part](measured)
        print(table(report))
        if options.write:
            write_results(report)
        if options.check:
            failures.extend(below_floor(report, read_floors()))
    print("\n".join(failures), end="\n" if failures else "")
    return 1 if failures else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Measure the shipped models, with 95 % bootstrap intervals.",
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; else all")
    parser.add_argument("--check", action="store_true", help="fail below eval/floors.json")
    parser.add_argument("--write", action="store_true", help="put the tables into eval/README.md")
    parser.add_argument("--data", type=Path, default=DEVELOPMENT, help="rated conversations")
    parser.add_argument("--heads", type=Path, help="a folder of heads")
    parser.add_argument("--encoder", type=Path, help="the encoder folder the heads were made for")
    parser.add_argument("--threads", type=int, help="of torch; else what OMP_NUM_THREADS says")
    options = parser.parse_args(arguments)
    if unknown := [part for part in options.parts if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
