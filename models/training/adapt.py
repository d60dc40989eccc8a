"""Adapt the heads to corrections: the function behind `afterword train --corrections`.

The trunk stays, so turn vectors that are kept stay valid. Conversations of the first training
are replayed as vectors between the corrections, so that the heads forget nothing.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F

from models import artifacts
from models.artifacts import sha256_of
from models.encoder import Encoder
from models.head_files import GATE_ROWS, REPLAY_ROWS, HeadFiles, load_head_files, save_head_files
from models.heads import Heads, TurnBatch
from models.training.examples import BadExample, Example, read_examples
from models.training.gate import judge
from models.training.loop import Plan, Report, fit
from models.training.loss import weights
from models.training.network import encode, turn_vectors
from models.training.tensors import Row, Targets, join, row, rows_from_arrays, rows_to_arrays
from models.training.train import WEIGHTS, library_versions, load_encoder

EPOCHS = 8  # for few corrections; many are seen less often, so that it takes a minute
MOST_SEEN = 6400  # conversations, over all epochs
RATE = 5e-4
DROPPED = 0.2  # of the numbers in a vector: the trunk knows replayed ones too well (measured)
LEAST_REPLAYED = 60  # conversations in an epoch, however few corrections there are


def adapt(
    out: Path,
    corrections: Path,
    *,
    heads: Path | None = None,
    encoder: Path | None = None,
    seed: int = 0,
    epochs: int = EPOCHS,
    report: Report | None = None,
) -> Mapping[str, Any]:
    """Fine-tune the heads on rated conversations and write a new version to `out`.

    Args:
        out: the folder to write, whatever the gate says.
        corrections: lines with `turns` and `ratings`, any of the criteria.
        heads: the version to start from; the shipped one by default.
        encoder: the operator's encoder folder that `heads` were trained on.
        seed: of order and dropout.
        epochs: how often each correction is seen.
        report: called as training goes on.

    Returns:
        What the manifest says of the training; `gate` holds the verdict and its slices.

    Raises:
        BadExample: no line, a line that cannot be used, or a criterion the heads do not know.
        WeightsDamaged, EncoderMismatch, RefusedEncoder: as `Analyser.load` raises them.
    """
    start = load_head_files(heads or WEIGHTS / "heads")
    engine = load_encoder(encoder, layers=start.config.layers)
    start.check(engine)
    examples = read_examples(corrections)
    return adapt_with(
        engine, start, examples, out, data={corrections.name: sha256_of(corrections)},
        seed=seed, epochs=epochs, report=report,
    )  # fmt: skip


def adapt_with(
    encoder: Encoder,
    start: HeadFiles,
    examples: Sequence[Example],
    out: Path,
    *,
    data: Mapping[str, str],
    seed: int = 0,
    epochs: int = EPOCHS,
    report: Report | None = None,
) -> Mapping[str, Any]:
    """Fine-tune on examples in memory; see `adapt`. `data` is file name -> sha256."""
    _check(examples, start.config.criteria)
    states = encode(encoder, examples, report)
    corrected = [row(e, turn_vectors(start.trunk, e, states), start.config) for e in examples]
    kept = {
        name: rows_from_arrays(artifacts.load(start.folder, name))
        for name in (REPLAY_ROWS, GATE_ROWS)
        if name in start.manifest["files"]
    }
    adapted = fine_tune(
        start.heads, corrected, kept.get(REPLAY_ROWS, []), seed=seed, epochs=epochs, report=report
    )
    gate_rows = kept.get(GATE_ROWS, [])
    training = {
        "adapted_from": start.sha,
        "examples": len(examples),
        "data": data,
        "seed": seed,
        "epochs": epochs,
        "versions": library_versions(),
        "gate": judge(start.heads, adapted, gate_rows, start.config.criteria)
        if gate_rows
        else None,
    }
    save_head_files(
        out,
        config=start.config,
        trunk=start.trunk,
        heads=adapted,
        temperatures=start.temperatures,
        centring=start.centring,
        kept={name: rows_to_arrays(rows) for name, rows in kept.items()},
        training=training,
    )
    return training


def fine_tune(
    heads: Heads,
    corrected: Sequence[Row],
    replay: Sequence[Row],
    *,
    seed: int,
    epochs: int,
    report: Report | None = None,
) -> Heads:
    """Return a copy of the heads, trained on corrections with replayed rows between them."""
    torch.manual_seed(seed)
    adapted = copy.deepcopy(heads).train()
    rows = [*corrected, *replay]
    replayed = min(len(replay), max(len(corrected), LEAST_REPLAYED))

    def order(random: np.random.Generator) -> npt.NDArray[np.int64]:
        old = len(corrected) + random.permutation(len(replay))[:replayed]
        return random.permutation(np.concatenate([np.arange(len(corrected)), old]))

    fit(
        adapted,
        list(adapted.parameters()),
        order=order,
        batch=lambda chosen: _noisy(*join([rows[i] for i in chosen])),
        balance=weights(join(rows)[1]),
        plan=Plan("adapt", min(epochs, _affordable(len(corrected) + replayed)), RATE, seed),
        report=report,
    )
    return adapted.eval()


def _noisy(turns: TurnBatch, labels: Targets) -> tuple[TurnBatch, Targets]:
    return replace(turns, vectors=F.dropout(turns.vectors, DROPPED)), labels


def _affordable(rows: int) -> int:
    return max(2, MOST_SEEN // max(1, rows))


def _check(examples: Sequence[Example], criteria: Sequence[str]) -> None:
    if not any(example.ratings for example in examples):
        raise BadExample("there is no rated conversation in the corrections")
    unknown = sorted({key for e in examples for key in e.ratings} - set(criteria))
    if unknown:
        raise BadExample(f"the heads know no criterion {unknown[0][:40]!r}")
