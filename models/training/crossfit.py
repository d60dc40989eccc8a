"""Temperatures and honest figures from conversations that a network was not trained on.

The training conversations are split in folds; for each fold a network is trained on the others
and asked about this one. No development or test set is touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from models.heads import HeadOutputs
from models.heads_config import HeadsConfig
from models.metrics import expected_calibration_error, kappa
from models.temperature import (
    Temperatures,
    fit_binary_temperature,
    fit_temperature,
    softmax,
)
from models.training.examples import Example
from models.training.loop import Report
from models.training.network import States, train_network, turn_vectors
from models.training.stages import Stages, stage_key
from models.training.tensors import Targets, targets, turn_batch

Array = npt.NDArray[Any]
NOTHING_KEPT = Stages()


@dataclass(frozen=True, slots=True)
class Answers:
    """Logits and labels of one task, known labels only: (n, classes) or (n,), and (n,)."""

    logits: Array
    labels: Array


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The answers of networks to conversations they had not seen; `criteria` in order."""

    criteria: tuple[Answers, ...]
    sentiment: Answers
    resolved: Answers
    risk: Answers
    topic: Answers


def cross_fit(
    examples: Sequence[Example],
    states: States,
    config: HeadsConfig,
    *,
    seed: int,
    epochs: int,
    folds: int,
    checked: int | None = None,
    stages: Stages = NOTHING_KEPT,
    report: Report | None = None,
) -> HeldOut:
    """Train one network per checked fold and return what each said of its fold.

    Args:
        examples: whole conversations and replies; the replies to one context stay together.
        states: the token states of every text in `examples`.
        config: shape and names.
        seed: of folds and networks.
        epochs: of each network.
        folds: at least 2: in how many parts the examples are split.
        checked: how many of the folds are asked about; all by default.
        stages: takes up and keeps finished networks.
        report: called after each epoch, as stage "check".
    """
    fold_of = _folds(examples, folds, seed)
    found: list[tuple[HeadOutputs, Targets]] = []
    for fold in range(checked or folds):
        rest = [example for example in examples if fold_of[_family(example)] != fold]
        key = stage_key(rest, config, seed=seed + fold, epochs=epochs)
        network = stages.network(
            key,
            config,
            partial(
                train_network,
                rest,
                states,
                config,
                seed=seed + fold,
                epochs=epochs,
                stage="check",
                report=report,
            ),
        )
        for example in examples:
            if fold_of[_family(example)] == fold and not example.is_reply:
                batch = turn_batch([example], turn_vectors(network.trunk, example, states), config)
                with torch.inference_mode():
                    found.append((network.heads(batch), targets([example], config)))
    return held_out(found)


def held_out(found: Sequence[tuple[HeadOutputs, Targets]]) -> HeldOut:
    """Gather outputs and labels of several conversations by task."""

    def rows(logits: str, labels: str) -> Answers:
        pairs = [(getattr(o, logits), getattr(t, labels)) for o, t in found]
        return _known(
            torch.cat([o.flatten(0, o.ndim - 2) for o, _ in pairs]).numpy(),
            torch.cat([t.flatten() for _, t in pairs]).numpy(),
        )

    ratings = torch.cat([outputs.ratings for outputs, _ in found]).numpy()
    rated = torch.cat([labels.ratings for _, labels in found]).numpy()
    risk = torch.cat([outputs.risk for outputs, _ in found]).numpy()
    return HeldOut(
        criteria=tuple(_known(ratings[:, c], rated[:, c]) for c in range(ratings.shape[1])),
        sentiment=rows("sentiment", "sentiment"),
        resolved=rows("resolved", "resolved"),
        risk=_known(risk, torch.cat([labels.risk for _, labels in found]).numpy()),
        topic=rows("topic", "topic"),
    )


def temperatures(answers: HeldOut) -> Temperatures:
    """Fit one temperature per criterion and task."""
    return Temperatures(
        criteria=tuple(fit_temperature(one.logits, one.labels) for one in answers.criteria),
        sentiment=fit_temperature(answers.sentiment.logits, answers.sentiment.labels),
        resolved=fit_temperature(answers.resolved.logits, answers.resolved.labels),
        risk=fit_binary_temperature(answers.risk.logits, answers.risk.labels),
        topic=fit_temperature(answers.topic.logits, answers.topic.labels),
    )


def figures(answers: HeldOut, config: HeadsConfig, fitted: Temperatures) -> Mapping[str, object]:
    """Return kappa per criterion and the calibration error after the temperatures."""
    kappas = {
        key: round(kappa(one.labels, one.logits.argmax(1)), 3)
        for key, one in zip(config.criteria, answers.criteria, strict=True)
        if len(one.labels)
    }
    sure, right = [], []
    for one, temperature in zip(answers.criteria, fitted.criteria, strict=True):
        shares = softmax(one.logits, temperature)
        sure.append(shares.max(1))
        right.append(shares.argmax(1) == one.labels)
    error = expected_calibration_error(np.concatenate(sure), np.concatenate(right))
    return {
        "conversations": max(len(one.labels) for one in answers.criteria),
        "mean_kappa": round(float(np.nanmean(list(kappas.values()))), 3),
        "kappa": kappas,
        "calibration_error": round(error, 3),
    }


def _known(logits: Array, labels: Array) -> Answers:
    return Answers(logits[labels >= 0], labels[labels >= 0])


def _family(example: Example) -> str:
    return example.id.partition("/")[0] if example.is_reply else example.id


def _folds(examples: Sequence[Example], folds: int, seed: int) -> dict[str, int]:
    families = sorted({_family(example) for example in examples})
    order = np.random.default_rng(seed).permutation(len(families))
    return {families[i]: place % folds for place, i in enumerate(order)}
