"""Vectors of cases as the database keeps them: checked on the way in and on the way out."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import structlog

LOG = structlog.get_logger()
Floats = npt.NDArray[np.float32]
LENGTH_OFF = 1e-3  # how far from 1 a vector's length may be


class BadVector(ValueError):
    """A vector is not finite, not of length 1, or not of the encoder's dimension."""


def to_bytes(vector: Floats, dimension: int) -> bytes:
    """Return a vector as it is stored: float32, little-endian.

    Raises:
        BadVector: it must not be stored.
    """
    if vector.shape != (dimension,) or not bool(_is_unit(vector[None])[0]):
        raise BadVector(f"a vector of shape {vector.shape} is not a finite one of length 1")
    return vector.astype("<f4").tobytes()


def usable_rows(stored: Sequence[bytes], dimension: int) -> tuple[Floats, list[int]]:
    """Return the vectors that may be searched, and which of the stored ones they are.

    One of another size, or with a value that is not finite, is left out and told about.

    Args:
        stored: as `to_bytes` made them.
        dimension: of the encoder that the search uses.

    Returns:
        (n, dimension) float32 of length 1, and n positions.
    """
    sized = [i for i, blob in enumerate(stored) if len(blob) == 4 * dimension]
    joined = b"".join(stored[i] for i in sized)
    vectors = np.frombuffer(joined, dtype="<f4").reshape(len(sized), dimension)
    good = _is_unit(vectors)
    kept = [i for i, is_good in zip(sized, good, strict=True) if is_good]
    if len(kept) < len(stored):
        LOG.warning("cases.bad_vectors", left_out=len(stored) - len(kept))
    return np.ascontiguousarray(vectors[good], dtype=np.float32), kept


def _is_unit(vectors: Floats) -> npt.NDArray[np.bool_]:
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors, axis=1)
    unit: npt.NDArray[np.bool_] = np.abs(lengths - 1) < LENGTH_OFF  # False for NaN
    return unit
