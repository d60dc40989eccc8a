"""Whether 80 % sure is right four times in five, over all criteria together."""

import numpy as np
import numpy.typing as npt

from eval.measured import Measured
from eval.report import Line, Report
from models.metrics import estimate, expected_calibration_error

Numbers = npt.NDArray[np.float64]


def calibration(measured: Measured) -> Report:
    """Return the calibration error (10 bins of equal count), confidence and accuracy."""
    rows = [_answers(measured, number) for number in range(len(measured.examples))]

    def gathered(drawn: npt.NDArray[np.int64]) -> Numbers:
        return np.concatenate([rows[number] for number in drawn])

    def error(drawn: npt.NDArray[np.int64]) -> float:
        sure, right = gathered(drawn).T
        return expected_calibration_error(sure, right)

    n = len(rows)
    unit = f"conversations, {sum(len(row) for row in rows)} values"
    lines = [
        Line("calibration error", estimate(error, n), unit),
        Line("mean confidence", estimate(lambda d: float(gathered(d)[:, 0].mean()), n), unit),
        Line("share right", estimate(lambda d: float(gathered(d)[:, 1].mean()), n), unit),
    ]
    return Report("calibration", measured.model, measured.data, lines)


def _answers(measured: Measured, number: int) -> Numbers:
    """Return (criteria, 2): confidence, and 1 where the value is the person's."""
    scores = measured.analyses[number].criteria
    return np.array(
        [
            (scores[key].confidence, float(scores[key].value == rated.value))
            for key, rated in measured.examples[number].ratings.items()
            if key in scores
        ],
        dtype=np.float64,
    ).reshape(-1, 2)
