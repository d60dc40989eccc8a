"""Train trunk and heads from nothing, on token states that are encoded once."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from models.encoder import Encoder
from models.heads import Heads, TurnBatch
from models.heads_config import HeadsConfig
from models.training.examples import Example
from models.training.loop import Plan, Progress, Report, fit
from models.training.loss import weights
from models.training.tensors import Targets, targets, turn_batch
from models.trunk import Tokens, Trunk

RATE = 2e-3
TOKENS_DROPPED = 0.2
REPLIES = 1 / 3  # contrast replies per rated conversation in an epoch

States = Mapping[str, Tensor]  # text -> (tokens, 2 * hidden) float16


class Network(nn.Module):
    """Trunk and heads together, as they are trained first."""

    def __init__(self, config: HeadsConfig) -> None:
        super().__init__()
        self.trunk = Trunk(config.hidden, len(config.acts), narrow=config.narrow, wide=config.wide)
        self.heads = Heads(config)


def encode(
    encoder: Encoder, examples: Sequence[Example], report: Report | None = None
) -> dict[str, Tensor]:
    """Return the token states of every text: (tokens, 2 * hidden) float16 each."""
    texts = list(dict.fromkeys(t.text for e in examples for t in e.dialogue.turns))
    states: dict[str, Tensor] = {}
    for place, found in encoder.states(texts):
        states[texts[place]] = torch.cat([found.lower, found.upper], dim=1).half()
        if report is not None and len(states) % 100 == 0:
            report(Progress("encode", len(states), len(texts)))
    return states


def train_network(
    examples: Sequence[Example],
    states: States,
    config: HeadsConfig,
    *,
    seed: int,
    epochs: int,
    stage: str = "train",
    report: Report | None = None,
) -> Network:
    """Train trunk and heads from nothing.

    Args:
        examples: whole conversations, and replies of contrast sets.
        states: the token states of every text in `examples`.
        config: shape and names.
        seed: of the weights, the order and what is dropped; the same gives the same network.
        epochs: how often every whole conversation is seen.
        stage: for the report.
        report: called after each epoch.
    """
    torch.manual_seed(seed)
    network = Network(config).train()

    def batch(chosen: Sequence[int]) -> tuple[TurnBatch, Targets]:
        some = [examples[i] for i in chosen]
        vectors = network.trunk(tokens(some, states, drop=TOKENS_DROPPED))
        return turn_batch(some, vectors, config), targets(some, config)

    fit(
        network.heads,
        list(network.parameters()),
        order=lambda random: epoch_order(examples, random),
        batch=batch,
        balance=weights(targets(examples, config)),
        plan=Plan(stage, epochs, RATE, seed),
        report=report,
    )
    return network.eval()


def epoch_order(examples: Sequence[Example], random: np.random.Generator) -> npt.NDArray[np.int64]:
    """Draw one epoch: every whole conversation, and a third as many replies."""
    whole = np.array([i for i, e in enumerate(examples) if not e.is_reply], dtype=np.int64)
    replies = np.array([i for i, e in enumerate(examples) if e.is_reply], dtype=np.int64)
    share = min(len(replies), round(len(whole) * REPLIES))
    return random.permutation(np.concatenate([whole, random.permutation(replies)[:share]]))


def tokens(examples: Sequence[Example], states: States, *, drop: float = 0.0) -> Tokens:
    """Pack the turns of some examples; a share of the tokens is dropped, never a turn's first."""
    found = [states[turn.text] for example in examples for turn in example.dialogue.turns]
    lengths = torch.tensor([len(one) for one in found])
    packed = torch.cat(found)
    text = torch.repeat_interleave(torch.arange(len(found)), lengths)
    if drop:
        kept = torch.rand(len(text)) >= drop
        kept[lengths.cumsum(0) - lengths] = True
        packed, text = packed[kept], text[kept]
    return Tokens(packed, text, len(found))


@torch.inference_mode()
def turn_vectors(trunk: Trunk, example: Example, states: States) -> Tensor:
    """Return the turn vectors of one example: (turns, dimension) float16, as they are kept."""
    vectors: Tensor = trunk(tokens([example], states))
    return vectors.half()
