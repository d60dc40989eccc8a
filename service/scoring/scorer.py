"""The models, loaded when first needed: the one service file of the slice that reaches torch."""

import os
import threading
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from models.decoding import not_scored
from models.types import Analysis, Dialogue, TurnSentiment
from service.config import Settings
from service.errors import N_, Unavailable

if TYPE_CHECKING:
    from models.analyser import Analyser

CHUNK_TURNS = 120  # encoded at once: between two chunks a job may be told to stop
CHUNK_DIALOGUES = 16
NOT_LOADED, LOADING = "not loaded yet", "loading"
Vectors = npt.NDArray[np.float16]


class ModelUnavailable(Unavailable):
    """The model's files are damaged, missing, or do not fit each other."""

    code: ClassVar[str] = "MOD-002"

    def __init__(self, reason: str) -> None:
        super().__init__(N_("{reason}"), reason=reason)


class Stopped(Exception):
    """The process ends: what is half done is given back."""


class Scorer:
    """Loads the models on first use, once, whoever asks first; safe to share between threads.

    Args:
        settings: where weights, heads and encoder are.
        threads: of torch; 0 takes what the settings say, or else the cores there are.
        load: makes the analyser instead; for tests.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        threads: int = 0,
        load: "Callable[[], Analyser] | None" = None,
    ) -> None:
        self._settings = settings
        self._threads = threads or settings.threads or (os.cpu_count() or 1)
        self._load = load or self._from_files
        self._analyser: Analyser | None = None
        self._lock = threading.Lock()
        self.state = NOT_LOADED  # for /readyz: this, "loading", the version, or what is wrong

    def analyser(self) -> "Analyser":
        """Return the models, loading them if nobody has yet.

        Raises:
            ModelUnavailable: damaged files, or heads made for another encoder.
        """
        with self._lock:
            if self._analyser is None:
                self.state = LOADING
                try:
                    self._analyser = self._load()
                except ModelUnavailable as error:
                    self.state = f"{error.code} {error}"
                    raise
                self.state = self._analyser.version
            return self._analyser

    def embedding_id(self) -> str | None:
        """Return what `embed` is tied to, from the heads' manifest: nothing is loaded for it.

        None where the manifest cannot be read.
        """
        if self._analyser is not None:
            return self._analyser.embedding_id
        from models.artifacts import WeightsDamaged, read_manifest  # noqa: PLC0415 -- numpy

        try:
            return str(read_manifest(self._heads_folder())["config"]["encoder_sha"])
        except (WeightsDamaged, KeyError, TypeError):
            return None

    def vectors(
        self, dialogues: Sequence[Dialogue], *, is_stopped: Callable[[], bool] | None = None
    ) -> list[Vectors]:
        """Return a (turns, dimension) array per conversation.

        A conversation that the heads cannot read anyway gets zeros and costs nothing.

        Args:
            dialogues: encoded together, texts of like length side by side.
            is_stopped: asked between chunks, for whoever may have to end in between; slower.

        Raises:
            Stopped: as soon as `is_stopped` says so.
        """
        analyser = self.analyser()
        made = [np.zeros((len(d.turns), analyser.dimension), np.float16) for d in dialogues]
        readable = [i for i, d in enumerate(dialogues) if self.is_readable(d)]
        readable.sort(key=lambda i: _size(dialogues[i]))
        for chunk in [readable] if is_stopped is None else _chunks(readable, dialogues):
            if is_stopped is not None and is_stopped():
                raise Stopped
            found = analyser.vectors([dialogues[i] for i in chunk])
            for i, array in zip(chunk, found, strict=True):
                made[i] = array
        return made

    def is_readable(self, dialogue: Dialogue) -> bool:
        """Whether the heads read the conversation at all: it has words, in their languages."""
        return not_scored(dialogue, self.analyser().languages) not in {"empty", "language"}

    def analyse(self, dialogues: Sequence[Dialogue], vectors: Sequence[Any]) -> list[Analysis]:
        """Return what the heads say, given the turn vectors."""
        return self.analyser().analyse(dialogues, vectors)

    def sentiment(self, texts: Sequence[str]) -> list[TurnSentiment]:
        """Return the mood of each text."""
        return self.analyser().sentiment(texts)

    def embed(self, texts: Sequence[str], languages: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return (n, hidden) float32 of length 1, centred by language: for similar cases."""
        analyser = self.analyser()
        return analyser.centring.centre(analyser.embed(texts), languages)

    def _weights_folder(self) -> Path:
        return self._settings.weights_dir or Path(str(files("models"))) / "weights"

    def _heads_folder(self) -> Path:
        return self._settings.heads_dir or self._weights_folder() / "heads"

    def _from_files(self) -> "Analyser":
        from models.analyser import Analyser  # noqa: PLC0415 -- torch takes seconds
        from models.artifacts import EncoderMismatch, WeightsDamaged  # noqa: PLC0415
        from models.local_encoder import RefusedEncoder  # noqa: PLC0415

        settings = self._settings
        try:
            return Analyser.load(
                self._weights_folder(),
                heads=settings.heads_dir,
                encoder=settings.encoder,
                threads=self._threads,
            )
        except (WeightsDamaged, EncoderMismatch, RefusedEncoder) as error:
            raise ModelUnavailable(str(error)) from error


def _size(dialogue: Dialogue) -> int:
    return sum(len(turn.text) for turn in dialogue.turns)


def _chunks(order: Sequence[int], dialogues: Sequence[Dialogue]) -> list[list[int]]:
    """Cut positions into runs of few enough turns; a long conversation is alone in its run."""
    chunks: list[list[int]] = []
    turns = CHUNK_TURNS
    for i in order:
        count = len(dialogues[i].turns)
        if turns + count > CHUNK_TURNS or len(chunks[-1]) >= CHUNK_DIALOGUES:
            chunks.append([])
            turns = 0
        chunks[-1].append(i)
        turns += count
    return chunks
