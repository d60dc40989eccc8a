"""How many more problems the streams of triage find than drawing at random, at equal effort."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from eval.simulation.pool import WEAK, Floats, Places
from eval.simulation.rows import Row
from eval.simulation.world import Blind, World, rate
from service.insights.lift import Found, lift
from service.review.rules import CRITICAL_FROM
from service.review.shares import SHARES, quotas

HUNTING: Final = ("critical", "unsure")  # the streams that look for problems
KINDS: Final = ("a critical error", "a quality score below 50")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Of one run: reviews by stream, and of these, by kind of problem, how many confirmed one."""

    reviews: Mapping[str, int]
    problems: Sequence[Mapping[str, int]]
    common: tuple[float, ...]  # how common each kind is among all conversations


def triage(world: World, blind: Blind, random: np.random.Generator) -> Reviewed:
    """Return what each stream finds in the weeks before the drift."""
    reviews: Counter[str] = Counter()
    problems: list[Counter[str]] = [Counter() for _ in KINDS]
    for week in range(1, world.plan.drift_week):
        rows = np.flatnonzero(world.week == week)
        audited = blind.row[world.week[blind.row] == week]
        for stream, picked in _picked(world, rows, audited, random).items():
            reviews[stream] += len(picked)
            for kind, hits in zip(problems, _hits(world, picked, random), strict=True):
                kind[stream] += hits
    before = world.item[world.week < world.plan.drift_week]
    card, truth = world.pool.card, world.pool.truth
    common = (
        float(card.has_critical_error(truth)[before].mean()),
        float((card.quality(truth) < WEAK)[before].mean()),
    )
    return Reviewed(reviews, problems, common)


def _picked(
    world: World, rows: Places, audited: Places, random: np.random.Generator
) -> dict[str, Places]:
    """Return a week's reviews by stream: blind audits, then the streams in the order of the queue."""
    priority = world.pool.priority[world.answer[rows]]
    is_nominated = priority >= CRITICAL_FROM
    orders: dict[str, Floats] = {
        "critical": np.where(is_nominated, priority, -np.inf),
        "unsure": np.where(is_nominated, -np.inf, priority),
        "praise": world.pool.score[world.answer[rows], -1],
        "coverage": random.random(len(rows)),
    }
    waiting = {name: int(np.isfinite(order).sum()) for name, order in orders.items()}
    waiting |= {"blind": len(audited), "dispute": 0}
    wanted = quotas(SHARES, world.plan.weekly, waiting=waiting)
    is_free = ~np.isin(rows, audited)
    found = {"blind": audited[: wanted["blind"]]}
    for name, order in orders.items():
        best = np.argsort(-order, kind="stable")
        open_ones = best[(is_free & np.isfinite(order))[best]][: wanted[name]]
        is_free[open_ones] = False
        found[name] = rows[open_ones]
    return found


def _hits(world: World, picked: Places, random: np.random.Generator) -> list[int]:
    """Return how many of these are a problem and were confirmed as one, by kind."""
    card, truth = world.pool.card, world.pool.truth[world.item[picked]]
    found = rate(world, truth, random)
    critical = card.has_critical_error(truth) & card.has_critical_error(found)
    weak = (card.quality(truth) < WEAK) & (card.quality(found) < WEAK)
    return [int(critical.sum()), int(weak.sum())]


def triage_rows(found: Sequence[Reviewed]) -> list[Row]:
    """Return the lift of the hunting streams, together and each, for each kind of problem."""
    return [
        _row(found, place, kind, streams)
        for place, kind in enumerate(KINDS)
        for streams in (HUNTING, *[(name,) for name in HUNTING])
    ]


def _row(found: Sequence[Reviewed], place: int, kind: str, streams: Sequence[str]) -> Row:
    ours, blind = _sum(found, place, streams), _sum(found, place, ("blind",))
    one = lift(ours, blind)
    common = np.mean([run.common[place] for run in found])
    return Row(
        f"lift over random for {kind}, {' and '.join(streams)}",
        "not enough reviews"
        if one.ratio is None
        else f"{one.ratio:.1f} × ({one.low:.1f} to {one.high:.1f})",
        "≥ 3 ×" if streams == HUNTING else "",
        f"{ours.reviews:,} reviews, {blind.reviews:,} at random; {common:.1%} have one",
    )


def _sum(found: Sequence[Reviewed], place: int, streams: Sequence[str]) -> Found:
    problems = sum(run.problems[place].get(name, 0) for run in found for name in streams)
    return Found(problems, sum(run.reviews.get(name, 0) for run in found for name in streams))
