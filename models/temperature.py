"""One temperature per task, so that 0.8 means right four times in five.

A network is surer of itself than it is right. Dividing its logits by one number, fitted on
conversations that it was not trained on, changes no answer and makes the probabilities honest.
Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
LOWEST, HIGHEST = 0.25, 8.0
NEUTRAL = 1.0


@dataclass(frozen=True, slots=True)
class Temperatures:
    """What to divide the logits of each task by; `criteria` in the order of the heads."""

    criteria: tuple[float, ...]
    sentiment: float = NEUTRAL
    resolved: float = NEUTRAL
    risk: float = NEUTRAL
    topic: float = NEUTRAL

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Temperatures":
        """Read what `to_json` gave."""
        return cls(**{**plain, "criteria": tuple(plain["criteria"])})


def softmax(logits: npt.ArrayLike, temperature: npt.ArrayLike = NEUTRAL) -> Array:
    """Return probabilities along the last axis; `temperature` broadcasts against the logits.

    A logit of -inf gets probability 0.
    """
    scaled = np.asarray(logits, dtype=np.float64) / np.asarray(temperature, dtype=np.float64)
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    shares: Array = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def sigmoid(logits: npt.ArrayLike, temperature: float = NEUTRAL) -> Array:
    """Return the probability of yes."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    shares: Array = 1 / (1 + np.exp(-np.clip(scaled, -500, 500)))
    return shares


def fit_temperature(logits: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Return the temperature with the least surprise at the labels.

    Args:
        logits: (n, classes), of examples that the network was not trained on.
        labels: (n,) int; at least one.

    Returns:
        Between 0.25 and 8, found to within a thousandth by golden section over its logarithm;
        NEUTRAL without labels.
    """
    scores = np.asarray(logits, dtype=np.float64)
    right = np.asarray(labels, dtype=np.int64)
    if not len(right):
        return NEUTRAL
    rows = np.arange(len(right))

    def surprise(log_temperature: float) -> float:
        shares = softmax(scores, np.exp(log_temperature))[rows, right]
        return float(-np.log(shares + 1e-12).mean())

    low, high = np.log(LOWEST), np.log(HIGHEST)
    golden = (np.sqrt(5) - 1) / 2
    while high - low > 1e-3:
        left, middle = high - golden * (high - low), low + golden * (high - low)
        if surprise(left) < surprise(middle):
            high = middle
        else:
            low = left
    return float(np.exp((low + high) / 2))


def fit_binary_temperature(logits: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Return the temperature for the logits of yes and no answers: (n,) each."""
    yes = np.asarray(logits, dtype=np.float64)
    return fit_temperature(np.stack([np.zeros_like(yes), yes], axis=-1), labels)
