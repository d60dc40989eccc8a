import numpy as np
import pytest

from service.cases.vectors import BadVector, to_bytes, usable_rows

UNIT = np.array([0.6, 0.8, 0, 0], dtype=np.float32)


def test_a_vector_comes_back_as_it_went_in() -> None:
    vectors, kept = usable_rows([to_bytes(UNIT, 4)], 4)

    assert kept == [0]
    np.testing.assert_array_equal(vectors, UNIT[None])


@pytest.mark.parametrize(
    "vector",
    [
        np.array([np.nan, 0, 0, 1], dtype=np.float32),
        np.array([np.inf, 0, 0, 0], dtype=np.float32),
        np.zeros(4, dtype=np.float32),
        2 * UNIT,
        UNIT[:3],
    ],
    ids=["nan", "infinite", "zero", "too long", "another dimension"],
)
def test_what_is_no_vector_is_refused_before_it_is_stored(vector: np.ndarray) -> None:
    with pytest.raises(BadVector):
        to_bytes(vector, 4)


def test_what_got_stored_all_the_same_is_never_searched() -> None:
    stored = [
        np.array([np.nan, 0, 0, 1], dtype="<f4").tobytes(),
        b"short",
        to_bytes(UNIT, 4),
        np.full(4, 3e38, dtype="<f4").tobytes(),
    ]

    vectors, kept = usable_rows(stored, 4)

    assert kept == [2]
    assert vectors.shape == (1, 4)
