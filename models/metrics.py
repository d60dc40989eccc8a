"""Measures of agreement, of honesty and of retrieval, each with an interval. numpy only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Statistic = Callable[[npt.NDArray[np.int64]], float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % bootstrap interval and how many units it rests on."""

    value: float
    low: float
    high: float
    n: int


def kappa(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Return Cohen's kappa of two raters: 1 agreement, 0 chance; NaN where both never vary.

    Source: Cohen, "A Coefficient of Agreement for Nominal Scales", 1960.
    """
    a, b = np.asarray(first), np.asarray(second)
    _same_length(a, b)
    by_chance = sum(float((a == x).mean() * (b == x).mean()) for x in np.unique(a))
    if by_chance == 1:
        return float("nan")
    return float(((a == b).mean() - by_chance) / (1 - by_chance))


def resampled_kappa(
    truth: npt.NDArray[np.int64], guesses: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return Cohen's kappa of many resamples at once; 0 where a resample never varies.

    Args:
        truth, guesses: (n,) classes from 0.
        counts: (draws, n) how often each unit is in a resample.

    Returns:
        (draws,) float64.
    """
    classes = int(max(truth.max(), guesses.max())) + 1
    sizes = counts.sum(axis=1)
    observed = counts @ (truth == guesses) / sizes
    rows = counts @ np.eye(classes)[truth] / sizes[:, None]
    columns = counts @ np.eye(classes)[guesses] / sizes[:, None]
    by_chance = (rows * columns).sum(axis=1)
    varied = by_chance < 1
    return np.where(varied, (observed - by_chance) / np.where(varied, 1 - by_chance, 1), 0.0)


def macro_f1(truth: npt.ArrayLike, guesses: npt.ArrayLike) -> float:
    """Return the mean F1 over the classes that occur in either."""
    a, b = np.asarray(truth), np.asarray(guesses)
    _same_length(a, b)
    scores = [
        2 * ((a == x) & (b == x)).sum() / ((a == x).sum() + (b == x).sum())
        for x in np.union1d(a, b)
    ]
    return float(np.mean(scores))


def average_precision(truth: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """Return the area under precision over recall; NaN without a positive.

    Args:
        truth: (n,) bool.
        scores: (n,) higher is more likely; equal scores count as one step.
    """
    positive, ranks = np.asarray(truth, dtype=bool), np.asarray(scores, dtype=float)
    _same_length(positive, ranks)
    if not positive.any():
        return float("nan")
    order = np.argsort(-ranks, kind="stable")
    hits = np.cumsum(positive[order])
    last_of_step = np.append(np.diff(ranks[order]) != 0, True)
    precision = (hits / np.arange(1, len(hits) + 1))[last_of_step]
    gained = np.diff(np.concatenate([[0], hits[last_of_step]])) / hits[-1]
    return float((precision * gained).sum())


def expected_calibration_error(
    confidences: npt.ArrayLike, right: npt.ArrayLike, *, bins: int = 10
) -> float:
    """Return the mean gap between confidence and being right, in bins of equal count.

    Args:
        confidences: (n,) 0 to 1, of the chosen answer.
        right: (n,) bool.
        bins: at most; fewer where n is smaller.
    """
    sure, hit = np.asarray(confidences, dtype=float), np.asarray(right, dtype=float)
    _same_length(sure, hit)
    order = np.argsort(sure, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    gaps = [len(part) * abs(sure[part].mean() - hit[part].mean()) for part in parts]
    return float(sum(gaps) / len(order))


def recall_at(k: int, ranked: Sequence[Sequence[Any]], wanted: Sequence[set[Any]]) -> float:
    """Return the mean share of what was wanted that is among the first k.

    Args:
        k: at least 1.
        ranked: per query, what was found, best first.
        wanted: per query, at least one id.
    """
    shares = [
        len(set(found[:k]) & want) / len(want) for found, want in zip(ranked, wanted, strict=True)
    ]
    return float(np.mean(shares))


def estimate(statistic: Statistic, n: int, *, draws: int = 1000, seed: int = 0) -> Estimate:
    """Return a statistic with its 95 % percentile bootstrap interval.

    Args:
        statistic: of the positions drawn, with repetition, out of range(n). Draw whole
            conversations where a conversation holds several units.
        n: how many units there are, at least 1.
        draws: how many resamples; those with an undefined statistic are left out.
        seed: of the draws.
    """
    random = np.random.default_rng(seed)
    values = np.array([statistic(random.integers(0, n, n)) for _ in range(draws)])
    values = values[~np.isnan(values)]
    low, high = np.percentile(values, [2.5, 97.5]) if len(values) else (np.nan, np.nan)
    return Estimate(statistic(np.arange(n)), float(low), float(high), n)


def _same_length(a: Array, b: Array) -> None:
    if a.shape != b.shape or a.ndim != 1 or not len(a):
        raise ValueError(f"two rows of one length are needed, not {a.shape} and {b.shape}")
