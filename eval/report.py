"""A measurement: named numbers, each with its interval and n; as a table, against floors."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.metrics import Estimate

HERE = Path(__file__).parent
FLOORS = HERE / "floors.json"
RESULTS = HERE / "README.md"
BEGIN, END = "<!-- {} -->", "<!-- end {} -->"


@dataclass(frozen=True, slots=True)
class Line:
    """One number of a report; `unit` says what n counts."""

    name: str
    estimate: Estimate
    unit: str


@dataclass(frozen=True, slots=True)
class Report:
    """The numbers of one measurement, what they were measured with and on."""

    part: str
    model: str
    data: str
    lines: Sequence[Line]


def table(report: Report) -> str:
    """Return the report as Markdown."""
    rows = [
        f"`python -m eval {report.part}` on `{report.data}`, model {report.model}",
        "",
        "| measure | value | 95 % interval | n |",
        "|---|---|---|---|",
    ]
    for line in report.lines:
        e = line.estimate
        rows.append(
            f"| {line.name} | {e.value:.3f} | {e.low:.3f} to {e.high:.3f} | {e.n} {line.unit} |"
        )
    return "\n".join(rows) + "\n"


def below_floor(report: Report, floors: Mapping[str, float]) -> list[str]:
    """Return a sentence for each number that is below its floor.

    Args:
        report: what was measured.
        floors: "part/name" -> the least value; a floor for the calibration error is the most.
    """
    failures = []
    for line in report.lines:
        floor = floors.get(f"{report.part}/{line.name}")
        if floor is None:
            continue
        is_error = "error" in line.name
        if (line.estimate.value > floor) if is_error else (line.estimate.value < floor):
            word = "above" if is_error else "below"
            failures.append(
                f"{report.part}: {line.name} is {line.estimate.value:.3f}, {word} {floor}"
            )
    return failures


def read_floors(path: Path = FLOORS) -> dict[str, float]:
    """Return "part/name" -> the least (for an error: the most) it may be."""
    floors: dict[str, float] = json.loads(path.read_text("utf-8"))
    return floors


def write_results(part: str, markdown: str, path: Path = RESULTS) -> None:
    """Replace a part's table in the README, between its two markers."""
    text = path.read_text("utf-8")
    begin, end = BEGIN.format(part), END.format(part)
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{path.name} has no place for {part}: {begin} … {end}")
    path.write_text(f"{before}{begin}\n{markdown}{end}{after}", "utf-8")
