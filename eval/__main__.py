"""`python -m eval [PART…] [--check] [--data FILE]`: measure the shipped models and the product.

Without a part the quality of the models is measured; speed, pages, import and simulate take minutes
and are asked for by name.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from eval.calibration import calibration
from eval.cases import cases
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
    "cases": cases,
    "calibration": calibration,
}
PRODUCT = ("speed", "pages", "import", "simulate")
RUNS = 200  # of the simulation


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the reports that were asked for; 1 with --check where one is below its floor."""
    options = _options(arguments)
    asked = options.parts or list(PARTS)
    reports = _quality(options, [part for part in asked if part in PARTS])
    tables = {report.part: table(report) for report in reports}
    tables |= {part: _figures(part, options) for part in asked if part in PRODUCT}
    for part, markdown in tables.items():
        print(markdown)
        if options.write:
            write_results(part, markdown)
    floors = read_floors() if options.check else {}
    failures = [sentence for report in reports for sentence in below_floor(report, floors)]
    print("\n".join(failures), end="\n" if failures else "")
    return 1 if failures else 0


def _quality(options: argparse.Namespace, parts: Sequence[str]) -> list[Report]:
    """Measure the parts that need the models' answers, computed once."""
    if not parts:
        return []
    measured = _measured(options)
    return [PARTS[part](measured) for part in parts]


def _measured(options: argparse.Namespace) -> Measured:
    analyser = Analyser.load(
        WEIGHTS, heads=options.heads, encoder=options.encoder, threads=options.threads
    )
    return measure(analyser, rated_conversations(options.data), options.data.name)


def _figures(part: str, options: argparse.Namespace) -> str:
    """Measure how fast or how honest the product is; its imports are needed for nothing else."""
    if part == "simulate":
        from eval.simulation.pool import pool_of  # noqa: PLC0415 -- a product part, like the others
        from eval.simulation.simulate import simulation_table  # noqa: PLC0415 -- the same

        return simulation_table(pool_of(_measured(options)), runs=options.runs)
    if part == "speed":
        from eval.speed import as_table, speed  # noqa: PLC0415 -- brings the pipelines

        return as_table("python -m eval speed", speed(threads=options.threads or 2))
    if part == "import":
        from eval.importing import importing  # noqa: PLC0415 -- a product part, like the others
        from eval.speed import as_table  # noqa: PLC0415 -- brings the pipelines

        return as_table("python -m eval import", importing())
    from eval.pages import pages  # noqa: PLC0415 -- brings the whole service
    from eval.speed import as_table  # noqa: PLC0415 -- brings the pipelines

    return as_table("python -m eval pages", pages())


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Measure the shipped models, with 95 % bootstrap intervals.",
    )
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help=f"{', '.join(PARTS)} (all by default); {', '.join(PRODUCT)}",
    )
    parser.add_argument("--check", action="store_true", help="fail below eval/floors.json")
    parser.add_argument("--write", action="store_true", help="put the tables into eval/README.md")
    parser.add_argument("--data", type=Path, default=DEVELOPMENT, help="rated conversations")
    parser.add_argument("--heads", type=Path, help="a folder of heads")
    parser.add_argument("--encoder", type=Path, help="the encoder folder the heads were made for")
    parser.add_argument("--threads", type=int, help="of torch; else what OMP_NUM_THREADS says")
    parser.add_argument("--runs", type=int, default=RUNS, help="of the simulation")
    options = parser.parse_args(arguments)
    if options.runs < 1:
        parser.error("--runs is at least 1")
    known = (*PARTS, *PRODUCT)
    if unknown := [part for part in options.parts if part not in known]:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(known)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
