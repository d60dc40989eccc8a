"""The real rated conversations, with what the shipped model says of each: what everything is drawn from.

A simulated conversation is one of these with its real ratings and the machine's real answer to it, so
that the machine errs in every slice as its confusion matrix there says, as sure of itself as it is, and
errors of one conversation come together as they do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from eval.measured import Measured
from models.types import VALUES, Analysis
from prompts.library import load_scorecard
from prompts.schema import Scorecard
from service.review.rules import Proposal, priority

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

PASS, PARTIAL, FAIL, NA = range(len(VALUES))
WORTH: Final = np.array([1.0, 0.5, 0.0, np.nan])  # by value
SCORECARD: Final = "standard-12/1"
WEAK: Final = 0.5  # a quality score below is a weak conversation


@dataclass(frozen=True, slots=True)
class Card:
    """The scorecard as columns, one per criterion."""

    keys: tuple[str, ...]
    weights: Floats
    is_critical: Flags
    has_partial: Flags
    enough: float  # weight that must apply

    def quality(self, values: Places) -> Floats:
        """Return the quality score / 100 of (n, criteria) values; NaN where too little applies."""
        worth = WORTH[values]
        applied = ~np.isnan(worth) @ self.weights
        earned = np.nan_to_num(worth) @ self.weights
        enough = (applied >= self.enough - 1e-9) & (applied > 0)
        return np.where(enough, earned / np.where(enough, applied, 1), np.nan)

    def worth(self, values: Places) -> Floats:
        """Return (n, criteria + 1): what values are worth, NaN where not; last the quality."""
        return np.column_stack([WORTH[values], self.quality(values)])

    def has_critical_error(self, values: Places) -> Flags:
        """Return (n,): whether a critical criterion is failed."""
        found: Flags = ((values == FAIL) & self.is_critical).any(axis=1)
        return found


@dataclass(frozen=True, slots=True)
class Pool:
    """m rated conversations and the machine's answers; values are places in `VALUES`.

    language: (m,) place in `languages`. truth: (m, criteria) what people said.
    probabilities: (m, criteria, 4). priority: (m,) in the queue.
    """

    model: str
    data: str
    card: Card
    languages: tuple[str, ...]
    language: Places
    truth: Places
    probabilities: Floats
    priority: Floats

    @property
    def measures(self) -> tuple[str, ...]:
        """The criteria and, last, the quality score."""
        return (*self.card.keys, "quality score")

    @property
    def said(self) -> Places:
        """(m, criteria): the machine's values."""
        return np.asarray(self.probabilities.argmax(axis=2), dtype=np.int64)

    @property
    def likely(self) -> Floats:
        """(m, criteria + 1): the probability that it applies; of the quality score 1."""
        applies = 1 - self.probabilities[:, :, NA]
        return np.column_stack([applies, np.ones(len(applies))])

    @property
    def score(self) -> Floats:
        """(m, criteria + 1): what the rating is expected to be worth if it applies."""
        p = self.probabilities
        earned, applies = p[:, :, PASS] + p[:, :, PARTIAL] / 2, 1 - p[:, :, NA]
        each = earned / np.maximum(applies, 1e-9)
        whole = (earned @ self.card.weights) / np.maximum(applies @ self.card.weights, 1e-9)
        return np.column_stack([each, whole])


def pool_of(measured: Measured) -> Pool:
    """Return the conversations of a measurement on which every criterion was rated."""
    scorecard = load_scorecard(SCORECARD)
    rows = [
        (example, analysis)
        for example, analysis in zip(measured.examples, measured.analyses, strict=True)
        if set(scorecard.keys) <= set(example.ratings) and not analysis.not_scored
    ]
    languages = tuple(sorted({example.dialogue.language for example, _ in rows}))
    truth = [[VALUES.index(e.ratings[key].value) for key in scorecard.keys] for e, _ in rows]
    return Pool(
        measured.model,
        measured.data,
        card_of(scorecard),
        languages,
        np.array([languages.index(example.dialogue.language) for example, _ in rows]),
        np.array(truth),
        np.array([_probabilities(analysis, scorecard.keys) for _, analysis in rows]),
        np.array([_priority(analysis, scorecard) for _, analysis in rows]),
    )


def card_of(scorecard: Scorecard) -> Card:
    """Return a scorecard as columns."""
    criteria = scorecard.criteria
    return Card(
        scorecard.keys,
        np.array([float(c.weight) for c in criteria]),
        np.array([c.is_critical for c in criteria]),
        np.array(["partial" in c.levels for c in criteria]),
        scorecard.enough_weight * scorecard.regular_weight / 100,
    )


def _probabilities(analysis: Analysis, keys: Sequence[str]) -> list[list[Any]]:
    return [[analysis.criteria[key].probabilities[value] for value in VALUES] for key in keys]


def _priority(analysis: Analysis, scorecard: Scorecard) -> float:
    proposals = {
        key: Proposal(key, analysis.criteria[key].value, analysis.criteria[key].confidence)
        for key in scorecard.keys
    }
    return priority(proposals, scorecard, risk=analysis.risk)
