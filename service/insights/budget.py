"""An error budget for auto-confirmed values: which threshold keeps it, and how sure that is. Pure.

Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei, "Learn then Test: calibrating
predictive algorithms to achieve risk control", Annals of Applied Statistics 19, 2025): each threshold
is a hypothesis "more than the budget is wrong above it", refused by an exact binomial bound, with a
correction for how many are tried. Fails and critical criteria never come here: `may_auto_confirm`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import takewhile
from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt

from service.insights.distributions import beta_cdf, beta_quantile

Floats = npt.NDArray[np.float64]

BUDGET: Final = 0.05
CONFIDENCE: Final = 0.9
SHARES: Final = tuple(tenth / 10 for tenth in range(1, 11))  # of the slice, the surest first


@dataclass(frozen=True, slots=True)
class Checked:
    """Audited proposals of one slice that could have been auto-confirmed.

    confidence: (n,) of the machine, 0 to 1. is_wrong: (n,) whether people found another value.
    probability: (n,) of having been drawn for the audit, above 0, at most 1.
    """

    confidence: Floats
    is_wrong: npt.NDArray[np.bool_]
    probability: Floats


@dataclass(frozen=True, slots=True)
class Threshold:
    """What audits say of auto-confirming from one confidence up.

    coverage: share of the slice's proposals that lie above, 0 to 1. audits and errors lie above it,
    as equally weighted ones.
    """

    confidence: float
    coverage: float
    audits: float
    errors: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The loosest threshold that keeps the budget, if any.

    bound: at most that share is wrong above it, at the confidence of its test; None without one.
    missing: without one, how many more audits of the slice are needed at least, if none of them
    finds an error; 0 with one.
    """

    threshold: Threshold | None
    bound: float | None
    missing: int
    tried: int


def may_auto_confirm(value: str, *, is_critical: bool) -> bool:
    """Whether the machine may ever confirm a value alone: no fail, and no critical criterion."""
    return value != "fail" and not is_critical


def upper_bound(errors: float, audits: float, *, confidence: float = CONFIDENCE) -> float:
    """Return the share of errors that is not exceeded at that confidence; 1 without audits.

    Clopper and Pearson, "The use of confidence or fiducial limits", Biometrika 26, 1934, one-sided.
    Counts need not be whole (Korn and Graubard, Survey Methodology 24, 1998).

    Raises:
        ValueError: for more errors than audits.
    """
    if not 0 <= errors <= audits:
        raise ValueError(f"{errors} errors in {audits} audits")
    if errors >= audits:
        return 1.0
    return beta_quantile(confidence, errors + 1, audits - errors)


def interval(errors: int, audits: int) -> tuple[float, float]:
    """Return the two-sided 95 % interval of a share by Clopper and Pearson; 0 to 1 without audits."""
    high = upper_bound(errors, audits, confidence=0.975)
    return 1 - upper_bound(audits - errors, audits, confidence=0.975), high


def certifies(errors: float, audits: float, *, budget: float, confidence: float) -> bool:
    """Whether `upper_bound` is at most the budget, without searching for the bound."""
    return errors < audits and beta_cdf(budget, errors + 1, audits - errors) >= confidence


@lru_cache(maxsize=4096)
def least_audits(errors: int, *, budget: float = BUDGET, confidence: float = CONFIDENCE) -> int:
    """Return how many audits with that many errors certify the budget, at least.

    At 5 % and 90 % sure: 45 with none, 77 with one.

    Args:
        errors: found, 0 or more.
        budget, confidence: above 0 and below 1.
    """
    low, high = errors, errors + 1
    while not certifies(errors, high, budget=budget, confidence=confidence):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if certifies(errors, middle, budget=budget, confidence=confidence):
            high = middle
        else:
            low = middle
    return high


def choose(
    checked: Checked,
    confidences: Floats,
    *,
    budget: float = BUDGET,
    confidence: float = CONFIDENCE,
) -> Choice:
    """Return the loosest threshold by fixed-sequence testing.

    Learn then Test, section 2.3: from the surest proposals on, each threshold at the full level,
    until the first that fails. The sequence begins where audits enough for one error are expected;
    that depends on no finding, so it costs nothing. With too few for that, only the whole slice is
    tried.

    Args:
        checked: the slice's audits.
        confidences: (N,) of all the slice's proposals that may be auto-confirmed.
        budget: most that may be wrong among the auto-confirmed, above 0 and below 1.
        confidence: how sure that is to be, above 0 and below 1.
    """
    candidates = _candidates(checked, confidences)
    room = least_audits(1, budget=budget, confidence=confidence)
    expected = _effective(checked.probability)
    sequence = [c for c in candidates if c.coverage * expected >= room] or candidates[-1:]
    passing = list(takewhile(partial(_passes, budget=budget, confidence=confidence), sequence))
    tried = min(len(sequence), len(passing) + 1)
    return _choice(passing, candidates, tried, budget=budget, confidence=confidence)


def choose_by_bonferroni(
    checked: Checked,
    confidences: Floats,
    *,
    budget: float = BUDGET,
    confidence: float = CONFIDENCE,
) -> Choice:
    """Return the loosest threshold whose test passes at the level divided by how many are tried.

    Learn then Test, section 2.3. Surer to find one where errors do not grow with doubt; needs more
    audits otherwise. Arguments as for `choose`; each bound holds for all thresholds together.
    """
    candidates = _candidates(checked, confidences)
    tried = len(candidates)
    level = 1 - (1 - confidence) / max(1, tried)
    passing = [c for c in candidates if _passes(c, budget=budget, confidence=level)]
    return _choice(passing, candidates, tried, budget=budget, confidence=level)


def _passes(candidate: Threshold, *, budget: float, confidence: float) -> bool:
    return certifies(candidate.errors, candidate.audits, budget=budget, confidence=confidence)


def _choice(
    passing: Sequence[Threshold],
    candidates: Sequence[Threshold],
    tried: int,
    *,
    budget: float,
    confidence: float,
) -> Choice:
    if passing:
        chosen = passing[-1]
        bound = upper_bound(chosen.errors, chosen.audits, confidence=confidence)
        return Choice(chosen, bound, 0, tried)
    least = partial(least_audits, budget=budget, confidence=confidence)
    lacking = [(least(ceil(c.errors)) - c.audits) / c.coverage for c in candidates] or [least(0)]
    return Choice(None, None, max(1, ceil(min(lacking) - 1e-9)), tried)


def _thresholds(confidences: Floats) -> list[float]:
    """Return the confidences that cut off the surest tenth, two tenths and so on, falling."""
    if not len(confidences):
        return []
    falling = np.sort(confidences)[::-1]
    places = [ceil(share * len(falling) - 1e-9) - 1 for share in SHARES]
    return sorted({float(falling[max(0, place)]) for place in places}, reverse=True)


def _candidates(checked: Checked, confidences: Floats) -> list[Threshold]:
    found = []
    for threshold in _thresholds(confidences):
        above = checked.confidence >= threshold
        weight = 1 / checked.probability[above]
        audits = _effective(checked.probability[above])
        share = float(weight @ checked.is_wrong[above] / weight.sum()) if audits else 0.0
        errors = round(audits * share, 9)
        coverage = float((confidences >= threshold).mean())
        found.append(Threshold(threshold, coverage, audits, errors))
    return found


def _effective(probability: Floats) -> float:
    """Return how many equally weighted audits tell as much (Kish, Survey Sampling, 1965)."""
    weight = 1 / probability
    return round(float(weight.sum() ** 2 / (weight @ weight)), 9) if len(weight) else 0.0
