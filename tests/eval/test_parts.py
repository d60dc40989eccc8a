import json

import numpy as np
import pytest

from eval.calibration import calibration
from eval.cases import PAIRS, cases
from eval.measured import Measured, measure
from eval.report import Report
from eval.retrieval import PROBLEMS, retrieval
from eval.rubric import rubric
from eval.sentiment import sentiment
from models.analyser import Analyser
from models.metrics import kappa, macro_f1


def values(report: Report) -> dict[str, float]:
    return {line.name: line.estimate.value for line in report.lines}


def test_the_rubric_is_kappa_of_person_and_model(measured: Measured) -> None:
    report = rubric(measured)

    truth = ["pass"] * 4 + ["fail"] * 3 + ["na", "fail", "pass"]
    said = ["pass"] * 4 + ["fail"] * 3 + ["na", "pass", "fail"]
    expected = kappa(truth, said)
    found = values(report)
    assert found["greeting, kappa"] == expected
    assert found["mean kappa of the criteria"] == expected
    assert found["risk, kappa"] == kappa([t == "fail" for t in truth], [s == "fail" for s in said])
    assert found["topic, kappa"] == kappa([t == "pass" for t in truth], [s == "pass" for s in said])
    assert [line.estimate.n for line in report.lines] == [10] * 6


def test_evidence_counts_where_a_person_named_a_turn(measured: Measured) -> None:
    assert values(rubric(measured))["evidence among the first two"] == 8 / 9


def test_the_interval_holds_the_value(measured: Measured) -> None:
    for line in rubric(measured).lines:
        if not np.isnan(line.estimate.value):
            assert line.estimate.low <= line.estimate.value <= line.estimate.high


def test_sentiment_is_measured_on_customer_turns(measured: Measured) -> None:
    report = sentiment(measured)

    assert values(report)["macro F1"] == macro_f1(["neutral"] * 10, ["neutral"] * 9 + ["negative"])
    assert report.lines[0].unit == "conversations, 10 turns"


def test_calibration_is_confidence_less_being_right(measured: Measured) -> None:
    found = values(calibration(measured))

    assert found["mean confidence"] == pytest.approx(0.7)
    assert found["share right"] == 0.8
    assert found["calibration error"] == pytest.approx(0.1 * 0.3 * 8 + 0.1 * 0.7 * 2)


def test_the_problems_stand_in_three_languages_each_once() -> None:
    rows = [json.loads(line) for line in PROBLEMS.read_text("utf-8").splitlines()]

    assert {tuple(sorted(row["texts"])) for row in rows} == {("en", "pl", "ru")}
    texts = [text for row in rows for text in row["texts"].values()]
    assert len(set(texts)) == len(texts) == 144


def test_an_encoder_that_knows_nothing_finds_no_translations(measured: Measured) -> None:
    found = values(retrieval(measured))

    assert len(found) == 4
    assert 0 <= found["both translations come first"] <= found["the same problem comes first"] < 0.2


def test_measuring_asks_the_analyser(untrained: Analyser, measured: Measured) -> None:
    again = measure(untrained, measured.examples, "dev.jsonl")

    assert again.model == "hashing-8/heads-1.00000000"
    assert [list(a.criteria) for a in again.analyses] == [["greeting"]] * 10


def test_every_judged_pair_is_in_one_band(measured: Measured) -> None:
    rows = PAIRS.read_text("utf-8").splitlines()

    assert sum(line.estimate.n for line in cases(measured).lines) == len(rows) == 112
    assert len(set(rows)) == 112
