"""An encoder without weights: each word is a fixed random vector. For tests and tiny machines."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.encoder import EMPTY, TokenStates


class HashingEncoder:
    """Words by their hash: equal words are equal, all others are unrelated.

    Args:
        hidden: width of a state.
    """

    def __init__(self, hidden: int = 16) -> None:
        self.name = f"hashing-{hidden}"
        self.sha = hashlib.sha256(self.name.encode()).hexdigest()
        self.hidden = hidden
        self.layers = (0, 0)

    def states(self, texts: Sequence[str]) -> Iterator[tuple[int, TokenStates]]:
        """Yield (position, states) of each text, in order."""
        for position, text in enumerate(texts):
            words = torch.stack([self._word(word) for word in text.lower().split() or [EMPTY]])
            yield position, TokenStates(words, words)

    def embed(self, texts: Sequence[str]) -> Tensor:
        """Return (n, hidden) float32 of length 1: the mean of the words."""
        if not texts:
            return torch.zeros(0, self.hidden)
        means = [states.upper.mean(0) for _, states in self.states(texts)]
        return F.normalize(torch.stack(means), dim=1)

    def _word(self, word: str) -> Tensor:
        seed = int.from_bytes(hashlib.sha256(word.encode("utf-8", "replace")).digest()[:8], "big")
        drawn = np.random.default_rng(seed).standard_normal(self.hidden)
        return torch.from_numpy(drawn.astype(np.float32))
