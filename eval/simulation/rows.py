"""A row of the table, and how shares and intervals are put into it."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.insights.budget import interval


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what it is, what was aimed at, and over how much it was measured."""

    name: str
    figure: str
    goal: str
    over: str


def share_of(count: int, total: int) -> str:
    """Return a share in percent with its 95 % interval as if all were independent."""
    if not total:
        return "none"
    low, high = interval(count, total)
    return f"{count / total:.1%} ({low:.1%} to {high:.1%})"


def as_table(title: str, rows: Sequence[Row]) -> str:
    """Return rows as Markdown under a line that says how they came about."""
    lines = [title, "", "| what | figure | goal | over |", "|---|---|---|---|"]
    lines += [f"| {row.name} | {row.figure} | {row.goal} | {row.over} |" for row in rows]
    return "\n".join(lines) + "\n"
