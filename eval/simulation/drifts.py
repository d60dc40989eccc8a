"""How soon the drift alarm sounds when the machine loses its way, and how often for nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from eval.simulation.pool import Flags, Floats, Places
from eval.simulation.rows import Row, share_of
from eval.simulation.world import World, another, mixture, rate
from service.insights.budget import interval
from service.insights.drift import FALSE_ALARMS, Watch, watch
from service.review.shares import LEAST_BLIND

WEEKS: Final = 52
DEEP: Final = 0.15  # a fall of agreement that is worth a row of its own


@dataclass(frozen=True, slots=True)
class Watched:
    """Of one run, by slice (criterion × language): the audit of the alarm, from 1; 0 without one.

    quiet: in a year without a drift. after: from the drift on. fell: how far agreement fell.
    a_week: blind audits of a slice.
    """

    quiet: Places
    after: Places
    fell: Floats
    a_week: int


def drifts(world: World, random: np.random.Generator) -> Watched:
    """Return what a year without and a year from the drift on do to the watches of all slices.

    What agreement is well is the lower end of its interval in the weeks before the drift.
    """
    languages = len(world.pool.languages)
    a_week = round(world.plan.weekly * LEAST_BLIND / languages)
    quiet, after, fell = [], [], []
    for language in range(languages):
        well = _agreements(world, language, (world.plan.drift_week - 1) * a_week, random)
        references = [1 - interval(int((~one).sum()), len(one))[1] for one in well.T]
        watches = [watch(one, audits_a_year=WEEKS * a_week) for one in references]
        year = _agreements(world, language, WEEKS * a_week, random)
        lost = _agreements(world, language, WEEKS * a_week, random, world.plan.unreadable)
        quiet.append(alarms(watches, year))
        after.append(alarms(watches, lost))
        fell.append(year.mean(axis=0) - lost.mean(axis=0))
    return Watched(np.concatenate(quiet), np.concatenate(after), np.concatenate(fell), a_week)


def _agreements(
    world: World, language: int, size: int, random: np.random.Generator, unreadable: float = 0.0
) -> Flags:
    """Return (size, criteria): whether machine and a blind reviewer give the same value."""
    item = mixture(world, language, size, random)
    is_lost = random.random(size) < unreadable
    answer = np.where(is_lost, another(world.pool, item, random), item)
    found: Flags = rate(world, world.pool.truth[item], random) == world.pool.said[answer]
    return found


def alarms(watches: Sequence[Watch], agrees: Flags) -> Places:
    """Return at which audit, from 1, each watch raises its alarm; 0 if it does not.

    The steps of `service.insights.drift.update`, for many watches at once.

    Args:
        watches: k that have seen nothing.
        agrees: (audits, k).
    """
    held = np.array([one.reference for one in watches])[:, None]
    fallen = np.array([one.dropped for one in watches])
    limit = np.array([one.limit for one in watches])
    same, other = fallen / held, (1 - fallen) / (1 - held)
    evidence = np.zeros_like(fallen)
    found = np.zeros(len(watches), dtype=np.int64)
    for number, row in enumerate(agrees, 1):
        evidence = (evidence + 1) * np.where(row[:, None], same, other)
        is_alarm = evidence.mean(axis=1) >= limit
        found[is_alarm & (found == 0)] = number
    return found


def drift_rows(found: Sequence[Watched]) -> list[Row]:
    """Return the rows on delay and false alarms, of a slice and of the whole organisation."""
    quiet = np.concatenate([one.quiet for one in found])
    after = np.concatenate([one.after for one in found])
    fell = np.concatenate([one.fell for one in found])
    delays = np.where(after > 0, after, np.inf)
    first = np.array([min(one.after[one.after > 0], default=np.inf) for one in found])
    a_week = found[0].a_week
    is_deep = fell >= DEEP
    return [
        _delay_row("until its alarm", delays, fell, a_week),
        _delay_row(
            f"until its alarm, agreement having fallen by {DEEP:.2f} or more",
            delays[is_deep],
            fell[is_deep],
            a_week,
        ),
        _delay_row("until the first alarm of any slice", first, fell, a_week),
        Row(
            "false alarms of a slice in a year without a drift",
            share_of(int((quiet > 0).sum()), len(quiet)),
            f"≤ {FALSE_ALARMS:.0%}",
            f"{len(quiet):,} slice-years; {(quiet > 0).sum() / len(found):.2f} a year of all slices",
        ),
    ]


def _delay_row(name: str, delays: Floats, fell: Floats, a_week: int) -> Row:
    median = float(np.median(delays)) if len(delays) else float("nan")
    known = f"{median:.0f}, {median / a_week:.1f} weeks"
    return Row(
        f"drift: audits of a slice {name}, median",
        known if np.isfinite(median) else f"more than {WEEKS * a_week}, a year",
        "",
        f"{len(delays):,} {'slices' if len(delays) == len(fell) else 'runs'}, agreement fell by "
        f"{fell.mean() if len(fell) else 0:.2f}; {np.isfinite(delays).mean() if len(delays) else 0:.1%} found in a year",
    )
