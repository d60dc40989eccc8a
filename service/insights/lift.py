"""How many more problems a stream of triage finds than drawing at random. Pure."""

from dataclasses import dataclass
from math import inf, sqrt
from typing import Final

from service.coaching.estimates import interval

NEEDED: Final = 30  # reviews of each


@dataclass(frozen=True, slots=True)
class Found:
    """Reviews of one stream, and those of them with at least one confirmed problem."""

    problems: int
    reviews: int


@dataclass(frozen=True, slots=True)
class Lift:
    """Problems per review of a stream over those of the random stream, with 95 % interval.

    Without numbers while either has too few reviews; `ratio` and `high` are infinite where the
    random stream has found nothing, or may have nothing to find.
    """

    stream: Found
    random: Found
    needed: int = NEEDED
    ratio: float | None = None
    low: float | None = None
    high: float | None = None


def lift(stream: Found, random: Found, *, needed: int = NEEDED) -> Lift:
    """Return how many times as often a stream finds a problem as drawing at random does.

    The interval joins Wilson's two by the method of variance estimates recovery for a ratio
    (Donner and Zou, "Closed-form confidence intervals for functions of the normal mean and
    standard deviation", Statistical Methods in Medical Research 21, 2012).

    Args:
        stream, random: what each has found; problems at most reviews.
        needed: the least number of reviews of each, at least 1.
    """
    if (
        min(stream.reviews, random.reviews) < max(1, needed)
        or not stream.problems + random.problems
    ):
        return Lift(stream, random, needed)
    over, under = stream.problems / stream.reviews, random.problems / random.reviews
    over_low, over_high = _interval(stream)
    under_low, under_high = _interval(random)
    low = _end(over, under, over_low, under_high, sign=-1)
    high = _end(over, under, over_high, under_low, sign=1) if under_low > 0 else inf
    return Lift(stream, random, needed, over / under if under else inf, low, high)


def _interval(found: Found) -> tuple[float, float]:
    return interval([1.0] * found.problems + [0.0] * (found.reviews - found.problems))


def _end(over: float, under: float, over_end: float, under_end: float, *, sign: int) -> float:
    product = over * under
    ends = over_end * under_end * (2 * over - over_end) * (2 * under - under_end)
    return (product + sign * sqrt(max(0.0, product**2 - ends))) / (
        under_end * (2 * under - under_end)
    )
