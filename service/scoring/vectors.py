"""Turn vectors as the database keeps them: one blob a turn, checked both ways."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
DTYPES = ("float16", "float32")


class BadVectors(ValueError):
    """A vector of the wrong shape, or not finite: refused before it is stored or used."""


def pack(array: Array, *, turns: int, dimension: int, dtype: str) -> list[bytes]:
    """Return one blob per turn.

    Args:
        array: (turns, dimension).
        turns: how many the conversation has.
        dimension: what the encoder makes.
        dtype: one of `DTYPES`.

    Raises:
        BadVectors: another shape, another type, NaN or infinity.
    """
    if array.shape != (turns, dimension):
        raise BadVectors(f"the vectors have shape {array.shape}, not {(turns, dimension)}")
    if dtype not in DTYPES or array.dtype != np.dtype(dtype):
        raise BadVectors(f"the vectors are {array.dtype}, not {dtype}")
    if not np.isfinite(array).all():
        raise BadVectors("a vector is not finite")
    return [row.tobytes() for row in array]


def unpack(blobs: Sequence[bytes], *, dimension: int, dtype: str) -> Array:
    """Return the (turns, dimension) array of a conversation's blobs, in order.

    Raises:
        BadVectors: a blob has another length, or holds NaN or infinity.
    """
    size = dimension * np.dtype(dtype).itemsize
    if any(len(blob) != size for blob in blobs):
        raise BadVectors(f"a stored vector has not {size} bytes")
    array = np.frombuffer(b"".join(blobs), dtype=dtype).reshape(len(blobs), dimension)
    if not np.isfinite(array).all():
        raise BadVectors("a stored vector is not finite")
    return array
