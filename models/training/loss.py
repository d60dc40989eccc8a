"""What the network is trained to do well, as one number."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from models.heads import HeadOutputs
from models.training.tensors import UNKNOWN, Targets
from models.types import SENTIMENTS, VALUES

ACTS, SENTIMENT, EVIDENCE, FOUND, ENDING = 5.0, 0.5, 0.2, 0.2, 0.15  # shares beside the ratings
SMOOTHING = 0.05


@dataclass(frozen=True, slots=True)
class Weights:
    """Rare labels count for more, by the square root of their rarity.

    Attributes:
        ratings: (criteria, 4).
        sentiment: (3,).
    """

    ratings: Tensor
    sentiment: Tensor


def weights(labels: Targets) -> Weights:
    """Return the weights for labels of the whole training set."""
    rows = [_rarity(column, len(VALUES)) for column in labels.ratings.t()]
    return Weights(torch.stack(rows), _rarity(labels.sentiment.flatten(), len(SENTIMENTS)))


def loss(outputs: HeadOutputs, labels: Targets, weights: Weights) -> Tensor:
    """Return the sum over all tasks; a label that is unknown adds nothing."""
    return (
        _ratings(outputs, labels, weights)
        + ACTS * _acts(outputs, labels)
        + SENTIMENT
        * _cross_entropy(
            outputs.sentiment.flatten(0, 1), labels.sentiment.flatten(), weights.sentiment
        )
        + EVIDENCE * _evidence(outputs, labels)
        + FOUND * _binary(outputs.found, labels.found)
        + ENDING * _cross_entropy(outputs.resolved, labels.resolved)
        + ENDING * _binary(outputs.risk, labels.risk.float())
        + ENDING * _cross_entropy(outputs.topic, labels.topic)
    )


def _rarity(column: Tensor, classes: int) -> Tensor:
    known = column[column >= 0]
    counts = torch.bincount(known, minlength=classes).float().clamp(min=4)
    return torch.sqrt(len(known) / classes / counts).clamp(0.4, 2)


def _ratings(outputs: HeadOutputs, labels: Targets, weights: Weights) -> Tensor:
    """Mean over the criteria, each weighed by the share of conversations that it is known for."""
    total = outputs.ratings.new_zeros(())
    for number in range(outputs.ratings.shape[1]):
        column = labels.ratings[:, number]
        share = (column >= 0).float().mean()
        total = total + share * _cross_entropy(
            outputs.ratings[:, number], column, weights.ratings[number], SMOOTHING
        )
    return total / outputs.ratings.shape[1]


def _acts(outputs: HeadOutputs, labels: Targets) -> Tensor:
    known = outputs.possible & labels.tagged[..., None]
    if not known.any():
        return outputs.acts.new_zeros(())
    return F.binary_cross_entropy_with_logits(outputs.acts[known], labels.acts[known])


def _evidence(outputs: HeadOutputs, labels: Targets) -> Tensor:
    """How surprised the attention is by the turns that a person named."""
    named = labels.evidence.any(-1)
    if not named.any():
        return outputs.attention.new_zeros(())
    attention = outputs.attention[:, : labels.evidence.shape[1]]
    on_evidence = (attention * labels.evidence).sum(-1)[named]
    return -torch.log(on_evidence + 1e-6).mean()


def _cross_entropy(
    logits: Tensor, labels: Tensor, weight: Tensor | None = None, smoothing: float = 0.0
) -> Tensor:
    """Cross entropy over the known labels; 0 where none is known."""
    if not (labels >= 0).any():
        return logits.new_zeros(())
    return F.cross_entropy(
        logits, labels, weight=weight, ignore_index=UNKNOWN, label_smoothing=smoothing
    )


def _binary(logits: Tensor, labels: Tensor) -> Tensor:
    known = labels >= 0
    if not known.any():
        return logits.new_zeros(())
    return F.binary_cross_entropy_with_logits(logits[known], labels[known])
