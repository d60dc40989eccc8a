import numpy as np
import pytest

from models.centring import Centring


def test_the_same_meaning_is_nearest_once_the_language_is_taken_off() -> None:
    random = np.random.default_rng(0)
    meanings = random.standard_normal((20, 32)).astype(np.float32)
    languages = {"en": 4 * random.standard_normal(32), "pl": 4 * random.standard_normal(32)}
    vectors = np.concatenate([meanings + offset for offset in languages.values()])
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    tags = ["en"] * 20 + ["pl"] * 20

    centred = Centring.fit(vectors, tags).centre(vectors, tags)

    np.fill_diagonal(raw := vectors @ vectors.T, -1)
    np.fill_diagonal(after := centred @ centred.T, -1)
    assert (raw[:20].argmax(1) < 20).all()  # the nearest is of one's own language
    assert after[:20].argmax(1).tolist() == list(range(20, 40))
    np.testing.assert_allclose(np.linalg.norm(centred, axis=1), 1, atol=1e-5)


def test_a_language_without_a_mean_gets_that_of_all() -> None:
    means = {"en": np.array([1, 0], np.float32), "und": np.array([0, 1], np.float32)}

    centred = Centring(means).centre(np.array([[1, 0]], np.float32), ["uk"])

    assert centred.tolist() == [pytest.approx([2**-0.5, -(2**-0.5)])]


def test_nothing_left_is_zero_and_not_a_division_by_zero() -> None:
    mean = np.array([1, 0], np.float32)

    assert Centring({"und": mean}).centre(mean[None], ["en"]).tolist() == [[0, 0]]
    assert Centring({"und": mean}).centre(np.zeros((0, 2), np.float32), []).shape == (0, 2)


def test_means_without_one_for_all_are_refused() -> None:
    with pytest.raises(ValueError, match="und"):
        Centring({"en": np.zeros(2, np.float32)})
