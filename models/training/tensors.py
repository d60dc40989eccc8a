"""Examples as tensors: what the network reads, and what it should say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.heads import OTHER, SPEAKER_NUMBERS, TurnBatch
from models.heads_config import HeadsConfig
from models.training.examples import Example
from models.types import RESOLUTIONS, SENTIMENTS, VALUES

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Targets:
    """Labels of n conversations of up to `turns` turns; UNKNOWN where there is none.

    Attributes:
        ratings: (n, criteria) int64.
        evidence: (n, criteria, turns) bool.
        found: (n, criteria) float: 1 a fail shown by a turn, 0 a fail by absence.
        sentiment: (n, turns) int64.
        acts: (n, turns, acts) float.
        tagged: (n, turns) bool: the acts of this turn are known.
        resolved, risk, topic: (n,) int64.
    """

    ratings: Tensor
    evidence: Tensor
    found: Tensor
    sentiment: Tensor
    acts: Tensor
    tagged: Tensor
    resolved: Tensor
    risk: Tensor
    topic: Tensor


def turn_batch(examples: Sequence[Example], vectors: Tensor, config: HeadsConfig) -> TurnBatch:
    """Lay the vectors of consecutive turns out by conversation.

    Args:
        examples: the conversations.
        vectors: (all turns, dimension), in order.
        config: names the channels.
    """
    lengths = torch.tensor([len(example.dialogue.turns) for example in examples])
    real = torch.arange(int(lengths.max())) < lengths[:, None]
    padded = vectors.new_zeros(*real.shape, vectors.shape[1])
    speakers = torch.full(real.shape, OTHER)
    padded[real] = vectors
    speakers[real] = torch.tensor(
        [
            SPEAKER_NUMBERS.get(turn.speaker, OTHER)
            for example in examples
            for turn in example.dialogue.turns
        ]
    )
    channels = torch.tensor([channel_number(e.dialogue.channel, config) for e in examples])
    return TurnBatch(padded, speakers, lengths, channels)


def channel_number(channel: str, config: HeadsConfig) -> int:
    """Return the number of a channel; an unknown one is read as the first."""
    return config.channels.index(channel) if channel in config.channels else 0


def targets(examples: Sequence[Example], config: HeadsConfig) -> Targets:
    """Return the labels of several conversations, padded as `turn_batch` pads."""
    shape = len(examples), max(len(example.dialogue.turns) for example in examples)
    criteria = len(config.criteria)
    made = Targets(
        ratings=torch.full((shape[0], criteria), UNKNOWN),
        evidence=torch.zeros(shape[0], criteria, shape[1], dtype=torch.bool),
        found=torch.full((shape[0], criteria), float(UNKNOWN)),
        sentiment=torch.full(shape, UNKNOWN),
        acts=torch.zeros(*shape, len(config.acts)),
        tagged=torch.zeros(shape, dtype=torch.bool),
        resolved=torch.tensor([_number(RESOLUTIONS, e.resolved) for e in examples]),
        risk=torch.tensor([UNKNOWN if e.risk is None else int(e.risk) for e in examples]),
        topic=torch.tensor([_number(config.topics, e.topic) for e in examples]),
    )
    acts = {act: number for number, act in enumerate(config.acts)}
    for row, example in enumerate(examples):
        _label_ratings(made, row, example, config)
        _label_turns(made, row, example, acts)
    return made


def _label_ratings(made: Targets, row: int, example: Example, config: HeadsConfig) -> None:
    for number, key in enumerate(config.criteria):
        if (rated := example.ratings.get(key)) is None:
            continue
        made.ratings[row, number] = VALUES.index(rated.value)
        made.evidence[row, number, list(rated.evidence)] = True
        if rated.value == "fail":
            made.found[row, number] = float(bool(rated.evidence))


def _label_turns(made: Targets, row: int, example: Example, acts: dict[str, int]) -> None:
    for turn, word in example.sentiment.items():
        made.sentiment[row, turn] = SENTIMENTS.index(word)
    for turn, tags in example.acts.items():
        speaker = example.dialogue.turns[turn].speaker
        made.tagged[row, turn] = True
        for tag in tags:
            if (number := acts.get(f"{speaker}:{tag}")) is not None:
                made.acts[row, turn, number] = 1


def _number(words: Sequence[str], word: str | None) -> int:
    return words.index(word) if word in words else UNKNOWN


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation as vectors and labels, without its text: what is kept for replay."""

    turns: TurnBatch
    labels: Targets


def row(example: Example, vectors: Tensor, config: HeadsConfig) -> Row:
    """Return an example as a row; `vectors` is (turns, dimension)."""
    return Row(turn_batch([example], vectors, config), targets([example], config))


def join(rows: Sequence[Row]) -> tuple[TurnBatch, Targets]:
    """Put rows together, padded to the longest."""
    longest = max(int(row.turns.lengths) for row in rows)
    turns = {
        field.name: torch.cat(
            [_padded(getattr(r.turns, field.name), field.name, longest) for r in rows]
        )
        for field in fields(TurnBatch)
    }
    labels = {
        field.name: torch.cat(
            [_padded(getattr(r.labels, field.name), field.name, longest) for r in rows]
        )
        for field in fields(Targets)
    }
    return TurnBatch(**turns), Targets(**labels)


TURN_AXIS = {  # name -> what stands where there is no turn; the axis is the second, or the third
    "vectors": 0, "speakers": OTHER, "evidence": 0, "sentiment": UNKNOWN, "acts": 0, "tagged": 0,
}  # fmt: skip


def _padded(tensor: Tensor, name: str, longest: int) -> Tensor:
    """Lengthen the turn axis of a tensor with one row, if it has one."""
    if name not in TURN_AXIS:
        return tensor
    axis = 2 if name == "evidence" else 1
    shape = list(tensor.shape)
    shape[axis] = longest - shape[axis]
    return torch.cat([tensor, tensor.new_full(shape, TURN_AXIS[name])], dim=axis)


def rows_to_arrays(rows: Sequence[Row]) -> dict[str, npt.NDArray[np.generic]]:
    """Return rows as named arrays, small enough to be kept beside the heads."""
    turns, labels = join(rows)
    arrays = {f"turns.{f.name}": getattr(turns, f.name).numpy() for f in fields(TurnBatch)}
    arrays |= {f"labels.{f.name}": getattr(labels, f.name).numpy() for f in fields(Targets)}
    arrays["turns.vectors"] = turns.vectors[turns.real].half().numpy()
    arrays["labels.acts"] = labels.acts.numpy().astype(np.uint8)
    return {name: _smallest(array) for name, array in arrays.items()}


def rows_from_arrays(arrays: Mapping[str, npt.NDArray[np.generic]]) -> list[Row]:
    """Return what `rows_to_arrays` was given; raises KeyError if an array is missing."""
    lengths = arrays["turns.lengths"].astype(int).tolist()
    starts = np.cumsum([0, *lengths])
    rows = []
    for number, length in enumerate(lengths):
        turns = {
            f.name: _cut(arrays[f"turns.{f.name}"], f.name, number, length)
            for f in fields(TurnBatch)
            if f.name != "vectors"
        }
        vectors = arrays["turns.vectors"][starts[number] : starts[number + 1]]
        labels = {
            f.name: _cut(arrays[f"labels.{f.name}"], f.name, number, length)
            for f in fields(Targets)
        }
        batch = TurnBatch(torch.from_numpy(vectors.astype(np.float32))[None], **turns)
        rows.append(Row(batch, Targets(**labels)))
    return rows


def _cut(array: npt.NDArray[np.generic], name: str, number: int, length: int) -> Tensor:
    one = array[number : number + 1]
    if name in TURN_AXIS:
        one = one[:, :, :length] if name == "evidence" else one[:, :length]
    floats = name in {"acts", "found"}
    kind = np.float32 if floats else bool if name in {"evidence", "tagged"} else np.int64
    return torch.from_numpy(one.astype(kind))


def _smallest(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Labels are small whole numbers; int16 holds them all."""
    return array.astype(np.int16) if array.dtype == np.int64 else array
