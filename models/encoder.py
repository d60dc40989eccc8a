"""Turn text into token states: the one place that runs a transformer.

A text is stripped, cut into windows that the encoder can take, and encoded alone, so that its
states depend on nothing else and can be kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from models.batching import batches, windows

WINDOW = 256
BATCH_TOKENS = 2048
EMPTY = "-"  # what an empty text is read as: a text needs one token
PREFIX = "query: "  # e5 wants one; the same for all texts that are compared


@dataclass(frozen=True, slots=True)
class TokenStates:
    """The states of one text.

    Attributes:
        lower: (tokens, hidden) from further down in the encoder, where words still are.
        upper: (tokens, hidden) from further up, where meaning is.
    """

    lower: Tensor
    upper: Tensor


class Encoder(Protocol):
    """What trunk and training need of an encoder."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def sha(self) -> str:
        """Hex sha256 of everything that its states depend on."""

    @property
    def hidden(self) -> int:
        """Width of a state."""

    @property
    def layers(self) -> tuple[int, int]:
        """Which layers' states it gives."""

    def states(self, texts: Sequence[str]) -> Iterator[tuple[int, TokenStates]]:
        """Yield (position, states) of each text, in the order that was quickest."""

    def embed(self, texts: Sequence[str]) -> Tensor:
        """Return (n, hidden) float32 of length 1: what similarity is measured on."""


class TransformerEncoder:
    """A BERT-shaped encoder and its tokenizer.

    Args:
        model: transformers' BertModel or XLMRobertaModel, eval mode.
        tokenizer: adds the special tokens; not truncating, not padding.
        name: what people call it.
        sha: names the weights.
        padding: the id that fills up a batch.
        layers: which layers' states are `lower` and `upper`; by default those at a quarter and
            at half of the depth: what turns do is no better known further up (measured), and
            the upper half costs as much again.
        window: how many tokens it takes at once, special ones included.
        pooling: what stands for a text in `embed`: the "mean" of its states, or the "first".
        prefix: what `embed` puts before a text.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Tokenizer,
        *,
        name: str,
        sha: str,
        padding: int,
        layers: tuple[int, int] | None = None,
        window: int = WINDOW,
        pooling: str = "mean",
        prefix: str = PREFIX,
    ) -> None:
        self.name = name
        self.sha = sha
        self.hidden: int = model.config.hidden_size
        self._blocks = list(model.encoder.layer)
        self.layers = layers or (max(1, len(self._blocks) // 4), max(1, len(self._blocks) // 2))
        self._embeddings = model.embeddings
        self._tokenizer = tokenizer
        self._padding = padding
        special = tokenizer.encode("").ids
        self._first, self._last = special[:1], special[1:]
        self._window = window - len(special)
        self._pooling = pooling
        self._prefix = prefix
        self._half = runs_faster_in_half()
        if self._half:
            model.to(torch.bfloat16)

    def states(self, texts: Sequence[str]) -> Iterator[tuple[int, TokenStates]]:
        """Yield (position, states) of each text, shortest first.

        The states are float32. A long text's windows follow each other as one text.
        """
        ids = self._ids(texts)
        short = [i for i, pieces in enumerate(ids) if len(pieces) == 1]
        for batch in batches([len(ids[i][0]) for i in short], BATCH_TOKENS):
            places = [short[i] for i in batch]
            found = self._run([ids[i][0] for i in places], self.layers)
            yield from zip(places, found, strict=True)
        for i, pieces in enumerate(ids):
            if len(pieces) > 1:
                yield i, _joined([*self._in_batches(pieces)])

    def embed(self, texts: Sequence[str]) -> Tensor:
        """Return (n, hidden) float32 of length 1: the last layer's states, pooled.

        Each text is read as a query (e5's convention), a text without content as "-".
        """
        vectors = torch.zeros(len(texts), self.hidden)
        ids = self._ids([self._prefix + (text.strip() or EMPTY) for text in texts])
        firsts = [pieces[0] for pieces in ids]  # a problem is stated within its first window
        ends = (len(self._blocks), len(self._blocks))
        for batch in batches([len(piece) for piece in firsts], BATCH_TOKENS):
            found = self._run([firsts[i] for i in batch], ends)
            for i, states in zip(batch, found, strict=True):
                vectors[i] = states.upper[0] if self._pooling == "first" else states.upper.mean(0)
        return F.normalize(vectors, dim=1)

    def _ids(self, texts: Sequence[str]) -> list[list[Sequence[int]]]:
        """Return the windows of each text, special tokens included."""
        plain = [text.strip() or EMPTY for text in texts]
        encodings = self._tokenizer.encode_batch(plain, add_special_tokens=False)
        return [
            [[*self._first, *piece, *self._last] for piece in windows(e.ids, self._window)]
            for e in encodings
        ]

    def _in_batches(self, pieces: Sequence[Sequence[int]]) -> Iterator[TokenStates]:
        """Yield the states of the windows of one text, in order."""
        step = max(1, BATCH_TOKENS // self._window)
        for start in range(0, len(pieces), step):
            yield from self._run(pieces[start : start + step], self.layers)

    @torch.inference_mode()
    def _run(self, ids: Sequence[Sequence[int]], layers: tuple[int, int]) -> list[TokenStates]:
        """Run one batch through the layers that are needed, and no further."""
        longest = max(len(piece) for piece in ids)
        batch = torch.full((len(ids), longest), self._padding)
        for row, piece in enumerate(ids):
            batch[row, : len(piece)] = torch.tensor(piece)
        real = torch.arange(longest) < torch.tensor([len(piece) for piece in ids])[:, None]
        mask = None if bool(real.all()) else real[:, None, None, :]
        taken = {}
        states = self._embeddings(input_ids=batch)
        for number, block in enumerate(self._blocks[: max(layers)], start=1):
            states = block(states, mask)
            if number in layers:
                taken[number] = states.float()
        lower, upper = (taken[layer] for layer in layers)
        return [
            TokenStates(lower[row, : len(piece)], upper[row, : len(piece)])
            for row, piece in enumerate(ids)
        ]


def _joined(parts: Sequence[TokenStates]) -> TokenStates:
    return TokenStates(
        torch.cat([part.lower for part in parts]), torch.cat([part.upper for part in parts])
    )


def runs_faster_in_half(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Say whether bfloat16 pays: only where the processor multiplies it in hardware (AMX).

    Without AMX it is emulated, and slower than float32.
    """
    try:
        return "amx_bf16" in cpuinfo.read_text("utf-8")
    except OSError:
        return False
