"""Geometry of the server-drawn charts: plain numbers in, coordinates out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """An estimate with its interval on a scale of 0 to 1, as x coordinates of an SVG."""

    low: float
    dot: float
    high: float


def range_on(width: float, *, low: float, estimate: float, high: float) -> Range:
    """Return where an interval and its estimate lie on a line of a width.

    Args:
        width: of the drawing, in its own units; 4 units are kept free at each end.
        low, estimate, high: shares, 0 to 1.
    """
    inner = width - 8
    return Range(
        *(round(4 + inner * min(1.0, max(0.0, share)), 1) for share in (low, estimate, high))
    )
