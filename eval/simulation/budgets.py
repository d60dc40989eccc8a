"""Does the error budget hold, and what does a slider of confidence do in its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from eval.simulation.pool import FAIL, Flags, Floats, Places
from eval.simulation.rows import Row, share_of
from eval.simulation.world import Blind, World, rate
from service.insights.budget import BUDGET, CONFIDENCE, Checked, choose

BUDGETS: Final = (BUDGET, 0.1, 0.2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one slice and budget: what part was auto-confirmed, and what part of that is wrong.

    wrong: against the truth; disputed: against blind audits of everything; both NaN if nothing was
    auto-confirmed.
    """

    budget: float
    has_drifted: bool
    coverage: float
    wrong: float
    disputed: float
    naive_coverage: float
    naive_wrong: float


@dataclass(frozen=True, slots=True)
class _Slice:
    """The proposals of one criterion and language that may be auto-confirmed."""

    confidence: Floats
    is_wrong: Flags
    is_disputed: Flags
    checked: Checked


def budgets(world: World, blind: Blind, random: np.random.Generator) -> list[Outcome]:
    """Return what every slice would auto-confirm, before the drift and from it on.

    Each time thresholds are chosen on the audits of those weeks, as after a slice has started again.
    """
    rated = rate(world, world.pool.truth[world.item], random)
    is_late = world.week >= world.plan.drift_week
    return [
        _outcome(one, budget, has_drifted=has_drifted)
        for has_drifted in (False, True)
        for one in _slices(world, blind, which=is_late == has_drifted, rated=rated)
        for budget in BUDGETS
    ]


def _slices(world: World, blind: Blind, *, which: Flags, rated: Places) -> list[_Slice]:
    """Return every slice's proposals among some conversations.

    Args:
        which: (N,) those of the world that take part.
        rated: (N, criteria) what reviewers would find in all.
    """
    pool = world.pool
    rows, kept = np.flatnonzero(which), which[blind.row]
    audited, chance, found = blind.row[kept], blind.chance[kept], blind.found[kept]
    sure, said = pool.probabilities.max(axis=2), pool.said
    slices = []
    for place in np.flatnonzero(~pool.card.is_critical):
        for language in range(len(pool.languages)):
            may = (pool.language == language) & (said[:, place] != FAIL)
            own, seen = rows[may[world.answer[rows]]], may[world.answer[audited]]
            answer, checked = world.answer[own], world.answer[audited[seen]]
            is_wrong = said[checked, place] != found[seen, place]
            slices.append(
                _Slice(
                    sure[answer, place],
                    said[answer, place] != pool.truth[world.item[own], place],
                    said[answer, place] != rated[own, place],
                    Checked(sure[checked, place], is_wrong, chance[seen]),
                )
            )
    return slices


def _outcome(one: _Slice, budget: float, *, has_drifted: bool) -> Outcome:
    choice = choose(one.checked, one.confidence, budget=budget)
    least = choice.threshold.confidence if choice.threshold else float("inf")
    ours, naive = one.confidence >= least, one.confidence >= 1 - budget
    return Outcome(
        budget,
        has_drifted,
        float(ours.mean()) if len(ours) else 0.0,
        _share(one.is_wrong[ours]),
        _share(one.is_disputed[ours]),
        float(naive.mean()) if len(naive) else 0.0,
        _share(one.is_wrong[naive]),
    )


def _share(flags: Flags) -> float:
    return float(flags.mean()) if len(flags) else float("nan")


def budget_rows(found: Sequence[Outcome]) -> list[Row]:
    """Return for each budget how often it was kept, beside a slider at the same confidence."""
    return [
        row
        for budget in BUDGETS
        for has_drifted in (False, True)
        for row in _rows(
            [one for one in found if (one.budget, one.has_drifted) == (budget, has_drifted)],
            budget,
            "from the drift on" if has_drifted else "before the drift",
        )
    ]


def _rows(found: Sequence[Outcome], budget: float, when: str) -> list[Row]:
    n = len(found)
    overruns = sum(one.wrong > budget for one in found)
    disputed = sum(one.disputed > budget for one in found)
    slid = sum(one.naive_wrong > budget for one in found)
    thresholds = sum(one.coverage > 0 for one in found)
    sliders = sum(one.naive_coverage > 0 for one in found)
    return [
        Row(
            f"error budget {budget:.0%} kept, {when}, {CONFIDENCE:.0%} sure",
            f"{share_of(n - overruns, n)}; by what blind audits would find "
            f"{share_of(n - disputed, n)}",
            "≥ 90 %",
            _over(found, thresholds, overruns, float(np.mean([one.coverage for one in found]))),
        ),
        Row(
            f"kept by a slider at {1 - budget:.0%} confidence, {when}",
            share_of(n - slid, n),
            "",
            _over(found, sliders, slid, float(np.mean([one.naive_coverage for one in found]))),
        ),
    ]


def _over(found: Sequence[Outcome], thresholds: int, overruns: int, coverage: float) -> str:
    return (
        f"{len(found):,} slices, {thresholds:,} auto-confirm {coverage:.1%} of all, "
        f"{overruns:,} overrun"
    )
