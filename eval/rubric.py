"""How well the criteria, the evidence, resolution, risk and topic agree with people."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.measured import Measured
from eval.report import Line, Report
from models.metrics import Statistic, estimate, kappa

Pair = tuple[Any, Any]
EVEN = 0.5
SHOWN = 2  # evidence turns a reviewer is shown first


def rubric(measured: Measured) -> Report:
    """Return kappa per criterion and their mean, evidence, resolution, risk and topic."""
    lines = [mean_kappa(measured), *_criteria(measured), evidence_hit(measured)]
    both = list(zip(measured.examples, measured.analyses, strict=True))
    for name, pairs in (
        ("resolved, kappa", [(e.resolved, a.resolved[0]) for e, a in both]),
        ("risk, kappa", [(e.risk, a.risk >= EVEN) for e, a in both]),
        ("topic, kappa", [(e.topic, a.topic[0]) for e, a in both]),
    ):
        known: list[Pair] = [pair for pair in pairs if pair[0] is not None]
        if known:
            lines.append(Line(name, estimate(_kappa_of(known), len(known)), "conversations"))
    return Report("rubric", measured.model, measured.data, lines)


def mean_kappa(measured: Measured) -> Line:
    """Return the mean of kappa over the criteria, drawing whole conversations."""
    columns = [_column(measured, key) for key in _keys(measured)]
    arrays = [(np.array([t for t, _ in c]), np.array([g for _, g in c])) for c in columns]

    def statistic(drawn: npt.NDArray[np.int64]) -> float:
        kappas = [
            kappa(truth[drawn][known], guesses[drawn][known])
            for truth, guesses in arrays
            if (known := truth[drawn] != "").any()
        ]
        return float(np.nanmean(kappas))

    n = len(measured.examples)
    return Line("mean kappa of the criteria", estimate(statistic, n, draws=300), "conversations")


def evidence_hit(measured: Measured) -> Line:
    """Return how often one of the first two shown turns is one that a person named."""
    hits = [list(_hits(measured, number)) for number in range(len(measured.examples))]

    def statistic(drawn: npt.NDArray[np.int64]) -> float:
        return float(np.mean([hit for number in drawn for hit in hits[number]] or [np.nan]))

    n = len(measured.examples)
    return Line("evidence among the first two", estimate(statistic, n, draws=300), "conversations")


def _criteria(measured: Measured) -> Iterator[Line]:
    for key in _keys(measured):
        known = [pair for pair in _column(measured, key) if pair[0]]
        if known:
            yield Line(f"{key}, kappa", estimate(_kappa_of(known), len(known)), "conversations")


def _keys(measured: Measured) -> tuple[str, ...]:
    return measured.analyser.criteria


def _column(measured: Measured, key: str) -> list[tuple[str, str]]:
    """Return (person, model) per conversation; "" where a person gave no value."""
    return [
        (e.ratings[key].value if key in e.ratings else "", a.criteria[key].value)
        for e, a in zip(measured.examples, measured.analyses, strict=True)
    ]


def _hits(measured: Measured, number: int) -> Iterator[bool]:
    """Yield, per criterion with evidence and a value that has any, whether it was met."""
    analysis = measured.analyses[number]
    for key, rated in measured.examples[number].ratings.items():
        shown = analysis.criteria[key].evidence[:SHOWN] if key in analysis.criteria else ()
        if rated.evidence and shown:
            yield bool(set(rated.evidence) & set(shown))


def _kappa_of(pairs: Sequence[Pair]) -> Statistic:
    truth = np.array([str(one) for one, _ in pairs])
    guesses = np.array([str(other) for _, other in pairs])
    return lambda drawn: kappa(truth[drawn], guesses[drawn])
