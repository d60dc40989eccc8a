"""Whether a problem finds the same problem told in the other two languages.

The texts were written for this measurement (`eval/data/problems.jsonl`), several from each kind
of business, so that a wrong answer is near. The means that are taken off come from other text.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.measured import Measured
from eval.report import Line, Report
from models.case_index import CaseIndex
from models.metrics import Statistic, estimate

PROBLEMS = Path(__file__).parent / "data" / "problems.jsonl"
Floats = npt.NDArray[np.float32]


def retrieval(measured: Measured) -> Report:
    """Return, with and without centring, how often the same problem comes first."""
    rows = [json.loads(line) for line in PROBLEMS.read_text("utf-8").splitlines()]
    languages = sorted(rows[0]["texts"])
    tags = [language for _ in rows for language in languages]
    vectors = measured.analyser.embed([row["texts"][tag] for row in rows for tag in languages])
    centred = measured.analyser.centring.centre(vectors, tags)
    unit = f"problems, {len(tags)} texts"
    lines = []
    for name, space in (("", centred), (", not centred", vectors)):
        found = _neighbours(space, len(languages) - 1)
        family = np.arange(len(tags)) // len(languages)
        same = family[found] == family[:, None]
        for measure, hits in (
            ("the same problem comes first", same[:, 0]),
            ("both translations come first", same.all(axis=1)),
        ):
            shares = hits.reshape(len(rows), len(languages)).mean(axis=1)
            lines.append(Line(measure + name, estimate(_mean_of(shares), len(rows)), unit))
    return Report("retrieval", measured.model, PROBLEMS.name, lines)


def _neighbours(vectors: Floats, k: int) -> npt.NDArray[np.int64]:
    """Return the k nearest others of each vector: (n, k) positions."""
    index = CaseIndex("eval", range(len(vectors)), vectors)
    hits = index.search(vectors, k + 1)
    return np.array([[h.case_id for h in row if h.case_id != i][:k] for i, row in enumerate(hits)])


def _mean_of(shares: Sequence[float] | npt.NDArray[np.float64]) -> Statistic:
    values = np.asarray(shares, dtype=np.float64)
    return lambda drawn: float(values[drawn].mean())
