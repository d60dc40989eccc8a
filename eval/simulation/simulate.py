"""The whole simulation: seeded runs of one organisation after another, and their table."""

import time
from dataclasses import dataclass

import numpy as np

from eval.simulation.budgets import Outcome, budget_rows, budgets
from eval.simulation.drifts import Watched, drift_rows, drifts
from eval.simulation.guards import Guarded, guard_rows, guards
from eval.simulation.numbers import Numbers, number_rows, numbers
from eval.simulation.pool import Pool
from eval.simulation.rows import Row, as_table
from eval.simulation.triage import Reviewed, triage, triage_rows
from eval.simulation.world import Plan, draw_blind, make_world


@dataclass(frozen=True, slots=True)
class Run:
    """What one organisation's quarter showed."""

    numbers: Numbers
    budgets: list[Outcome]
    drifts: Watched
    triage: Reviewed
    guards: Guarded


def run_one(pool: Pool, plan: Plan, seed: int) -> Run:
    """Return one run; every part has randomness of its own, so that changing one moves no other."""
    random = [np.random.default_rng([seed, part]) for part in range(7)]
    world = make_world(pool, plan, random[0])
    blind = draw_blind(world, random[1])
    return Run(
        numbers(world, blind, random[2]),
        budgets(world, blind, random[3]),
        drifts(world, random[4]),
        triage(world, blind, random[5]),
        guards(plan, random[6]),
    )


def simulate(pool: Pool, *, runs: int, plan: Plan | None = None) -> list[Row]:
    """Return the rows of the table over runs, seeded from 0 up."""
    found = [run_one(pool, plan or Plan(), seed) for seed in range(runs)]
    return [
        *number_rows([run.numbers for run in found], pool.measures),
        *budget_rows([one for run in found for one in run.budgets]),
        *drift_rows([run.drifts for run in found]),
        *triage_rows([run.triage for run in found]),
        *guard_rows([run.guards for run in found]),
    ]


def simulation_table(pool: Pool, *, runs: int, plan: Plan | None = None) -> str:
    """Return the table as Markdown, with what it was made with and how long it took."""
    plan = plan or Plan()
    start = time.process_time()
    rows = simulate(pool, runs=runs, plan=plan)
    minutes = (time.process_time() - start) / 60
    return as_table(
        f"`python -m eval simulate --runs {runs}` on `{pool.data}`, model {pool.model}, "
        f"{minutes:.1f} minutes of one core",
        rows,
    )
