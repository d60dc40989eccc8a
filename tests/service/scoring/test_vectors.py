from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from service.scoring.vectors import BadVectors, pack, unpack


def test_what_is_packed_comes_back() -> None:
    array = np.arange(6, dtype=np.float16).reshape(2, 3)

    blobs = pack(array, turns=2, dimension=3, dtype="float16")

    assert [len(blob) for blob in blobs] == [6, 6]
    assert (unpack(blobs, dimension=3, dtype="float16") == array).all()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((1, 3), np.float16),
        np.zeros((2, 4), np.float16),
        np.zeros((2, 3), np.float32),
        np.full((2, 3), np.nan, np.float16),
        np.full((2, 3), np.inf, np.float16),
    ],
)
def test_a_wrong_array_is_not_packed(array: npt.NDArray[np.floating[Any]]) -> None:
    with pytest.raises(BadVectors):
        pack(array, turns=2, dimension=3, dtype="float16")


@pytest.mark.parametrize("blob", [b"\0" * 5, b"\0" * 7, np.full(3, np.nan, np.float16).tobytes()])
def test_a_damaged_blob_is_not_read(blob: bytes) -> None:
    with pytest.raises(BadVectors):
        unpack([blob], dimension=3, dtype="float16")
