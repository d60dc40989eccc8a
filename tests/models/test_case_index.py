import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.case_index import BadVectors, CaseIndex


def unit_vectors(n: int, dim: int, seed: int) -> npt.NDArray[np.float32]:
    vectors = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    lengths: npt.NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


@given(cases=st.integers(1, 30), k=st.integers(1, 40), seed=st.integers(0, 99))
def test_search_agrees_with_sorting_everything(cases: int, k: int, seed: int) -> None:
    vectors = unit_vectors(cases + 1, 8, seed)
    index = CaseIndex("test", range(100, 100 + cases), vectors[:-1])

    hits = index.search(vectors[-1:], k)[0]

    similarities = vectors[:-1] @ vectors[-1]
    best = np.argsort(-similarities)[:k]
    assert [hit.case_id for hit in hits] == [100 + i for i in best]
    np.testing.assert_allclose(
        [hit.similarity for hit in hits], similarities[best], rtol=1e-4, atol=1e-5
    )


def test_an_empty_index_finds_nothing() -> None:
    index = CaseIndex("test", [], np.zeros((0, 8), dtype=np.float32))

    assert (len(index), index.search(unit_vectors(2, 8, 0), 3)) == (0, [[], []])


def test_a_case_is_most_similar_to_itself() -> None:
    vectors = unit_vectors(5, 8, 1)

    hits = CaseIndex("test", range(5), vectors).search(vectors, 1)

    assert [hit.case_id for (hit,) in hits] == [0, 1, 2, 3, 4]
    assert [hit.similarity for (hit,) in hits] == pytest.approx([1] * 5, abs=1e-6)


@pytest.mark.parametrize(
    ("ids", "vectors", "reason"),
    [
        ([1, 1], unit_vectors(2, 4, 0), "twice"),
        ([1], unit_vectors(2, 4, 0), "do not fit"),
        ([1, 2], 2 * unit_vectors(2, 4, 0), "length 1"),
        ([1, 2], np.full((2, 4), np.nan, dtype=np.float32), "not finite"),
    ],
)
def test_what_faiss_would_take_silently_is_refused(
    ids: list[int], vectors: npt.NDArray[np.float32], reason: str
) -> None:
    with pytest.raises(BadVectors, match=reason):
        CaseIndex("test", ids, vectors)


def test_a_query_of_another_width_is_refused() -> None:
    index = CaseIndex("test", range(3), unit_vectors(3, 8, 0))

    with pytest.raises(BadVectors, match=r"\(n, 8\)"):
        index.search(unit_vectors(1, 4, 0), 1)
    with pytest.raises(ValueError, match="at least 1"):
        index.search(unit_vectors(1, 8, 0), 0)
