"""One honest number: the mean of all auto-scores, corrected by blind audits. Pure.

Prediction-powered inference (Angelopoulos, Bates, Fannjiang, Jordan and Zrnic, Science 382, 2023)
with power tuning (Angelopoulos, Duchi and Zrnic, "PPI++", arXiv:2311.01453). As all conversations
of a period are known, this is the difference estimator of sampling theory (Cassel, Särndal and
Wretman, Biometrika 63, 1976). Audits weigh 1 / inclusion probability, normed by their sum (Hájek,
1971). Criteria that do not always apply are a ratio of two such means, linearised (Särndal, Swensson
and Wretman, Model Assisted Survey Sampling, 1992, ch. 5).

With few audits a variance estimated from them alone is often too small. Three things answer that:
Student's t; the residuals' variance pooled over everybody audited (`tune`); and where the residuals
do not vary at all, the exact bound of "none of n differs" (Clopper and Pearson, 1934).
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

from service.insights.audited import (
    TINY,
    Audits,
    Columns,
    Floats,
    Proposals,
    Tuning,
    columns,
    left_out,
    tune,
)
from service.insights.distributions import t_quantile

NEEDED: Final = 10  # audits that make a number
TRUST_IN_POOL: Final = 10.0  # the pooled variance counts like this many audits of one's own
OUTSIDE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean from 0 to 1 with its 95 % interval; only the counts while there is too little.

    machine: conversations with an auto-score; human: audits in which the criterion applied.
    worth: how many audits alone would give the same interval.
    """

    machine: int
    human: int
    needed: int = NEEDED
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    worth: float | None = None

    @property
    def is_enough(self) -> bool:
        """Whether there are enough audits for a number."""
        return self.mean is not None


def estimate(
    conversations: Proposals,
    audits: Audits,
    *,
    tuning: Tuning | None = None,
    needed: int = NEEDED,
) -> Estimate:
    """Return the mean that work of this kind has, of which these conversations are a sample.

    Args:
        conversations: all of the period that have an auto-score, the audited ones among them.
        audits: the audited ones.
        tuning: from `tune` over everybody's audits; without it the audits tune themselves.
        needed: the least number of audits, in which the criterion applied, for a number.

    Raises:
        ValueError: for a probability that is not above 0 and at most 1, or more audits than
            conversations.
    """
    return _estimate(conversations, audits, tuning=tuning, needed=needed, sampled=1.0)


def finite_estimate(
    conversations: Proposals,
    audits: Audits,
    *,
    tuning: Tuning | None = None,
    needed: int = NEEDED,
) -> Estimate:
    """Return the mean of exactly these conversations; nothing is unsure when all are audited.

    As `estimate`, without the part of the interval that comes from there being no more of them.
    """
    return _estimate(conversations, audits, tuning=tuning, needed=needed, sampled=0.0)


def worth(*, audits: int, conversations: int, correlation: float) -> float:
    """Return how many audits alone would say as much as these with the auto-scores.

    PPI++, section 6, for audits among the conversations: n / (1 − ρ² (1 − n / N)). With a
    correlation of 0.7 and 400 conversations, 10 audits are worth 19, 30 are worth 55.
    """
    return audits / (1 - correlation**2 * (1 - audits / conversations))


def _estimate(
    conversations: Proposals,
    audits: Audits,
    *,
    tuning: Tuning | None,
    needed: int,
    sampled: float,
) -> Estimate:
    rows = columns(audits)
    machine, human = len(conversations.score), int(rows.applied.sum())
    if machine < len(rows.weight):
        raise ValueError(f"{len(rows.weight)} audits of {machine} conversations")
    if human < max(1, needed):
        return Estimate(machine, human, needed)
    likely = conversations.applies
    chosen = tuning or tune(audits)
    applying = _corrected(
        rows, chosen.slope, proposed=likely, at_audits=rows.likely, found=rows.applied
    )
    if applying <= 0:  # the machine expected far more to apply than did
        chosen, applying = Tuning(0.0), rows.mean(rows.applied)
    total = _corrected(
        rows,
        chosen.slope,
        proposed=likely * conversations.score,
        at_audits=rows.likely * rows.score,
        found=rows.applied * rows.worth,
    )
    mean = min(1.0, max(0.0, total / applying))
    half, gain = _half_width(
        rows, chosen, mean=mean, share=sampled / machine, is_pooled=tuning is not None
    )
    half /= applying
    low, high = max(0.0, mean - half), min(1.0, mean + half)
    return Estimate(machine, human, needed, mean, low, high, None if gain is None else human * gain)


def _corrected(
    rows: Columns, slope: float, *, proposed: Floats, at_audits: Floats, found: Floats
) -> float:
    return slope * float(proposed.mean()) + rows.mean(found - slope * at_audits)


def _half_width(
    rows: Columns, tuning: Tuning, *, mean: float, share: float, is_pooled: bool
) -> tuple[float, float | None]:
    """Return half the interval's width and the variance of audits alone over ours.

    share: 1 / conversations when they are a sample themselves, 0 when they are all there is.
    """
    found = rows.found(mean)
    slopes = tuning.slope if is_pooled else left_out(rows, mean)
    lost = 1 if is_pooled else 2  # a mean, and the slope where it is our own
    residual = rows.variance(found - slopes * rows.proposed(mean), lost=lost)
    spread = rows.variance(found, lost=1)
    df = max(1.0, rows.effective - lost)
    if is_pooled and tuning.residual is not None and tuning.spread is not None:
        residual = _pooled(residual, tuning.residual, df=df)
        spread = _pooled(spread, tuning.spread, df=df)
        df = (df + TRUST_IN_POOL) ** 2 / df  # Satterthwaite 1946, the pooled part as known
    variance = rows.drawn * residual + share * spread
    half = t_quantile(1 - OUTSIDE / 2, round(df, 2)) * sqrt(variance)
    if residual < TINY:
        none_differs = 1 - (OUTSIDE / 2) ** (1 / rows.effective)
        half = max(half, none_differs * (rows.drawn + share) * rows.effective)
    return half, (rows.drawn + share) * spread / variance if variance > TINY else None


def _pooled(own: float, others: float, *, df: float) -> float:
    return (df * own + TRUST_IN_POOL * others) / (df + TRUST_IN_POOL)
