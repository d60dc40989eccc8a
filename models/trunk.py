"""From the token states of a turn to one small vector: all that the heads see of its text."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.encoder import TokenStates

GAP = 2  # empty places between texts: the wider convolution reaches two to each side
FLOOR = -1.0  # below every GELU
RARE = -6.0  # a token shows a given act rarely


@dataclass(frozen=True, slots=True)
class Tokens:
    """The token states of several texts, packed one after the other.

    Attributes:
        states: (tokens, 2 * hidden) float: lower and upper states side by side.
        text: (tokens,) int64, rising: which text a token is of; every text has one or more.
        texts: how many texts.
    """

    states: Tensor
    text: Tensor
    texts: int


def pack(found: Sequence[TokenStates]) -> Tokens:
    """Put the states of several texts side by side."""
    states = torch.cat([torch.cat([one.lower, one.upper], dim=1) for one in found])
    lengths = torch.tensor([len(one.lower) for one in found])
    return Tokens(states, torch.repeat_interleave(torch.arange(len(found)), lengths), len(found))


class Trunk(nn.Module):
    """Two convolutions over the tokens of a turn, pooled.

    A mean of states knows the topic of a turn; what it does ("says when", "asks again") hangs on
    a few neighbouring words, which convolutions with a maximum over the turn pick out.

    Tensors: `reduce` (narrow, 2 * hidden), `near` (narrow, narrow, 3), `far` (wide, narrow, 5),
    `evidence` (acts, narrow + wide).

    Args:
        hidden: width of the encoder's states.
        acts: how many act tags there are.
        narrow, wide: channels of the convolutions over 3 and 5 tokens.
        dropout: share of the inputs and outputs dropped in training.
    """

    def __init__(
        self, hidden: int, acts: int, *, narrow: int = 160, wide: int = 96, dropout: float = 0.35
    ) -> None:
        super().__init__()
        self.hidden = hidden
        self.norm = nn.LayerNorm(2 * hidden)
        self.reduce = nn.Linear(2 * hidden, narrow)
        self.near = nn.Conv1d(narrow, narrow, 3, padding=1)
        self.far = nn.Conv1d(narrow, wide, 5, padding=2)
        self.evidence = nn.Linear(narrow + wide, acts)
        self.dropout = dropout
        nn.init.normal_(self.evidence.weight, std=0.01)
        nn.init.constant_(self.evidence.bias, RARE)

    def forward(self, tokens: Tokens) -> Tensor:
        """Return one vector per text.

        Args:
            tokens: packed states of any float type.

        Returns:
            (texts, 2 * (narrow + wide) + acts + hidden) float32: maxima and means of the
            convolutions, the logarithm of the summed act evidence, the mean upper state.
        """
        states = tokens.states.float()
        features = self._convolved(states, tokens.text)
        counts = torch.bincount(tokens.text, minlength=tokens.texts)[:, None].float()
        places = tokens.text[:, None].expand_as(features)
        empty = features.new_full((tokens.texts, features.shape[1]), FLOOR)
        maxima = empty.scatter_reduce(0, places, features, "amax")
        means = _summed(features, tokens) / counts
        seen = self.evidence(self._drop(self._drop(features, self.dropout), self.dropout / 2))
        evidence = torch.log(_summed(torch.exp(seen.clamp(-20, 12)), tokens) + 1e-8)
        meaning = _summed(states[:, self.hidden :], tokens) / counts
        return torch.cat([maxima, means, evidence, meaning], dim=1)

    def _convolved(self, states: Tensor, text: Tensor) -> Tensor:
        """Return (tokens, narrow + wide): no token sees one of another text."""
        inner = self._drop(F.gelu(self.reduce(self.norm(states))), self.dropout)
        places = torch.arange(len(text)) + GAP * text
        line = inner.new_zeros(int(places[-1]) + 1, inner.shape[1])
        line = line.index_copy(0, places, inner).t()[None]
        both = F.gelu(torch.cat([self.near(line), self.far(line)], dim=1))
        return both[0].t()[places]

    def _drop(self, tensor: Tensor, share: float) -> Tensor:
        return F.dropout(tensor, share, self.training)


def _summed(values: Tensor, tokens: Tokens) -> Tensor:
    """Return (texts, width): the sum over the tokens of each text."""
    zeros = values.new_zeros(tokens.texts, values.shape[1])
    return zeros.index_add(0, tokens.text, values)
