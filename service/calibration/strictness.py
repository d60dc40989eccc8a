"""Whether a rater is strict or lenient beside the others who rated the same. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from service.calibration.agreement import DRAWS, LEVELS, Unit, in_order, resamples

NEEDED: Final = 10  # units shared with others that make a number
WORTH: Final = {level: place / (len(LEVELS) - 1) for place, level in enumerate(LEVELS)}


@dataclass(frozen=True, slots=True)
class Strictness:
    """How much higher a rater's values are than the others', -1 to 1, 1 being fail to pass.

    Without numbers while there are fewer shared units than needed. The verdict is "strict" or
    "lenient" only where the whole interval says so, else "unclear"; or "not_enough".
    """

    rater: str
    n: int
    needed: int = NEEDED
    mean: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def verdict(self) -> str:
        """What the interval allows to say: strict, lenient, unclear, not_enough."""
        if self.low is None or self.high is None:
            return "not_enough"
        return "strict" if self.high < 0 else "lenient" if self.low > 0 else "unclear"


def strictness(
    units: Sequence[Unit], rater: str, *, needed: int = NEEDED, draws: int = DRAWS, seed: int = 0
) -> Strictness:
    """Return the mean signed difference of a rater to the mean of the others, with its interval.

    The bias of two methods of measuring by Bland and Altman, "Statistical methods for assessing
    agreement", Lancet 327, 1986, on the scale fail 0, partial ½, pass 1; "na" is left out. The
    interval is the 95 % percentile bootstrap over groups.
    """
    shared = [(unit, gap) for unit in in_order(units) if (gap := _gap(unit, rater)) is not None]
    if len(shared) < max(1, needed):
        return Strictness(rater, len(shared), needed)
    weights = resamples([unit for unit, _ in shared], draws=draws, seed=seed)
    means = weights @ np.array([gap for _, gap in shared]) / weights.sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Strictness(rater, len(shared), needed, float(means[0]), float(low), float(high))


def _gap(unit: Unit, rater: str) -> float | None:
    others = [WORTH[v] for name, v in unit.values.items() if name != rater and v in WORTH]
    own = WORTH.get(unit.values.get(rater, "na"))
    return None if own is None or not others else own - sum(others) / len(others)
