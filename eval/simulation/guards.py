"""After how many reviews one who confirms everything is found, and who is accused wrongly."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from eval.simulation.rows import Row, share_of
from eval.simulation.world import WORK_DAYS, Plan
from service.insights.drift import Watch, update
from service.insights.guard import ACCUSATIONS, FAIR, SEEDED, watch_reviewer

WORK_WEEKS: Final = 46
CATCHES_FRESH, CATCHES_TIRED = 0.9, 0.7  # of seeded wrong proposals


@dataclass(frozen=True, slots=True)
class Guarded:
    """Of one run. found: reviews until one who confirms everything is found; None within no year.

    accused: of the fair reviewers, who look less closely as the day goes on; of as many who are just
    fair all day.
    """

    found: int | None
    accused: int
    just_accused: int
    reviewers: int


def guards(plan: Plan, random: np.random.Generator) -> Guarded:
    """Return a year of one who confirms everything and of fair reviewers."""
    reviews = plan.reviews_a_day * WORK_DAYS * WORK_WEEKS
    watch = watch_reviewer(seeded_a_year=reviews * SEEDED)

    def year(catches: float | tuple[float, float]) -> int | None:
        seeds = np.flatnonzero(random.random(reviews) < SEEDED)
        hour = (seeds % plan.reviews_a_day) / max(1, plan.reviews_a_day - 1)
        fresh, tired = catches if isinstance(catches, tuple) else (catches, catches)
        caught = random.random(len(seeds)) < fresh + (tired - fresh) * hour
        at = _alarm(watch, [bool(one) for one in caught])
        return None if at is None else int(seeds[at]) + 1

    fair = [year((CATCHES_FRESH, CATCHES_TIRED)) for _ in range(plan.reviewers)]
    just = [year(FAIR) for _ in range(plan.reviewers)]
    return Guarded(
        year(0.0),
        sum(one is not None for one in fair),
        sum(one is not None for one in just),
        plan.reviewers,
    )


def _alarm(watch: Watch, caught: Sequence[bool]) -> int | None:
    """Return the place of the seed at which the alarm sounds."""
    for place, one in enumerate(caught):
        watch = update(watch, agrees=one)
        if watch.is_alarm:
            return place
    return None


def guard_rows(found: Sequence[Guarded]) -> list[Row]:
    """Return the rows on finding and on accusing."""
    reviews = [float("inf") if one.found is None else one.found for one in found]
    years = sum(one.reviewers for one in found)
    return [
        Row(
            "reviews until one who confirms everything is found",
            f"median {np.median(reviews):.0f}, 95 of 100 within {np.percentile(reviews, 95):.0f}",
            "",
            f"{len(found)} reviewers, one seeded proposal in {1 / SEEDED:.0f} reviews",
        ),
        Row(
            f"years in which a fair reviewer is accused (catches {CATCHES_FRESH:.0%} in the "
            f"morning, {CATCHES_TIRED:.0%} in the evening)",
            share_of(sum(one.accused for one in found), years),
            f"≤ {ACCUSATIONS:.0%}",
            f"{years} reviewer-years",
        ),
        Row(
            f"the same for one who catches {FAIR:.0%} all day, the least that is fair",
            share_of(sum(one.just_accused for one in found), years),
            f"≤ {ACCUSATIONS:.0%}",
            f"{years} reviewer-years",
        ),
    ]
