"""What goes into the models and what comes out: plain values, no tensors."""

from dataclasses import dataclass
from typing import Literal

Speaker = Literal["customer", "agent", "bot", "system", "note"]
VALUES = ("pass", "partial", "fail", "na")
SENTIMENTS = ("negative", "neutral", "positive")
RESOLUTIONS = ("yes", "partly", "no", "unknown")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message by one speaker, already masked."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation as the models read it; `language` is "en", "pl", "ru", another, or "und"."""

    channel: str
    language: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """What the heads say of one criterion.

    Attributes:
        value: the most probable of `VALUES`.
        probabilities: one per value, sum 1; a disabled value has 0.
        confidence: the probability of `value`.
        evidence: positions of agent turns, best first; () for "na".
        found: False where the value is a fail by absence: `evidence` then holds the closest turns.
    """

    value: str
    probabilities: dict[str, float]
    confidence: float
    evidence: tuple[int, ...]
    found: bool


@dataclass(frozen=True, slots=True)
class TurnSentiment:
    """The mood of one customer turn, one of `SENTIMENTS`, with the probability of each."""

    position: int
    value: str
    probabilities: dict[str, float]


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything the heads say of one conversation.

    Attributes:
        criteria: in the order of the heads' criteria.
        sentiment: customer turns only.
        resolved: one of `RESOLUTIONS`, and the probability of each.
        risk: probability that a lead should look at it now.
        topic: the most probable topic, and the probability of each.
        acts: per turn, act tag -> probability, those of at least 0.2.
        not_scored: None, or "language", "no_agent" or "empty"; every criterion is then "na".
    """

    criteria: dict[str, CriterionScore]
    sentiment: tuple[TurnSentiment, ...]
    resolved: tuple[str, dict[str, float]]
    risk: float
    topic: tuple[str, dict[str, float]]
    acts: tuple[dict[str, float], ...]
    not_scored: str | None
