"""Whether a reviewer looks: seeded wrong proposals, caught or confirmed. Pure.

Single figures are an exact interval; suspicion is a test after every seeded proposal, with at most
one false accusation in twenty years of a fair reviewer (`service.insights.drift`).
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

from service.insights.budget import interval
from service.insights.drift import Watch, update, watch

FAIR: Final = 0.7  # a reviewer who looks catches at least this share
DROPS: Final = (0.3, 0.6)  # one who catches two in five, or one in ten
ACCUSATIONS: Final = 0.05  # of a fair reviewer, a year
NEEDED: Final = 10
SEEDED: Final = 0.02  # of a reviewer's reviews, at least


@dataclass(frozen=True, slots=True)
class CatchRate:
    """How many seeded wrong proposals a reviewer corrected; shares 0 to 1 with 95 % interval."""

    seeded: int
    caught: int
    needed: int = NEEDED
    rate: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_enough(self) -> bool:
        """Whether there were enough for a number."""
        return self.rate is not None


def catch_rate(caught: int, seeded: int, *, needed: int = NEEDED) -> CatchRate:
    """Return the share caught with the interval of Clopper and Pearson.

    Raises:
        ValueError: for more caught than seeded.
    """
    low, high = interval(caught, seeded)
    if seeded < max(1, needed):
        return CatchRate(seeded, caught, needed)
    return CatchRate(seeded, caught, needed, caught / seeded, low, high)


def watch_reviewer(
    *, seeded_a_year: float, accusations: float = ACCUSATIONS, fair: float = FAIR
) -> Watch:
    """Return a watch over one reviewer; `drift.update` tells it whether each seed was caught.

    Args:
        seeded_a_year: how many seeded proposals this reviewer meets in a year, above 0.
        accusations: the chance that a fair reviewer is accused within a year.
        fair: the catch rate from which on a reviewer is fair, 0 to 1.
    """
    return watch(fair, audits_a_year=seeded_a_year, false_alarms=accusations, drops=DROPS)


def seeds_to_find(state: Watch) -> int:
    """Return how many more seeded proposals find a reviewer who confirms every one of them."""
    start = state.audits
    while not state.is_alarm:
        state = update(state, agrees=False)
    return state.audits - start


def reviews_to_find(*, reviews_a_year: float, share: float = SEEDED) -> int:
    """Return after how many reviews one who confirms everything is found, in the mean.

    Args:
        reviews_a_year: of this reviewer, above 0.
        share: of reviews with a seeded wrong proposal, above 0 and at most 1.
    """
    return ceil(seeds_to_find(watch_reviewer(seeded_a_year=reviews_a_year * share)) / share)
