"""Whether a reviewer rates one agent higher than the others would. Pure.

Reviewers may be strict and agents good: both are taken out by an additive model of reviewer and
agent, fitted by least squares; a bias is what one pair has beyond it. Reviewers need not share
agents evenly for that (Searle, Linear Models, 1971, ch. 7).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from service.insights.distributions import t_cdf, t_quantile

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

NEEDED: Final = 10  # marks of a reviewer for one agent
OUTSIDE: Final = 0.05
TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Mark:
    """One review: what its values are worth beyond what was expected, in the mean, -1 to 1.

    Expected by a blind second review of the same conversation, or by the corrected auto-score. One
    mark per conversation, since the criteria of one conversation depend on each other.
    """

    reviewer: str
    agent: str
    excess: float


@dataclass(frozen=True, slots=True)
class PairBias:
    """How much higher a reviewer rates an agent, with its 95 % interval, -2 to 2.

    p: of no bias, by itself. is_found: whether it stands after the correction for all pairs.
    """

    reviewer: str
    agent: str
    n: int
    gap: float
    low: float
    high: float
    p: float
    is_found: bool


def holm(chances: Sequence[float], *, level: float = OUTSIDE) -> list[bool]:
    """Return which hypotheses are refused so that any false one slips in at most at that level.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6, 1979. It holds however the tests depend on each other, as pairs do.

    Args:
        chances: p of each, 0 to 1.
        level: chance of refusing even one wrongly.
    """
    refused = [False] * len(chances)
    for place, index in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        if chances[index] > level / (len(chances) - place):
            break
        refused[index] = True
    return refused


def pair_biases(
    marks: Sequence[Mark], *, needed: int = NEEDED, level: float = OUTSIDE
) -> list[PairBias]:
    """Return every pair with enough marks, the least likely by chance first.

    Student's t of the pair's own term beside reviewer and agent (Frisch and Waugh, Econometrica 1,
    1933, give it from the fit without the term), corrected by Holm. A pair that cannot be told
    apart from its reviewer or its agent, or whose marks do not vary, is left out.

    Args:
        marks: of all reviewers for all agents.
        needed: the least number of marks of the pair itself.
        level: the chance of finding even one bias among fair reviewers.
    """
    if not marks:
        return []
    ordered = sorted(marks, key=lambda mark: (mark.reviewer, mark.agent, mark.excess))
    fit = _fitted(ordered)
    found = [
        bias
        for pair in np.unique(np.stack([fit.reviewer, fit.agent], axis=1), axis=0)
        if (bias := _bias(fit, int(pair[0]), int(pair[1]), needed=needed)) is not None
    ]
    stands = holm([bias.p for bias in found], level=level)
    settled = [replace(bias, is_found=is_) for bias, is_ in zip(found, stands, strict=True)]
    return sorted(settled, key=lambda bias: (bias.p, bias.reviewer, bias.agent))


@dataclass(frozen=True, slots=True)
class _Fit:
    """Marks with what reviewer and agent explain taken away."""

    reviewers: npt.NDArray[np.str_]
    agents: npt.NDArray[np.str_]
    reviewer: Places  # (n,) place among reviewers
    agent: Places  # (n,) place among agents
    rest: Floats  # (n,)
    inverse: Floats  # (reviewers + agents, same) of the normal equations
    parameters: int


def _fitted(marks: Sequence[Mark]) -> _Fit:
    reviewers, reviewer = np.unique([mark.reviewer for mark in marks], return_inverse=True)
    agents, agent = np.unique([mark.agent for mark in marks], return_inverse=True)
    excess = np.array([mark.excess for mark in marks], dtype=np.float64)
    both = np.zeros((len(reviewers), len(agents)))
    np.add.at(both, (reviewer, agent), 1)
    normal = np.block([[np.diag(both.sum(axis=1)), both], [both.T, np.diag(both.sum(axis=0))]])
    inverse = np.linalg.pinv(normal, hermitian=True)
    sums = [np.bincount(reviewer, excess), np.bincount(agent, excess)]
    effects = inverse @ np.concatenate(sums)
    rest = excess - effects[reviewer] - effects[len(reviewers) + agent]
    parameters = int(np.linalg.matrix_rank(normal, hermitian=True))
    return _Fit(reviewers, agents, reviewer, agent, rest, inverse, parameters)


def _bias(fit: _Fit, reviewer: int, agent: int, *, needed: int) -> PairBias | None:
    own = fit.rest[(fit.reviewer == reviewer) & (fit.agent == agent)]
    other = len(fit.reviewers) + agent
    places = np.ix_([reviewer, other], [reviewer, other])
    alone = 1 - len(own) * float(fit.inverse[places].sum())  # what the model leaves to the pair
    df = len(fit.rest) - fit.parameters - 1
    if len(own) < needed or alone < TINY or df < 1:
        return None
    gap = float(own.mean()) / alone
    squares = float(fit.rest @ fit.rest) - gap**2 * len(own) * alone
    if squares < TINY:
        return None
    error = (squares / df / (len(own) * alone)) ** 0.5
    half = t_quantile(1 - OUTSIDE / 2, df) * error
    p = 2 * t_cdf(-abs(gap) / error, df)
    names = str(fit.reviewers[reviewer]), str(fit.agents[agent])
    return PairBias(*names, len(own), gap, gap - half, gap + half, p, is_found=False)
