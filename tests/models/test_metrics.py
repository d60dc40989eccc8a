import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from models.metrics import (
    average_precision,
    estimate,
    expected_calibration_error,
    kappa,
    macro_f1,
    recall_at,
    resampled_kappa,
)

pairs = st.integers(2, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
    )
)


def test_kappa_of_a_worked_example() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed .7, by chance .5
    first = [1] * 25 + [0] * 25
    second = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15

    assert kappa(first, second) == pytest.approx(0.4)


@given(pairs)
def test_kappa_and_macro_f1_agree_with_scikit_learn(rows: tuple[list[int], list[int]]) -> None:
    first, second = rows
    if len({*first, *second}) > 1:
        assert kappa(first, second) == pytest.approx(oracle.cohen_kappa_score(first, second))
    assert kappa(first, second) == pytest.approx(kappa(second, first), nan_ok=True)
    expected = oracle.f1_score(first, second, average="macro", zero_division=0)
    assert macro_f1(first, second) == pytest.approx(expected)


def test_kappa_of_raters_who_never_vary_is_undefined() -> None:
    assert np.isnan(kappa([2, 2], [2, 2]))


@given(pairs, st.integers(0, 9))
def test_resampled_kappa_is_kappa_of_the_resample(
    rows: tuple[list[int], list[int]], seed: int
) -> None:
    first, second = np.array(rows[0]), np.array(rows[1])
    drawn = np.random.default_rng(seed).integers(0, len(first), len(first))
    counts = np.bincount(drawn, minlength=len(first))[None]

    one = resampled_kappa(first, second, counts)[0]

    assert one == pytest.approx(np.nan_to_num(kappa(first[drawn], second[drawn])))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30))
def test_average_precision_agrees_with_scikit_learn(rows: list[tuple[bool, int]]) -> None:
    truth, scores = [t for t, _ in rows], [s for _, s in rows]
    if any(truth):
        expected = oracle.average_precision_score(truth, scores)
        assert average_precision(truth, scores) == pytest.approx(expected)
    else:
        assert np.isnan(average_precision(truth, scores))


def test_a_model_that_is_as_right_as_it_is_sure_has_no_calibration_error() -> None:
    confidences = [0.5] * 4 + [0.75] * 4
    right = [1, 0, 1, 0, 1, 1, 1, 0]

    assert expected_calibration_error(confidences, right, bins=2) == 0.0
    assert expected_calibration_error([0.9] * 4, [1, 0, 1, 0], bins=2) == pytest.approx(0.4)


def test_recall_is_the_mean_share_of_what_was_wanted() -> None:
    ranked = [["a", "b", "c"], ["d", "e", "f"]]

    assert recall_at(2, ranked, [{"a", "c"}, {"d", "e"}]) == 0.75


def test_an_interval_lies_around_the_value_and_is_reproducible() -> None:
    values = np.random.default_rng(1).normal(3, 1, 200)

    first = estimate(lambda drawn: float(values[drawn].mean()), 200)

    assert first == estimate(lambda drawn: float(values[drawn].mean()), 200)
    error = 1.96 * values.std() / 200**0.5
    assert first.value == pytest.approx(values.mean())
    assert (first.low, first.high) == pytest.approx(
        (values.mean() - error, values.mean() + error),
        abs=0.02,
    )


def test_rows_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="two rows of one length"):
        kappa([1, 2], [1])
