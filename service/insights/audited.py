"""Audited conversations as columns, and how much of the auto-scores they allow to believe. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TINY: Final = 1e-12
FREE: Final = 20  # audits beyond one per agent, from which on a variance is worth pooling


@dataclass(frozen=True, slots=True)
class Proposals:
    """What the machine expects of n conversations.

    score: (n,) what the rating is worth if the criterion applies, 0 to 1; or a quality score / 100.
    applies: (n,) the probability that it applies, 0 to 1.
    """

    score: Floats
    applies: Floats


@dataclass(frozen=True, slots=True)
class Audits:
    """What the machine expected of n audited conversations and what people found.

    worth: (n,) 0 to 1, NaN where the criterion does not apply.
    probability: (n,) of having been drawn, above 0, at most 1.
    """

    proposed: Proposals
    worth: Floats
    probability: Floats


@dataclass(frozen=True, slots=True)
class Tuning:
    """How much of the auto-scores to believe and how much the rest varies.

    slope: 0 audits alone to 1 plain prediction-powered.
    residual, spread: variances of worth − slope × score, and of worth; None where not pooled.
    """

    slope: float
    residual: float | None = None
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Audits as columns; worth is 0 where the criterion does not apply."""

    score: Floats
    likely: Floats
    worth: Floats
    applied: Floats
    weight: Floats
    probability: Floats

    def mean(self, values: Floats) -> float:
        """Return the weighted mean."""
        return float(self.weight @ values / self.weight.sum())

    @property
    def effective(self) -> float:
        """How many equally weighted audits tell as much (Kish, Survey Sampling, 1965)."""
        return float(self.weight.sum() ** 2 / (self.weight @ self.weight))

    @property
    def drawn(self) -> float:
        """The variance of the weighted mean for values of variance 1; 0 if all were drawn."""
        square = float((1 - self.probability) @ self.weight**2)
        return square / float(self.weight.sum()) ** 2

    def variance(self, values: Floats, *, lost: int) -> float:
        """Return the weighted variance after that many lost degrees of freedom; 0 if none is left."""
        centred, n = values - self.mean(values), len(values)
        return self.mean(centred**2) * n / (n - lost) if n > lost else 0.0

    def within(self, values: Floats, place: npt.NDArray[np.intp]) -> Floats:
        """Return values less the weighted mean of their group; place says which one it is."""
        means = np.bincount(place, self.weight * values) / np.bincount(place, self.weight)
        return values - means[place]

    def proposed(self, mean: float | Floats) -> Floats:
        """Return how far the machine sees each above a mean, one for all or one each."""
        return self.likely * (self.score - mean)

    def found(self, mean: float | Floats) -> Floats:
        """Return how far people found each above a mean, one for all or one each."""
        return self.applied * (self.worth - mean)


def tune(audits: Audits, *, agents: Sequence[str] | None = None) -> Tuning:
    """Return the slope that makes intervals narrowest, and the variances to pool.

    PPI++, section 6: the regression of what was found on what was proposed, kept within 0 to 1,
    without variation 0. Variances are given once enough audits are free for them.

    Args:
        audits: of everybody in the slice.
        agents: whose conversation each was; then slope and variances are those within an agent, as
            an agent's own interval needs them.
    """
    rows = columns(audits)
    names = np.zeros(len(rows.weight)) if agents is None else np.array(agents, dtype=np.str_)
    groups, place = np.unique(names, return_inverse=True)
    applied = np.bincount(place, rows.weight * rows.applied, len(groups))
    if not applied.sum():
        return Tuning(0.0)
    total = np.bincount(place, rows.weight * rows.applied * rows.worth, len(groups))
    means = np.where(applied > 0, total / np.where(applied > 0, applied, 1), 0.0)[place]
    proposed = rows.within(rows.proposed(means), place)
    found = rows.within(rows.found(means), place)
    square = rows.weight**2
    slope = float(_slopes(square @ (proposed * found), square @ proposed**2))
    free = len(place) - len(groups)
    if free < FREE:
        return Tuning(slope)
    inflation = len(place) / free
    residual = rows.mean((found - slope * proposed) ** 2) * inflation
    return Tuning(slope, residual, rows.mean(found**2) * inflation)


def columns(audits: Audits) -> Columns:
    """Return audits as columns.

    Raises:
        ValueError: for a probability that is not above 0 and at most 1.
    """
    if not np.all((audits.probability > 0) & (audits.probability <= 1)):
        raise ValueError("an audit's probability is above 0 and at most 1")
    return Columns(
        audits.proposed.score,
        audits.proposed.applies,
        np.nan_to_num(audits.worth),
        (~np.isnan(audits.worth)).astype(np.float64),
        1 / audits.probability,
        audits.probability,
    )


def left_out(rows: Columns, mean: float) -> Floats:
    """Return the slope that the other audits give, for each; one audit must not explain itself."""
    across, along = _products(rows, mean)
    return _slopes(across.sum() - across, along.sum() - along)


def _products(rows: Columns, mean: float) -> tuple[Floats, Floats]:
    square = rows.weight**2
    proposed, found = rows.proposed(mean), rows.found(mean)
    proposed = proposed - square @ proposed / square.sum()
    found = found - square @ found / square.sum()
    return square * proposed * found, square * proposed**2


def _slopes(across: Floats, along: Floats) -> Floats:
    varies = along > TINY
    return np.where(varies, np.clip(across / np.where(varies, along, 1), 0, 1), 0)
