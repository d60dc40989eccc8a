"""The training loop: seeded, one process, plain AdamW with a warm-up and a straight way down."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from models.heads import Heads, TurnBatch
from models.training.loss import Weights, loss
from models.training.tensors import Targets

BATCH = 8
DECAY = 0.02
WARM_UP = 0.08
LOWEST = 0.02  # of the rate, at the end
LONGEST_STEP = 1.0  # norm of a gradient

Batch = Callable[[Sequence[int]], tuple[TurnBatch, Targets]]
Order = Callable[[np.random.Generator], npt.NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage of training is.

    Attributes:
        stage: "encode", "train", "check" or "adapt".
        done, total: texts or epochs.
        loss: mean of the last epoch, where there is one.
    """

    stage: str
    done: int
    total: int
    loss: float | None = None


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to train.

    Attributes:
        stage: for the report.
        epochs: how many.
        rate: the highest learning rate.
        seed: of order and dropout.
    """

    stage: str
    epochs: int
    rate: float
    seed: int


def fit(
    heads: Heads,
    parameters: Sequence[Tensor],
    *,
    order: Order,
    batch: Batch,
    balance: Weights,
    plan: Plan,
    report: Report | None = None,
    penalty: Callable[[], Tensor] | None = None,
) -> None:
    """Change `parameters` so that the heads say what the labels say.

    Args:
        heads: in training mode.
        parameters: those that may change.
        order: draws the positions of one epoch, always equally many.
        batch: the turn vectors and labels at some positions.
        balance: weights of rare labels.
        plan: how long and how fast.
        report: called after each epoch.
        penalty: added to the loss of each batch.
    """
    random = np.random.default_rng(plan.seed)
    optimizer = torch.optim.AdamW(parameters, lr=plan.rate, weight_decay=DECAY, fused=True)
    step, steps = 0, 0
    for epoch in range(1, plan.epochs + 1):
        positions = order(random)
        steps = steps or plan.epochs * math.ceil(len(positions) / BATCH)
        total = 0.0
        for start in range(0, len(positions), BATCH):
            chosen = positions[start : start + BATCH].tolist()
            turns, labels = batch(chosen)
            made = loss(heads(turns), labels, balance)
            if penalty is not None:
                made = made + penalty()
            for group in optimizer.param_groups:
                group["lr"] = plan.rate * share_of_rate(step, steps)
            _step(optimizer, made, parameters)
            step += 1
            total += float(made.detach()) * len(chosen)
        if report is not None:
            report(Progress(plan.stage, epoch, plan.epochs, total / len(positions)))


def share_of_rate(step: int, steps: int) -> float:
    """Return the share of the rate at a step, 0 to 1: up, then straight down to LOWEST."""
    up = (step + 1) / max(1.0, WARM_UP * steps)
    down = (steps - step) / max(1.0, (1 - WARM_UP) * steps)
    return min(up, max(LOWEST, down))


def _step(optimizer: torch.optim.Optimizer, made: Tensor, parameters: Sequence[Tensor]) -> None:
    optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(made)
    nn.utils.clip_grad_norm_(parameters, LONGEST_STEP)
    optimizer.step()
