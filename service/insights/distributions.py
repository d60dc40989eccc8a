"""The two distributions behind exact and small-sample intervals: beta and Student's t. Pure."""

from functools import lru_cache
from math import exp, lgamma, log, log1p, sqrt
from typing import Final

PRECISION: Final = 1e-15
STEPS: Final = 20_000  # the fraction needs about the root of the larger parameter
TINY: Final = 1e-300
HALVINGS: Final = 60


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the probability that a Beta(a, b) value is at most x.

    The regularised incomplete beta function by its continued fraction (NIST Digital Library of
    Mathematical Functions, 8.17.22), evaluated by Lentz's method.

    Args:
        x: any number; outside of 0 to 1 the answer is 0 or 1.
        a, b: above 0.

    Raises:
        ValueError: for a parameter that is not above 0.
    """
    if a <= 0 or b <= 0:
        raise ValueError(f"a beta distribution needs parameters above 0, not {a} and {b}")
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side
        return 1 - _left_tail(1 - x, b, a)
    return _left_tail(x, a, b)


def _left_tail(x: float, a: float, b: float) -> float:
    front = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)
    return exp(front) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    value, numerator, denominator = 1.0, 1.0, 0.0
    for step in range(1, STEPS):
        term = _coefficient(step, x, a, b)
        denominator = 1 / (1 + term * denominator or TINY)
        numerator = 1 + term / numerator or TINY
        value *= numerator * denominator
        if abs(numerator * denominator - 1) < PRECISION:
            return value
    raise ValueError(f"the beta distribution of {a} and {b} does not converge at {x}")


def _coefficient(step: int, x: float, a: float, b: float) -> float:
    m, is_odd = divmod(step, 2)
    if is_odd:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))


@lru_cache(maxsize=4096)
def beta_quantile(share: float, a: float, b: float) -> float:
    """Return the x below which that share (0 to 1) of a Beta(a, b) lies, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if beta_cdf(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def t_cdf(t: float, df: float) -> float:
    """Return the probability that Student's t with df degrees of freedom is at most t.

    Student, "The probable error of a mean", Biometrika 6, 1908; through the beta distribution of
    t² / (df + t²) (Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 2, ch. 28).
    """
    centre = beta_cdf(t * t / (df + t * t), 0.5, df / 2)
    return (1 + centre) / 2 if t >= 0 else (1 - centre) / 2


@lru_cache(maxsize=4096)
def t_quantile(share: float, df: float) -> float:
    """Return the t below which that share of Student's distribution lies.

    Args:
        share: above 0 and below 1.
        df: degrees of freedom, above 0, whole or not.
    """
    if share < 0.5:
        return -t_quantile(1 - share, df)
    inside = beta_quantile(2 * share - 1, 0.5, df / 2)
    return sqrt(df * inside / (1 - inside))
