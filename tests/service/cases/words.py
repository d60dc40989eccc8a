"""Models for tests of similar cases: equal words are equal, all others are unrelated."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from models.centring import Centring
from models.hashing_encoder import HashingEncoder
from service.errors import Unavailable

WIDTH = 256
Floats = npt.NDArray[np.float32]


@dataclass
class WordModels:
    """Stands where the scorer stands; its encoder is the hashing one."""

    encoder: HashingEncoder = field(default_factory=lambda: HashingEncoder(WIDTH))
    centring: Centring = field(
        default_factory=lambda: Centring({"und": np.zeros(WIDTH, dtype=np.float32)})
    )
    calls: int = 0

    def analyser(self) -> Any:
        self.calls += 1
        return self

    @property
    def embedding_id(self) -> str:
        return self.encoder.sha

    def embed(self, texts: Sequence[str]) -> Floats:
        return self.encoder.embed(list(texts)).numpy()


class NoModels:
    """The weights are damaged."""

    def analyser(self) -> Any:
        raise Unavailable("The weights are damaged.")
