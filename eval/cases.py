"""Whether a case shown as very close, close or alike would really have helped.

Pairs of a customer's first words and a resolved case's problem, judged by hand: would its solution
have helped? They were drawn at random from the three best cases of 981 conversations, more from
near the thresholds than from elsewhere; the thresholds of `service.cases.rules` were read off them.
"""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.measured import Measured
from eval.report import Line, Report
from models.metrics import Statistic, estimate
from service.cases.rules import BANDS, band

PAIRS = Path(__file__).parent / "data" / "similar_cases.jsonl"
BELOW = "not shown"


def cases(measured: Measured) -> Report:
    """Return, for each band, the share of its pairs that help."""
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    analyser = measured.analyser

    def embedded(text: str, language: str) -> npt.NDArray[np.float32]:
        vectors = analyser.embed([row[text] for row in rows])
        return analyser.centring.centre(vectors, [row[language] for row in rows])

    likes = (embedded("question", "language") * embedded("case", "case_language")).sum(axis=1)
    bands = np.array([band(float(like)) or BELOW for like in likes])
    helps = np.array([row["helps"] for row in rows], dtype=np.float64)
    lines = [
        Line(
            f"{name.replace('_', ' ')}: share that helps",
            estimate(_mean_of(helps[bands == name]), int((bands == name).sum())),
            "pairs",
        )
        for name in (*BANDS, BELOW)
        if (bands == name).any()
    ]
    return Report("cases", measured.model, PAIRS.name, lines)


def _mean_of(values: npt.NDArray[np.float64]) -> Statistic:
    return lambda drawn: float(values[drawn].mean())
