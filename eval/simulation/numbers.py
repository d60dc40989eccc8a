"""Do the honest numbers hold the truth, how wide are they, and what do naive averages do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from eval.simulation.pool import Flags, Floats, Places
from eval.simulation.rows import Row, share_of
from eval.simulation.world import Blind, World, rate, rate_as
from models.metrics import kappa
from service.insights.audited import Audits, Proposals, Tuning, tune
from service.insights.estimates import Estimate, estimate

Z: Final = 1.959963984540054
FEW: Final = 5
POINTS: Final = 100


@dataclass(frozen=True, slots=True)
class Interval:
    """Means of n agents with their intervals, and what the work is really worth."""

    truth: Floats
    mean: Floats
    low: Floats
    high: Floats

    @property
    def covered(self) -> int:
        """How many hold the truth."""
        return int(((self.low <= self.truth) & (self.truth <= self.high)).sum())


@dataclass(frozen=True, slots=True)
class Numbers:
    """Of one run. ours and alone: by measure, of the agents with a number; exact: ours, if no
    reviewer ever slipped.

    kappa: of two reviewers who rate the same, the criteria's mean. slipped: share of values.
    products: (measures, 3) sums over audits of proposed · found, proposed² and found² within agents.
    sizes: audits and conversations of an agent in the mean. lacking: numbers greyed for want of audits.
    """

    ours: tuple[Interval, ...]
    alone: tuple[Interval, ...]
    exact: tuple[Interval, ...]
    kappa: float
    slipped: float
    machine: Interval
    few: Interval
    products: Floats
    sizes: tuple[float, float]
    lacking: int


def numbers(world: World, blind: Blind, random: np.random.Generator) -> Numbers:
    """Return every agent's number for every measure over the whole period."""
    agents = world.plan.agents
    answers = [world.answer[world.agent == number] for number in range(agents)]
    places = range(len(world.pool.measures))
    pairs = [_measure(world, blind, place, answers) for place in places]
    truth = world.pool.truth[world.item[blind.row]]
    exact = replace(blind, found=truth)
    second = rate(world, truth, random)
    return Numbers(
        tuple(ours for ours, _, _ in pairs),
        tuple(alone for _, alone, _ in pairs),
        tuple(_measure(world, exact, place, answers)[0] for place in places),
        float(np.nanmean([kappa(*pair) for pair in zip(blind.found.T, second.T, strict=True)])),
        float((blind.found != truth).mean()),
        _machine_only(world),
        _few_reviews(world, random),
        np.array([products for _, _, products in pairs]),
        (len(blind.row) / agents, len(world.item) / agents),
        sum(agents - len(ours.mean) for ours, _, _ in pairs),
    )


def _measure(
    world: World, blind: Blind, place: int, answers: Sequence[Places]
) -> tuple[Interval, Interval, Floats]:
    """Return one measure's intervals, with and without the auto-scores, and sums of products."""
    score, likely = world.pool.score[:, place], world.pool.likely[:, place]
    worth = world.pool.card.worth(blind.found)[:, place]
    agent, answer = world.agent[blind.row], world.answer[blind.row]
    everybody = Audits(Proposals(score[answer], likely[answer]), worth, blind.chance)
    tuning = tune(everybody, agents=[str(one) for one in agent])
    alone = Tuning(0.0, tuning.spread, tuning.spread)
    found, beside, truths = [], [], []
    for number, own in enumerate(answers):
        everything, sample = Proposals(score[own], likely[own]), _of(everybody, agent == number)
        one = estimate(everything, sample, tuning=tuning)
        if one.is_enough:
            found.append(one)
            beside.append(estimate(everything, sample, tuning=alone))
            truths.append(world.quality[number, place])
    products = _products(world, blind, place, worth)
    return _joined(found, truths), _joined(beside, truths), products


def _of(audits: Audits, which: Flags) -> Audits:
    proposed = Proposals(audits.proposed.score[which], audits.proposed.applies[which])
    return Audits(proposed, audits.worth[which], audits.probability[which])


def _joined(estimates: Sequence[Estimate], truths: Sequence[float]) -> Interval:
    ends = np.array([(e.mean, e.low, e.high) for e in estimates], dtype=np.float64).reshape(-1, 3)
    return Interval(np.array(truths, dtype=np.float64), *ends.T)


def _products(world: World, blind: Blind, place: int, worth: Floats) -> Floats:
    """Return sums of products of what was proposed and found above the agent's real mean."""
    agent, answer = world.agent[blind.row], world.answer[blind.row]
    mean = np.nan_to_num(world.quality[agent, place])
    proposed = world.pool.likely[answer, place] * (world.pool.score[answer, place] - mean)
    found = np.where(np.isnan(worth), 0, worth - mean)
    count = np.maximum(np.bincount(agent, minlength=world.plan.agents), 1)
    x, y = (v - (np.bincount(agent, v, len(count)) / count)[agent] for v in (proposed, found))
    return np.array([x @ y, x @ x, y @ y])


def _machine_only(world: World) -> Interval:
    """Return the mean of the machine's quality scores, as dashboards show it."""
    scores = world.pool.card.quality(world.pool.said)[world.answer]
    groups = [scores[world.agent == agent] for agent in range(world.plan.agents)]
    return _plain(groups, world.quality[:, -1])


def _few_reviews(world: World, random: np.random.Generator) -> Interval:
    """Return the mean of five reviews by one reviewer, whoever has the agent."""
    groups = []
    for agent in range(world.plan.agents):
        rows = random.choice(np.flatnonzero(world.agent == agent), FEW, replace=False)
        lean = np.full(FEW, random.choice(world.lean))
        card, truth = world.pool.card, world.pool.truth[world.item[rows]]
        groups.append(card.quality(rate_as(card, truth, lean=lean, random=random)))
    return _plain(groups, world.quality[:, -1])


def _plain(groups: Sequence[Floats], truth: Floats) -> Interval:
    """Return plain means ± 1.96 standard errors."""
    known = [group[~np.isnan(group)] for group in groups]
    mean = np.array([group.mean() for group in known])
    half = np.array([Z * group.std(ddof=1) / len(group) ** 0.5 for group in known])
    return Interval(truth, mean, mean - half, mean + half)


def joined(parts: Sequence[Interval]) -> Interval:
    """Return the intervals of several as one."""
    first = parts[0]
    names = ("truth", "mean", "low", "high")
    return replace(
        first, **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    )


def number_rows(found: Sequence[Numbers], measures: Sequence[str]) -> list[Row]:
    """Return the rows on coverage, width, and naive averages beside ours."""
    ours = joined([one for run in found for one in run.ours])
    exact = joined([one for run in found for one in run.exact])
    quality = joined([run.ours[-1] for run in found])
    audits = np.mean([run.sizes[0] for run in found])
    whole = np.mean([run.sizes[1] for run in found])
    lacking = sum(run.lacking for run in found)
    by_measure = [joined([run.ours[place] for run in found]) for place in range(len(measures))]
    shares = [one.covered / max(1, len(one.mean)) for one in by_measure]
    worst, best = int(np.argmin(shares)), int(np.argmax(shares))
    over = f"{len(ours.mean):,} intervals, {audits:.0f} audits of {whole:,.0f} conversations each"
    slips = np.mean([run.slipped for run in found])
    agreement = np.mean([run.kappa for run in found])
    return [
        Row(
            "95 % intervals that hold an agent's real quality",
            share_of(ours.covered, len(ours.mean)),
            "93 to 97 %",
            over,
        ),
        Row(
            "the same if no reviewer ever slipped",
            share_of(exact.covered, len(exact.mean)),
            "93 to 97 %",
            f"reviewers slip in {slips:.1%} of values, kappa of two {agreement:.2f}",
        ),
        Row(
            "of them the lowest and the highest measure",
            f"{measures[worst]} {shares[worst]:.1%}, {measures[best]} {shares[best]:.1%}",
            "",
            f"{len(measures)} measures",
        ),
        Row(
            "numbers not shown for want of audits",
            f"{lacking / (lacking + len(ours.mean)):.1%}",
            "",
            f"{lacking + len(ours.mean):,} numbers",
        ),
        *_width_rows(found),
        *[
            _naive_row(name, one)
            for name, one in (
                ("ours", quality),
                ("machine alone", joined([run.machine for run in found])),
                ("five reviews", joined([run.few for run in found])),
            )
        ],
    ]


def _width_rows(found: Sequence[Numbers]) -> list[Row]:
    """Return how much narrower the intervals are, and how much the correlation allows."""
    sums = np.sum([run.products for run in found], axis=0)
    squared = sums[:, 0] ** 2 / np.maximum(sums[:, 1] * sums[:, 2], 1e-12)
    audits, whole = np.mean([run.sizes for run in found], axis=0)
    allowed = np.sqrt(1 - squared * (1 - audits / whole))
    widths = np.array(
        [
            [float((one.high - one.low).sum()) for one in kind]
            for kind in zip(*[(*run.ours, *run.alone) for run in found], strict=True)
        ]
    ).sum(axis=1)
    ours, alone = widths[: len(allowed)], widths[len(allowed) :]
    gained, possible = 1 - ours.sum() / alone.sum(), 1 - (alone * allowed).sum() / alone.sum()
    last = 1 - ours[-1] / alone[-1], 1 - allowed[-1]
    over = f"correlation {np.sqrt(squared).min():.2f} to {np.sqrt(squared).max():.2f}"
    return [
        Row(
            "narrower than audits alone, all measures",
            f"{gained:.1%} of {possible:.1%} that the correlation allows: {gained / possible:.0%}",
            "≥ 80 %",
            over,
        ),
        Row(
            "narrower than audits alone, quality score",
            f"{last[0]:.1%} of {last[1]:.1%}: {last[0] / last[1]:.0%}",
            "≥ 80 %",
            f"correlation {np.sqrt(squared[-1]):.2f}",
        ),
    ]


def _naive_row(name: str, one: Interval) -> Row:
    errors = POINTS * (one.mean - one.truth)
    spread = POINTS * np.std(one.truth)
    return Row(
        f"quality score of an agent, {name}",
        f"bias {errors.mean():+.1f}, error {np.abs(errors).mean():.1f} points, ± "
        f"{POINTS * (one.high - one.low).mean() / 2:.1f} holds it in {one.covered / len(errors):.1%}",
        "95 %",
        f"{len(errors):,} agents, who differ by {spread:.1f} points",
    )
