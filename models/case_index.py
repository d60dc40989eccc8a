"""Exact nearest neighbours with ids: a flat FAISS index over unit vectors.

The index is a cache: it is built from vectors that the database keeps, swapped as a new object,
and never written to disk. FAISS crashes when an index is added to while it is searched.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import faiss
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
NO_MORE = -1  # FAISS pads short answers with it


class BadVectors(ValueError):
    """Vectors of the wrong shape or length, not finite, or an id twice."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A case and its cosine similarity, -1 to 1."""

    case_id: int
    similarity: float


class CaseIndex:
    """The vectors of all cases, frozen once made.

    Args:
        encoder: sha of the encoder that made the vectors.
        ids: one per vector, each once.
        vectors: (n, dim) float32 of length 1; n may be 0.
    """

    def __init__(self, encoder: str, ids: Sequence[int], vectors: Floats) -> None:
        if vectors.ndim != 2 or len(ids) != len(vectors):
            raise BadVectors(f"{len(ids)} ids do not fit vectors of shape {vectors.shape}")
        if len(set(ids)) != len(ids):
            raise BadVectors("an id stands twice")
        self.encoder = encoder
        self.dimension = vectors.shape[1]
        self._check(vectors)
        self._index = faiss.IndexIDMap(faiss.IndexFlatIP(self.dimension))
        if len(ids):
            self._index.add_with_ids(_plain(vectors), np.array(ids, dtype=np.int64))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vectors: Floats, k: int) -> list[list[Hit]]:
        """Return up to k hits per vector, most similar first.

        Args:
            vectors: (n, dim) float32 of length 1.
            k: at least 1; an index with fewer cases returns fewer hits.
        """
        self._check(vectors)
        if k < 1:
            raise ValueError(f"k is at least 1, not {k}")
        similarities, ids = self._index.search(_plain(vectors), k)
        return [
            [Hit(int(i), float(s)) for i, s in zip(row_ids, row, strict=True) if i != NO_MORE]
            for row_ids, row in zip(ids, similarities, strict=True)
        ]

    def _check(self, vectors: Floats) -> None:
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
            raise BadVectors(f"the index holds (n, {self.dimension}), not {vectors.shape}")
        lengths = np.linalg.norm(vectors, axis=1)
        # a vector that is all mean is centred to zero: it is like nothing
        if not np.all((np.abs(lengths - 1) < 1e-3) | (lengths == 0)):
            raise BadVectors("a vector is not of length 1, or not finite")


def _plain(vectors: Floats) -> Floats:
    return np.ascontiguousarray(vectors, dtype=np.float32)
