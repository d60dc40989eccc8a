"""How well the mood of customer turns agrees with people."""

import numpy as np
import numpy.typing as npt

from eval.measured import Measured
from eval.report import Line, Report
from models.metrics import estimate, kappa, macro_f1

Words = npt.NDArray[np.str_]


def sentiment(measured: Measured) -> Report:
    """Return macro F1 and kappa over customer turns, drawing whole conversations."""
    rows = [_turns(measured, number) for number in range(len(measured.examples))]
    turns = sum(len(truth) for truth, _ in rows)

    def gathered(drawn: npt.NDArray[np.int64]) -> tuple[Words, Words]:
        chosen = [rows[number] for number in drawn]
        truth = np.concatenate([t for t, _ in chosen])
        return truth, np.concatenate([g for _, g in chosen])

    unit = f"conversations, {turns} turns"
    lines = [
        Line("macro F1", estimate(lambda d: macro_f1(*gathered(d)), len(rows)), unit),
        Line("kappa", estimate(lambda d: kappa(*gathered(d)), len(rows)), unit),
    ]
    return Report("sentiment", measured.model, measured.data, lines)


def _turns(measured: Measured, number: int) -> tuple[Words, Words]:
    said = {s.position: s.value for s in measured.analyses[number].sentiment}
    labels = measured.examples[number].sentiment
    known = [turn for turn in sorted(labels) if turn in said]
    truth = np.array([labels[turn] for turn in known], dtype=str)
    return truth, np.array([said[turn] for turn in known], dtype=str)
