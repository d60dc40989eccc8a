"""An operator's encoder as a SentenceTransformer, put together from parts that we loaded.

Given a path, `SentenceTransformer` takes the classes that the folder's `modules.json` names, and
may ask a hub. Given modules it reads no file and asks nobody. Importing it takes seconds: only
`local_encoder` does, once something is embedded.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
from torch import Tensor, nn

BATCH = 32  # texts; they are at most a window long
Ids = Callable[[Sequence[str]], list[Sequence[int]]]


class FirstWindows(nn.Module):
    """From texts to the last layer's states of each text's first window.

    Args:
        model: transformers' BertModel or XLMRobertaModel, eval mode.
        ids: gives the token ids of texts, special ones included.
        padding: the id that fills up a batch.
    """

    def __init__(self, model: Any, ids: Ids, *, padding: int) -> None:
        super().__init__()
        self.model = model
        self._ids = ids
        self._padding = padding

    def preprocess(self, inputs: Sequence[str], prompt: str | None = None) -> dict[str, Tensor]:
        """Return `input_ids` and `attention_mask`, (n, longest) int64; `prompt` stands first."""
        pieces = self._ids([(prompt or "") + text for text in inputs])
        longest = max(len(piece) for piece in pieces)
        batch = torch.full((len(pieces), longest), self._padding)
        mask = torch.zeros_like(batch)
        for row, piece in enumerate(pieces):
            batch[row, : len(piece)] = torch.tensor(piece)
            mask[row, : len(piece)] = 1
        return {"input_ids": batch, "attention_mask": mask}

    def forward(self, features: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return the features with `token_embeddings`, (n, longest, hidden) float32."""
        found = self.model(
            input_ids=features["input_ids"], attention_mask=features["attention_mask"]
        )
        return {**features, "token_embeddings": found.last_hidden_state.float()}


class SentencePipeline:
    """Model, pooling and normalisation of one encoder, on the CPU.

    Args:
        model: transformers' BertModel or XLMRobertaModel, eval mode.
        ids: gives the token ids of texts, special ones included.
        padding: the id that fills up a batch.
        pooling: a mode of sentence-transformers' Pooling, such as "mean" or "cls".
        prompt: what stands before each text.
    """

    def __init__(self, model: Any, ids: Ids, *, padding: int, pooling: str, prompt: str) -> None:
        hidden = model.config.hidden_size
        parts = [FirstWindows(model, ids, padding=padding), Pooling(hidden, pooling), Normalize()]
        self._model = SentenceTransformer(modules=parts, device="cpu")
        self._prompt = prompt

    def embed(self, texts: Sequence[str]) -> Tensor:
        """Return (n, hidden) float32 of length 1; n at least 1."""
        made: Tensor = self._model.encode(
            list(texts),
            prompt=self._prompt,
            batch_size=BATCH,
            show_progress_bar=False,
            convert_to_tensor=True,
        )
        return made
