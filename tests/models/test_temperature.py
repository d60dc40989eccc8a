import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.temperature import (
    Temperatures,
    fit_binary_temperature,
    fit_temperature,
    sigmoid,
    softmax,
)


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(true_temperature: float) -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 3, (20_000, 4))
    shares = softmax(logits, true_temperature)
    labels = (shares.cumsum(1) > random.random((20_000, 1))).argmax(1)

    assert fit_temperature(logits, labels) == pytest.approx(true_temperature, rel=0.05)


def test_a_yes_or_no_answer_has_a_temperature_too() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 4, 20_000)
    labels = (sigmoid(logits, 2.0) > random.random(20_000)).astype(int)

    assert fit_binary_temperature(logits, labels) == pytest.approx(2.0, rel=0.05)


def test_without_labels_nothing_changes() -> None:
    assert fit_temperature(np.zeros((0, 4)), []) == 1.0


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=6), st.floats(0.25, 8))
def test_probabilities_sum_to_one_and_keep_the_order(row: list[float], temperature: float) -> None:
    shares = softmax(row, temperature)

    assert shares.sum() == pytest.approx(1)
    assert shares[np.argmax(row)] == shares.max()


def test_a_barred_answer_has_no_probability() -> None:
    assert softmax([0.0, -np.inf, 0.0]).tolist() == [0.5, 0.0, 0.5]


def test_temperatures_survive_json() -> None:
    made = Temperatures((1.5, 2.0), sentiment=1.2, topic=0.8)

    assert Temperatures.from_json(made.to_json()) == made
