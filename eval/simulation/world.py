"""An organisation with known truth: agents' real quality, a quarter of conversations, reviewers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from eval.simulation.pool import FAIL, NA, PASS, Card, Flags, Floats, Places, Pool
from service.review.sampling import probability
from service.review.shares import LEAST_BLIND

WORK_DAYS: Final = 5
FRESH, TIRED = 0.1, 0.2  # how often a reviewer slips, in the morning and at the day's end
SLIPS_TO_NA: Final = 0.1
MOST_LEAN: Final = 0.4


@dataclass(frozen=True, slots=True)
class Plan:
    """The organisation's size and what happens to it.

    spread: of the agents' quality. problems: share of conversations with a critical error, which the
    rated data has far more of. unreadable: share of conversations, from the week of the drift on, to
    which the machine answers as if they were another one.
    """

    agents: int = 24
    weeks: int = 12
    conversations: int = 200  # of an agent in a week, in the mean
    reviewers: int = 4
    reviews_a_day: int = 20  # of a reviewer
    drift_week: int = 8
    unreadable: float = 0.5
    problems: float = 0.1
    spread: float = 0.5

    @property
    def weekly(self) -> int:
        """Reviews of everybody in a week."""
        return self.reviewers * self.reviews_a_day * WORK_DAYS


@dataclass(frozen=True, slots=True)
class World:
    """What really happened; N conversations, each as places in the pool.

    chances: (agents, m) of each conversation of the pool for each agent. quality: (agents,
    criteria + 1) what their work is really worth, NaN where a criterion never applies.
    item: (N,) what was said and done. answer: (N,) to what the machine answered.
    lean: (reviewers,) above 0 strict, below lenient.
    """

    pool: Pool
    plan: Plan
    chances: Floats
    quality: Floats
    agent: Places
    week: Places
    item: Places
    answer: Places
    lean: Floats


@dataclass(frozen=True, slots=True)
class Blind:
    """n blind audits: which conversation of the world, how likely it was drawn, what was found."""

    row: Places
    chance: Floats
    found: Places  # (n, criteria)


def make_world(pool: Pool, plan: Plan, random: np.random.Generator) -> World:
    """Return one organisation over all its weeks."""
    chances = _chances(pool, plan, random)
    load = plan.conversations * random.uniform(0.7, 1.3, plan.weeks)
    volumes = random.poisson(load, (plan.agents, plan.weeks))
    items = [
        random.choice(len(pool.truth), volumes[agent].sum(), p=chances[agent])
        for agent in range(plan.agents)
    ]
    item = np.concatenate(items)
    agent = np.repeat(np.arange(plan.agents), volumes.sum(axis=1))
    week = np.concatenate([np.repeat(np.arange(1, plan.weeks + 1), one) for one in volumes])
    is_lost = (week >= plan.drift_week) & (random.random(len(item)) < plan.unreadable)
    answer = np.where(is_lost, another(pool, item, random), item)
    lean = random.uniform(-MOST_LEAN, MOST_LEAN, plan.reviewers)
    quality = real_quality(pool, chances)
    return World(pool, plan, chances, quality, agent, week, item, answer, lean)


def another(pool: Pool, item: Places, random: np.random.Generator) -> Places:
    """Return for each conversation any one of the same language."""
    found = np.empty_like(item)
    for language in range(len(pool.languages)):
        own = pool.language[item] == language
        found[own] = random.choice(np.flatnonzero(pool.language == language), own.sum())
    return found


def real_quality(pool: Pool, chances: Floats) -> Floats:
    """Return (agents, criteria + 1): the mean worth of the work that an agent does."""
    worth = pool.card.worth(pool.truth)
    applies = chances @ ~np.isnan(worth)
    total = chances @ np.nan_to_num(worth)
    return np.where(applies > 0, total / np.where(applies > 0, applies, 1), np.nan)


def _chances(pool: Pool, plan: Plan, random: np.random.Generator) -> Floats:
    """Return what each agent meets: one language, problems as common as planned, tilted by skill."""
    quality = pool.card.quality(pool.truth)
    quality = np.where(np.isnan(quality), np.nanmean(quality), quality)
    standard = (quality - quality.mean()) / quality.std()
    is_problem = pool.card.has_critical_error(pool.truth)
    skill = random.normal(0, plan.spread, plan.agents)
    found = np.zeros((plan.agents, len(quality)))
    for agent in range(plan.agents):
        own = pool.language == agent % len(pool.languages)
        tilted = own * np.exp(skill[agent] * standard)
        for group, share in ((is_problem, plan.problems), (~is_problem, 1 - plan.problems)):
            found[agent] += share * tilted * group / max(1, (own & group).sum())
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def draw_blind(world: World, random: np.random.Generator) -> Blind:
    """Return the blind audits of all weeks, drawn as the product draws and rated by reviewers.

    Systematic sampling along language and team, within them in random order; see
    `service.review.sampling.draw`, which orders by a digest instead.
    """
    parts, chances = [], []
    team = world.agent % 2
    for week in range(1, world.plan.weeks + 1):
        rows = np.flatnonzero(world.week == week)
        chance = probability(
            len(rows), share=LEAST_BLIND, weekly_quota=world.plan.weekly, drawn=0, days=1
        )
        language = world.pool.language[world.item[rows]]
        ordered = rows[np.lexsort((random.random(len(rows)), team[rows], language))]
        steps = np.floor(np.arange(len(rows) + 1) * chance + random.random())
        parts.append(ordered[np.diff(steps) > 0])
        chances.append(np.full(len(parts[-1]), chance))
    row = np.concatenate(parts)
    found = rate(world, world.pool.truth[world.item[row]], random)
    return Blind(row, np.concatenate(chances), found)


def rate(world: World, truth: Places, random: np.random.Generator) -> Places:
    """Return what reviewers, each conversation's by chance at any hour, make of real values."""
    reviewer = random.integers(0, len(world.lean), len(truth))
    return rate_as(world.pool.card, truth, lean=world.lean[reviewer], random=random)


def rate_as(card: Card, truth: Places, *, lean: Floats, random: np.random.Generator) -> Places:
    """Return (n, criteria) values with slips: more of them the later in the day, leaning as people do.

    A slip moves a value by one level, a few to "na"; past pass and fail there is nothing, so that a
    lenient slip on a pass is none.
    """
    tired = random.random(len(truth))[:, None]
    slips = random.random(truth.shape) < FRESH + (TIRED - FRESH) * tired
    is_down = random.random(truth.shape) < 0.5 + lean[:, None]
    step = np.where(card.has_partial, 1, FAIL)
    moved = np.clip(truth + np.where(is_down, step, -step), PASS, FAIL)
    moved = np.where(random.random(truth.shape) < SLIPS_TO_NA, NA, moved)
    moved = np.where(truth == NA, PASS, moved)
    return np.where(slips, moved, truth)


def mixture(world: World, language: int, size: int, random: np.random.Generator) -> Places:
    """Return places in the pool of conversations that the agents of a language have."""
    own = np.arange(world.plan.agents) % len(world.pool.languages) == language
    return random.choice(len(world.pool.truth), size, p=world.chances[own].mean(axis=0))


def share(flags: Sequence[bool] | Flags) -> float:
    """Return the share that is true; NaN of nothing."""
    return float(np.mean(flags)) if len(flags) else float("nan")
