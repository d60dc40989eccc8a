"""The one number of a conversation, pure, for auto-scores and for confirmed ratings alike."""

from collections.abc import Mapping
from typing import Final

from prompts.schema import Scorecard

POINTS: Final[Mapping[str, float]] = {"pass": 1.0, "partial": 0.5, "fail": 0.0}


def quality_score(scorecard: Scorecard, values: Mapping[str, str]) -> float | None:
    """Return the weighted quality of one conversation, in percent.

    100 · Σ weight · points / Σ weight over the criteria that apply: pass 1, partial 0.5,
    fail 0. A criterion that is `na`, or left out, does not count. A bonus criterion that
    applies counts in both sums. A critical fail changes nothing here: it is a flag that
    people see beside the score, and only once a person has confirmed it.

    Args:
        scorecard: the criteria, their weights, and how much weight is enough.
        values: criterion key to `pass`, `partial`, `fail` or `na`.

    Returns:
        0 to 100, or None if too little weight applies (`scorecard.enough_weight`).

    Raises:
        KeyError: for a criterion that is not on the scorecard.
        ValueError: for a level that the criterion lacks.
    """
    applicable = 0
    earned = 0.0
    for key, value in values.items():
        criterion = scorecard[key]
        if value not in criterion.levels:
            raise ValueError(f"“{key}” has no level “{value}”")
        if value != "na":
            applicable += criterion.weight
            earned += criterion.weight * POINTS[value]
    # Compared as whole numbers, and as a share, so that only the weights' proportions matter.
    if applicable == 0 or 100 * applicable < scorecard.enough_weight * scorecard.regular_weight:
        return None
    return 100 * earned / applicable
