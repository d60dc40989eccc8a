"""Encoder, trunk and heads as one thing: conversations in, everything they say of them out."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.base_encoder import load_base
from models.centring import Centring
from models.decoding import Decoder, Logits, not_scored
from models.encoder import BATCH_TOKENS, Encoder, TokenStates
from models.head_files import HeadFiles, load_head_files
from models.heads import OTHER, SPEAKER_NUMBERS, HeadOutputs, TurnBatch
from models.local_encoder import load_local
from models.trunk import pack
from models.types import Analysis, Dialogue, Turn, TurnSentiment

Vectors = npt.NDArray[np.float16]
TURNS_PER_BATCH = 512
UNREADABLE = ("empty", "language")


class Analyser:
    """Loaded once, used by any thread: a lock of its own serialises the work.

    Attributes:
        version: shown to people, such as "e5-small-trim-q4/heads-1.ab12cd34".
        heads_sha: sha256 of the heads' manifest.
        encoder_id: sha256 of encoder and trunk: what turn vectors are tied to.
        embedding_id: sha256 of the encoder alone: what `embed` is tied to, whatever the heads.
        dimension: length of a turn vector.
        dtype: of a turn vector.
        criteria: keys, in the order of `Analysis.criteria`.
        languages: of the customers whose conversations are scored.
        centring: the mean of `embed` per language.
    """

    dtype = "float16"

    def __init__(self, encoder: Encoder, heads: HeadFiles) -> None:
        heads.check(encoder)
        self.version = f"{encoder.name}/heads-{heads.number}.{heads.sha[:8]}"
        self.heads_sha = heads.sha
        self.encoder_id = hashlib.sha256(f"{encoder.sha}:{heads.trunk_sha}".encode()).hexdigest()
        self.embedding_id = encoder.sha
        self.dimension = heads.config.dimension
        self.criteria = heads.config.criteria
        self.languages = heads.config.languages
        self.centring: Centring = heads.centring
        self._config = heads.config
        self._encoder = encoder
        self._trunk = heads.trunk.eval()
        self._heads = heads.heads.eval()
        self._decoder = Decoder(heads.config, heads.temperatures)
        self._lock = threading.Lock()

    @classmethod
    def load(
        cls,
        weights: Path,
        *,
        heads: Path | None = None,
        encoder: Path | None = None,
        threads: int | None = None,
    ) -> "Analyser":
        """Load from files, each checked against its manifest.

        Args:
            weights: the folder of the shipped weights, with `base` and `heads` in it.
            heads: another folder of heads, as training writes it.
            encoder: an operator's own encoder folder instead of `base`.
            threads: for torch, process-wide; None leaves what OMP_NUM_THREADS says.

        Raises:
            WeightsDamaged: a file is missing or is not the one its manifest names.
            EncoderMismatch: the heads were trained on another encoder.
            RefusedEncoder: the operator's folder holds what we do not load.
        """
        if threads is not None:
            torch.set_num_threads(threads)
        files = load_head_files(heads or weights / "heads")
        layers = files.config.layers
        if encoder is None:
            return cls(load_base(weights / "base", layers=layers), files)
        return cls(load_local(encoder, layers=layers), files)

    def vectors(self, dialogues: Sequence[Dialogue]) -> list[Vectors]:
        """Return one (turns, dimension) float16 array per conversation.

        A text that occurs twice is encoded once; a long one in windows.
        """
        texts = {turn.text.strip(): None for d in dialogues for turn in d.turns}
        places = {text: number for number, text in enumerate(texts)}
        with self._lock:
            made = self._text_vectors(list(texts))
        return [made[[places[t.text.strip()] for t in d.turns]] for d in dialogues]

    def analyse(self, dialogues: Sequence[Dialogue], vectors: Sequence[Vectors]) -> list[Analysis]:
        """Return what the heads say of each conversation, given its turn vectors.

        Raises:
            ValueError: a conversation's vectors are not (turns, dimension).
        """
        for dialogue, array in zip(dialogues, vectors, strict=True):
            if array.shape != (len(dialogue.turns), self.dimension):
                expected = (len(dialogue.turns), self.dimension)
                raise ValueError(f"the vectors have shape {array.shape}, not {expected}")
        made: list[Analysis | None] = [None] * len(dialogues)
        for i, logits in self.logits(dialogues, vectors):
            made[i] = self._decoder.analysis(dialogues[i], logits)
        return [
            self._decoder.unscored(dialogue, not_scored(dialogue, self.languages) or "empty")
            if analysis is None
            else analysis
            for dialogue, analysis in zip(dialogues, made, strict=True)
        ]

    def logits(
        self, dialogues: Sequence[Dialogue], vectors: Sequence[Vectors]
    ) -> Iterator[tuple[int, Logits]]:
        """Yield (position, logits) of each conversation that can be read, shortest first."""
        readable = [
            i for i, d in enumerate(dialogues) if not_scored(d, self.languages) not in UNREADABLE
        ]
        lengths = {i: len(dialogues[i].turns) for i in readable}
        batch: list[int] = []
        for i in sorted(readable, key=lambda i: lengths[i]):
            if batch and lengths[i] * (len(batch) + 1) > TURNS_PER_BATCH:
                yield from self._batch_logits(batch, dialogues, vectors)
                batch = []
            batch.append(i)
        if batch:
            yield from self._batch_logits(batch, dialogues, vectors)

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return (n, hidden) float32 of length 1, not centred; for similar cases."""
        with self._lock, torch.inference_mode():
            return self._encoder.embed(texts).numpy()

    def sentiment(self, texts: Sequence[str]) -> list[TurnSentiment]:
        """Return the mood of each text, read as a customer's only turn; `position` counts texts.

        An empty text is neutral as far as the heads say so of nothing.
        """
        language = self.languages[0]
        dialogues = [
            Dialogue(self._config.channels[0], language, (Turn("customer", text or "-"),))
            for text in texts
        ]
        analyses = self.analyse(dialogues, self.vectors(dialogues))
        return [
            TurnSentiment(i, analysis.sentiment[0].value, analysis.sentiment[0].probabilities)
            for i, analysis in enumerate(analyses)
        ]

    @torch.inference_mode()
    def _text_vectors(self, texts: Sequence[str]) -> Vectors:
        made = np.zeros((len(texts), self.dimension), dtype=np.float16)
        for places, found in _grouped(self._encoder.states(texts)):
            made[places] = self._trunk(pack(found)).half().numpy()
        return made

    @torch.inference_mode()
    def _batch_logits(
        self, chosen: Sequence[int], dialogues: Sequence[Dialogue], vectors: Sequence[Vectors]
    ) -> Iterator[tuple[int, Logits]]:
        batch = self._turn_batch([dialogues[i] for i in chosen], [vectors[i] for i in chosen])
        with self._lock:
            outputs = self._heads(batch)
        lengths = batch.lengths.tolist()
        arrays = _arrays(outputs, len(self.criteria))
        return ((i, arrays(row, lengths[row])) for row, i in enumerate(chosen))

    def _turn_batch(self, dialogues: Sequence[Dialogue], vectors: Sequence[Vectors]) -> TurnBatch:
        lengths = [len(dialogue.turns) for dialogue in dialogues]
        padded = np.zeros((len(lengths), max(lengths), self.dimension), dtype=np.float32)
        speakers = np.full((len(lengths), max(lengths)), OTHER, dtype=np.int64)
        channels = self._config.channels
        for row, (dialogue, array) in enumerate(zip(dialogues, vectors, strict=True)):
            padded[row, : len(array)] = array
            speakers[row, : len(array)] = [
                SPEAKER_NUMBERS.get(turn.speaker, OTHER) for turn in dialogue.turns
            ]
        return TurnBatch(
            torch.from_numpy(padded),
            torch.from_numpy(speakers),
            torch.tensor(lengths),
            torch.tensor(
                [channels.index(d.channel) if d.channel in channels else 0 for d in dialogues]
            ),
        )


def _grouped(
    states: Iterator[tuple[int, TokenStates]],
) -> Iterator[tuple[list[int], list[TokenStates]]]:
    """Gather the states of texts until a batch of tokens is full."""
    places: list[int] = []
    found: list[TokenStates] = []
    tokens = 0
    for place, one in states:
        places.append(place)
        found.append(one)
        tokens += len(one.lower)
        if tokens >= BATCH_TOKENS:
            yield places, found
            places, found, tokens = [], [], 0
    if places:
        yield places, found


def _arrays(outputs: HeadOutputs, criteria: int) -> Callable[[int, int], Logits]:
    """Return a function of (row, turns) that cuts one conversation out of a batch."""

    def plain(tensor: Tensor) -> npt.NDArray[np.float64]:
        return tensor.double().numpy()

    acts = plain(outputs.acts.masked_fill(~outputs.possible, -torch.inf))
    sentiment, attention = plain(outputs.sentiment), plain(outputs.attention[:, :criteria])
    ratings, found = plain(outputs.ratings), plain(outputs.found)
    resolved, risk, topic = plain(outputs.resolved), plain(outputs.risk), plain(outputs.topic)

    def cut(row: int, turns: int) -> Logits:
        return Logits(
            acts=acts[row, :turns],
            sentiment=sentiment[row, :turns],
            ratings=ratings[row],
            found=found[row],
            attention=attention[row, :, :turns],
            resolved=resolved[row],
            risk=float(risk[row]),
            topic=topic[row],
        )

    return cut
