"""How far several raters agree, beyond chance, with what the figures rest on. Pure.

Ratings come as units (one conversation and criterion), each with one value per rater; whoever has
not rated a unit is simply absent. "na" is a class of its own everywhere but in the ordinal alpha,
where it counts as no rating, since it has no place between fail and pass. Units may carry weights,
1 / inclusion probability for blind audits. Intervals draw groups (whole conversations) with
repetition; units are put in the order of their keys first, so the order of rows changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.metrics import Estimate, resampled_kappa

Floats = npt.NDArray[np.float64]
Measure = Callable[[Floats, Floats], Floats]

LEVELS: Final = ("fail", "partial", "pass")  # in their order
CLASSES: Final = (*LEVELS, "na")
DRAWS: Final = 1000


@dataclass(frozen=True, slots=True)
class Unit:
    """What was rated once by each rater; `values` maps rater to value.

    Units of one group are drawn together; without a group each unit is its own.
    """

    key: str
    values: Mapping[str, str]
    weight: float = 1.0
    group: str | None = None


def tally(units: Sequence[Unit], classes: Sequence[str] = CLASSES) -> Floats:
    """Return how many raters gave each value, (units, classes); other values are left out.

    Rows stand in the order of the units' keys.
    """
    counts = np.zeros((len(units), len(classes)))
    for row, unit in enumerate(in_order(units)):
        for value in unit.values.values():
            if value in classes:
                counts[row, classes.index(value)] += 1
    return counts


def in_order(units: Sequence[Unit]) -> list[Unit]:
    """Return the units by key."""
    return sorted(units, key=lambda unit: unit.key)


def percent_agreement(counts: Floats, weights: Floats) -> Floats:
    """Return the share of pairs of raters that agree, averaged over units with two or more.

    Fleiss, "Measuring nominal scale agreement among many raters", Psychological Bulletin 76, 1971.

    Args:
        counts: (n, classes) ratings per unit, as `tally` returns them.
        weights: (draws, n) how much each unit counts; one row for a single figure.

    Returns:
        (draws,) from 0 to 1; NaN where no unit has two ratings.
    """
    raters = counts.sum(axis=1)
    pairs = np.maximum(raters * (raters - 1), 1)
    agreeing = (counts * (counts - 1)).sum(axis=1) / pairs
    return _ratio(weights @ agreeing, weights @ (raters >= 2).astype(float))


def fleiss_kappa(counts: Floats, weights: Floats) -> Floats:
    """Return agreement beyond what the pooled shares of the classes give by chance.

    Fleiss, 1971; with unequal numbers of ratings as in Gwet, Handbook of Inter-Rater Reliability,
    4th edition, 2014, ch. 2. NaN where everybody always gives the same value. Shapes as above.
    """
    return _beyond(percent_agreement(counts, weights), (_shares(counts, weights) ** 2).sum(axis=1))


def gwet_ac1(counts: Floats, weights: Floats) -> Floats:
    """Return Gwet's first-order agreement coefficient, which stays stable for skewed criteria.

    Gwet, "Computing inter-rater reliability and its variance in the presence of high agreement",
    British Journal of Mathematical and Statistical Psychology 61, 2008. The classes are all
    columns of counts, whether they occur or not; at least two. Shapes as above.
    """
    shares = _shares(counts, weights)
    by_chance = (shares * (1 - shares)).sum(axis=1) / (counts.shape[1] - 1)
    return _beyond(percent_agreement(counts, weights), by_chance)


def nominal_alpha(counts: Floats, weights: Floats) -> Floats:
    """Return Krippendorff's alpha with every two different values equally far apart.

    Krippendorff, "Computing Krippendorff's alpha-reliability", 2011. Missing ratings are allowed;
    a unit with one rating has nothing to pair and is left out. NaN where only one value occurs
    among the paired ratings. Shapes as above.
    """
    found = _coincidences(counts, weights)
    apart = np.broadcast_to(1 - np.eye(counts.shape[1]), found.shape)
    return _alpha(found, apart)


def ordinal_alpha(counts: Floats, weights: Floats) -> Floats:
    """Return Krippendorff's alpha for classes in their order.

    Krippendorff, 2011: two values are as far apart as there are ratings between them. Tally
    with LEVELS, so that "na" counts as no rating. Otherwise as `nominal_alpha`.
    """
    found = _coincidences(counts, weights)
    totals = found.sum(axis=2)
    up_to = totals.cumsum(axis=1) - totals / 2
    return _alpha(found, (up_to[:, :, None] - up_to[:, None, :]) ** 2)


def _coincidences(counts: Floats, weights: Floats) -> Floats:
    raters = counts.sum(axis=1)
    pairs = counts[:, :, None] * (counts[:, None, :] - np.eye(counts.shape[1]))
    shared = np.where(raters >= 2, 1 / np.maximum(raters - 1, 1), 0)
    found: Floats = np.einsum("du,uab->dab", weights, pairs * shared[:, None, None])
    return found


def _alpha(found: Floats, apart: Floats) -> Floats:
    totals = found.sum(axis=2)
    n = totals.sum(axis=1)
    by_chance = totals[:, :, None] * totals[:, None, :]  # equal values are 0 apart
    observed = (found * apart).sum(axis=(1, 2))
    expected = (by_chance * apart).sum(axis=(1, 2))
    ratio: Floats = 1 - _ratio((n - 1) * observed, expected)
    return ratio


def cohen_kappa(
    units: Sequence[Unit], first: str, second: str, *, draws: int = DRAWS, seed: int = 0
) -> Estimate | None:
    """Return Cohen's kappa of two raters over the units that both rated, with "na" as a class.

    Cohen, "A coefficient of agreement for nominal scales", 1960; the mean over weights where units
    have them. None without a common unit, or where both always give one same value.
    """
    shared = [u for u in in_order(units) if first in u.values and second in u.values]
    if not shared:
        return None
    names = sorted({unit.values[rater] for unit in shared for rater in (first, second)})
    if len(names) == 1:
        return None
    ratings = [
        np.array([names.index(u.values[rater]) for u in shared]) for rater in (first, second)
    ]
    drawn: Any = resamples(shared, draws=draws, seed=seed)  # weights need not be whole
    return _estimate(resampled_kappa(ratings[0], ratings[1], drawn), len(shared))


def agreement(units: Sequence[Unit], *, draws: int = DRAWS, seed: int = 0) -> dict[str, Estimate]:
    """Return every measure of several raters with its 95 % bootstrap interval.

    Keys: percent_agreement, fleiss_kappa, gwet_ac1, nominal_alpha, ordinal_alpha. n is the number
    of units with two ratings that the measure can use. A measure that these ratings do not define
    is left out.
    """
    measures: list[tuple[Measure, Sequence[str]]] = [
        (percent_agreement, CLASSES),
        (fleiss_kappa, CLASSES),
        (gwet_ac1, CLASSES),
        (nominal_alpha, CLASSES),
        (ordinal_alpha, LEVELS),
    ]
    drawn = resamples(units, draws=draws, seed=seed)
    found = {}
    for measure, classes in measures:
        counts = tally(units, classes)
        n = int((counts.sum(axis=1) >= 2).sum())
        estimate = _estimate(measure(counts, drawn), n)
        if estimate is not None:
            found[measure.__name__] = estimate
    return found


def resamples(units: Sequence[Unit], *, draws: int = DRAWS, seed: int = 0) -> Floats:
    """Return (1 + draws, n): each unit's weight, first as it is, then times how often it is drawn.

    Groups are drawn with repetition (Davison and Hinkley, Bootstrap Methods, 1997, ch. 3.8), as
    many as there are. Columns stand in the order of the units' keys.
    """
    ordered = in_order(units)
    names = [unit.key if unit.group is None else unit.group for unit in ordered]
    groups, place = np.unique(np.array(names, dtype=np.str_), return_inverse=True)
    if not len(groups):
        return np.zeros((1 + draws, 0))
    random = np.random.default_rng(seed)
    times = random.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), size=draws)
    times = np.concatenate([np.ones((1, len(groups)), dtype=times.dtype), times])
    weights = np.array([unit.weight for unit in ordered])
    return np.asarray(times[:, place] * weights, dtype=np.float64)


def _estimate(values: Floats, n: int) -> Estimate | None:
    if np.isnan(values[0]):
        return None
    low, high = np.percentile(values[~np.isnan(values)], [2.5, 97.5])
    return Estimate(float(values[0]), float(low), float(high), n)


def _shares(counts: Floats, weights: Floats) -> Floats:
    raters = counts.sum(axis=1)
    shares = counts / np.maximum(raters, 1)[:, None]
    rated = weights @ (raters > 0).astype(float)
    return _ratio(weights @ shares, rated[:, None])


def _beyond(observed: Floats, by_chance: Floats) -> Floats:
    return _ratio(observed - by_chance, 1 - by_chance)


def _ratio(above: Any, below: Any) -> Floats:
    defined = np.abs(below) > 1e-12
    return np.where(defined, above / np.where(defined, below, 1), np.nan)
