"""Who may be said to be ahead of whom: nobody inside overlapping intervals. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from service.insights.estimates import Estimate


@dataclass(frozen=True, slots=True)
class Difference:
    """The first mean minus the second, -1 to 1, with its 95 % interval.

    verdict: higher or lower only where the two own intervals do not overlap; else overlapping, or
    not_enough without numbers.
    """

    verdict: str
    gap: float | None = None
    low: float | None = None
    high: float | None = None


def difference(first: Estimate, second: Estimate) -> Difference:
    """Return how far two agents or teams, audited apart from each other, are from one another.

    The interval joins the two own ones as Zou and Donner do ("Construction of confidence limits
    about effect measures", Statistics in Medicine 27, 2008). The verdict is stricter than it:
    intervals that overlap on the page never rank.
    """
    if first.mean is None or second.mean is None:
        return Difference("not_enough")
    gap = first.mean - second.mean
    return Difference(
        _verdict(first, second),
        gap,
        max(-1.0, gap - sqrt(_below(first) ** 2 + _above(second) ** 2)),
        min(1.0, gap + sqrt(_above(first) ** 2 + _below(second) ** 2)),
    )


def tiers(estimates: Mapping[str, Estimate]) -> list[list[str]]:
    """Return names in tiers, best first; nobody within a tier is ahead of anybody else in it.

    Two share a tier if their intervals overlap, or if a chain of overlapping ones joins them. Names
    within a tier are in alphabetical order; those without a number are left out.
    """
    known = sorted(
        ((_end(e.high), _end(e.low), name) for name, e in estimates.items() if e.is_enough),
        reverse=True,
    )
    found: list[list[str]] = []
    reach = 2.0  # the lowest that the tier above reaches
    for high, low, name in known:
        if high < reach:
            found.append([])
            reach = low
        found[-1].append(name)
        reach = min(reach, low)
    return [sorted(tier) for tier in found]


def _verdict(first: Estimate, second: Estimate) -> str:
    if _end(first.low) > _end(second.high):
        return "higher"
    return "lower" if _end(first.high) < _end(second.low) else "overlapping"


def _below(estimate: Estimate) -> float:
    return _end(estimate.mean) - _end(estimate.low)


def _above(estimate: Estimate) -> float:
    return _end(estimate.high) - _end(estimate.mean)


def _end(value: float | None) -> float:
    assert value is not None
    return value
