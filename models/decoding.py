"""From logits to words: values, probabilities, evidence. numpy only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.heads_config import HeadsConfig
from models.temperature import Temperatures, sigmoid, softmax
from models.types import (
    RESOLUTIONS,
    SENTIMENTS,
    VALUES,
    Analysis,
    CriterionScore,
    Dialogue,
    TurnSentiment,
)

Array = npt.NDArray[np.float64]
MOST_EVIDENCE = 3
EVIDENCE_SHARE = 0.4  # of the attention on the best turn, that another needs to be shown
ACT_SHOWN = 0.2
FAIL, NA = VALUES.index("fail"), VALUES.index("na")


@dataclass(frozen=True, slots=True)
class Logits:
    """The outputs for one conversation, without padding, as float arrays.

    Attributes:
        acts: (turns, acts); -inf where the speaker cannot do the act.
        sentiment: (turns, 3).
        ratings: (criteria, 4).
        found: (criteria,).
        attention: (criteria, turns).
        resolved: (4,).
        risk: one number.
        topic: (topics,).
    """

    acts: Array
    sentiment: Array
    ratings: Array
    found: Array
    attention: Array
    resolved: Array
    risk: float
    topic: Array


class Decoder:
    """Read logits with the names of a set of heads and its temperatures."""

    def __init__(self, config: HeadsConfig, temperatures: Temperatures) -> None:
        self._config = config
        self._temperatures = temperatures
        self._criteria_temperatures = np.array(temperatures.criteria)[:, None]
        self._barred = np.array(
            [[v in config.disabled.get(key, ()) for v in VALUES] for key in config.criteria]
        )
        self._act_names = [act.partition(":")[2] for act in config.acts]

    def analysis(self, dialogue: Dialogue, logits: Logits) -> Analysis:
        """Return what the heads say; without an agent's turn every criterion is "na"."""
        reason = not_scored(dialogue, self._config.languages)
        return Analysis(
            criteria=self._nothing() if reason else self._criteria(dialogue, logits),
            sentiment=tuple(self._sentiment(dialogue, logits)),
            resolved=_chosen(RESOLUTIONS, softmax(logits.resolved, self._temperatures.resolved)),
            risk=float(sigmoid(logits.risk, self._temperatures.risk)),
            topic=_chosen(self._config.topics, softmax(logits.topic, self._temperatures.topic)),
            acts=tuple(self._acts(logits)),
            not_scored=reason,
        )

    def unscored(self, dialogue: Dialogue, reason: str) -> Analysis:
        """Return the analysis of a conversation that the heads cannot read at all."""
        topics = dict.fromkeys(self._config.topics, 0.0) | {self._config.no_topic: 1.0}
        unknown = RESOLUTIONS[-1]
        return Analysis(
            criteria=self._nothing(),
            sentiment=(),
            resolved=(unknown, {word: float(word == unknown) for word in RESOLUTIONS}),
            risk=0.0,
            topic=(self._config.no_topic, topics),
            acts=tuple({} for _ in dialogue.turns),
            not_scored=reason,
        )

    def _nothing(self) -> dict[str, CriterionScore]:
        shares = {value: float(value == "na") for value in VALUES}
        none = CriterionScore("na", shares, confidence=1.0, evidence=(), found=True)
        return dict.fromkeys(self._config.criteria, none)

    def _criteria(self, dialogue: Dialogue, logits: Logits) -> dict[str, CriterionScore]:
        ratings = np.where(self._barred, -np.inf, logits.ratings)
        shares = softmax(ratings, self._criteria_temperatures)
        agent = np.array([turn.speaker == "agent" for turn in dialogue.turns])
        ranked = np.where(agent, logits.attention, -1.0)
        return {
            key: _score(shares[row], float(logits.found[row]), ranked[row])
            for row, key in enumerate(self._config.criteria)
        }

    def _sentiment(self, dialogue: Dialogue, logits: Logits) -> Iterator[TurnSentiment]:
        shares = softmax(logits.sentiment, self._temperatures.sentiment)
        for position, turn in enumerate(dialogue.turns):
            if turn.speaker == "customer":
                value, probabilities = _chosen(SENTIMENTS, shares[position])
                yield TurnSentiment(position, value, probabilities)

    def _acts(self, logits: Logits) -> Iterator[dict[str, float]]:
        shares = sigmoid(logits.acts)
        for row in shares:
            shown = np.flatnonzero(row >= ACT_SHOWN)
            yield {self._act_names[act]: float(row[act]) for act in shown[np.argsort(-row[shown])]}


def not_scored(dialogue: Dialogue, languages: Sequence[str]) -> str | None:
    """Say why a conversation gets no values: "empty", "no_agent", "language", or None."""
    spoken = [turn for turn in dialogue.turns if turn.text.strip()]
    if not spoken:
        return "empty"
    if not any(turn.speaker == "agent" for turn in spoken):
        return "no_agent"
    return None if dialogue.language in languages else "language"


def _score(shares: Array, found: float, ranked: Array) -> CriterionScore:
    best = int(shares.argmax())
    return CriterionScore(
        value=VALUES[best],
        probabilities=_named(VALUES, shares),
        confidence=float(shares[best]),
        evidence=() if best == NA else _evidence(ranked),
        found=best != FAIL or found > 0,
    )


def _evidence(ranked: Array) -> tuple[int, ...]:
    """Return the turns that hold most of the attention; those of others are marked -1."""
    order = np.argsort(-ranked, kind="stable")[:MOST_EVIDENCE]
    least = EVIDENCE_SHARE * ranked[order[0]]
    return tuple(int(turn) for turn in order if ranked[turn] >= 0 and ranked[turn] >= least)


def _chosen(words: Sequence[str], shares: Array) -> tuple[str, dict[str, float]]:
    return words[int(shares.argmax())], _named(words, shares)


def _named(words: Sequence[str], shares: Array) -> dict[str, float]:
    return dict(zip(words, shares.tolist(), strict=True))
