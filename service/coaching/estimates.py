"""Means of confirmed ratings with their intervals, and whether they changed. Pure.

A rating is worth 0, ½ or 1. The interval is Wilson's score interval at 95 % (E. B. Wilson, "Probable
inference", JASA 22, 1927; recommended for small n by Brown, Cai and DasGupta, "Interval estimation
for a binomial proportion", Statistical Science 16, 2001). It is made for yes and no; a value between
0 and 1 with mean p varies by p(1 - p) at most, so for three levels it is never too narrow by form.
It tells what more ratings of the same kind would show. People choose what is reviewed, so these are
means of the reviewed conversations, not of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

Z: Final = 1.959963984540054  # 95 % of a normal distribution lie within ± Z
NEEDED: Final = 10  # confirmed ratings that make a number
TARGET: Final = 0.8


@dataclass(frozen=True, slots=True)
class Estimate:
    """What some confirmed ratings add up to; without numbers when there are too few.

    `mean`, `low` and `high` are shares, 0 to 1.
    """

    n: int
    needed: int = NEEDED
    mean: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_enough(self) -> bool:
        """Whether there are enough ratings for a number."""
        return self.mean is not None

    @property
    def below(self) -> float:
        """How far the interval reaches below the mean; 0 without numbers."""
        return (self.mean or 0.0) - (self.low or 0.0)

    @property
    def above(self) -> float:
        """How far the interval reaches above the mean; 0 without numbers."""
        return (self.high or 0.0) - (self.mean or 0.0)


@dataclass(frozen=True, slots=True)
class Change:
    """A mean before and since, and what the difference tells."""

    before: Estimate
    since: Estimate
    verdict: str  # not_enough, better, worse, unclear
    low: float | None = None  # of the difference, -1 to 1
    high: float | None = None


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return Wilson's 95 % interval of the mean of values.

    Args:
        values: at least one, each from 0 to 1.

    Raises:
        ValueError: for no value, or one outside of 0 to 1.
    """
    if not values or not all(0 <= value <= 1 for value in values):
        raise ValueError("an interval needs values from 0 to 1")
    n, mean = len(values), sum(values) / len(values)
    shrink = 1 + Z * Z / n
    centre = (mean + Z * Z / (2 * n)) / shrink
    half = Z * sqrt(mean * (1 - mean) / n + Z * Z / (4 * n * n)) / shrink
    # Rounding must not push the mean out of its own interval at 0 and 1.
    return max(0.0, min(centre - half, mean)), min(1.0, max(centre + half, mean))


def estimate(values: Sequence[float], *, needed: int = NEEDED) -> Estimate:
    """Return mean and interval of values, or only how many there are when that is too few.

    Args:
        values: what confirmed ratings are worth, each from 0 to 1.
        needed: the least number of values that makes a number, at least 1.
    """
    if len(values) < max(1, needed):
        return Estimate(len(values), needed)
    low, high = interval(values)
    return Estimate(len(values), needed, sum(values) / len(values), low, high)


def change(before: Estimate, since: Estimate) -> Change:
    """Return what lies between two estimates, by Newcombe's hybrid score interval.

    R. G. Newcombe, "Interval estimation for the difference between independent proportions",
    Statistics in Medicine 17, 1998, method 10.
    """
    if before.mean is None or since.mean is None:
        return Change(before, since, "not_enough")
    gap = since.mean - before.mean
    low = gap - sqrt(since.below**2 + before.above**2)
    high = gap + sqrt(since.above**2 + before.below**2)
    verdict = "better" if low > 0 else "worse" if high < 0 else "unclear"
    return Change(before, since, verdict, max(-1.0, low), min(1.0, high))
