"""From turn vectors to acts, sentiment, ratings with evidence, resolution, risk and topic.

Everything here runs on vectors that are kept, so new heads never need the encoder again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.heads_config import HeadsConfig
from models.types import RESOLUTIONS, SENTIMENTS, VALUES

SPEAKERS = 3  # customer, agent, anything else
CUSTOMER, AGENT, OTHER = range(SPEAKERS)
SPEAKER_NUMBERS = {"customer": CUSTOMER, "agent": AGENT}
PLACES = 24  # turns counted from each end; those further in share the last place
OUTSIDE = -1e4  # the attention logit of a place that holds no turn


@dataclass(frozen=True, slots=True)
class TurnBatch:
    """Several conversations, padded to the longest.

    Attributes:
        vectors: (n, turns, dimension) float.
        speakers: (n, turns) int64 of CUSTOMER, AGENT, OTHER.
        lengths: (n,) int64, at least 1, on the CPU.
        channels: (n,) int64.
    """

    vectors: Tensor
    speakers: Tensor
    lengths: Tensor
    channels: Tensor

    @property
    def real(self) -> Tensor:
        """(n, turns) bool: where there is a turn."""
        return torch.arange(self.vectors.shape[1]) < self.lengths[:, None]


@dataclass(frozen=True, slots=True)
class HeadOutputs:
    """Logits, for n conversations of up to `turns` turns.

    Attributes:
        acts: (n, turns, acts).
        possible: (n, turns, acts) bool: the speaker of the turn may do the act.
        sentiment: (n, turns, 3), for customer turns.
        ratings: (n, criteria, 4), in the order of VALUES.
        found: (n, criteria): a fail is shown by a turn, not by an absence.
        attention: (n, questions, turns), each row sum 1; the criteria first.
        resolved: (n, 4).
        risk: (n,).
        topic: (n, topics).
    """

    acts: Tensor
    possible: Tensor
    sentiment: Tensor
    ratings: Tensor
    found: Tensor
    attention: Tensor
    resolved: Tensor
    risk: Tensor
    topic: Tensor


class TurnContext(nn.Module):
    """Read each turn in its conversation: who speaks, where, after and before what.

    Tensors: `merge` (context, dimension + 48), `recur` a bidirectional GRU of context / 2,
    `mix` (context, 2 * context).
    """

    def __init__(self, config: HeadsConfig, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.hidden = config.hidden
        self.acts = len(config.acts)
        self.pooled = config.dimension - self.hidden - self.acts
        self.norm = nn.LayerNorm(self.hidden)
        self.speaker = nn.Embedding(SPEAKERS, 24)
        self.place = nn.Embedding(2 * PLACES, 24)
        width = config.context
        self.merge = nn.Linear(self.pooled + self.hidden + 48, width)
        self.recur = nn.GRU(width, width // 2, batch_first=True, bidirectional=True)
        self.mix = nn.Linear(2 * width, width)

    def forward(self, batch: TurnBatch) -> Tensor:
        """Return (n, turns, context)."""
        pooled, _, meaning = self.parts(batch.vectors)
        front, back = places(batch)
        known = [
            pooled,
            self.norm(meaning),
            self.speaker(batch.speakers),
            self.place(front) + self.place(back),
        ]
        turn = F.gelu(self.merge(torch.cat(known, dim=-1)))
        turn = F.dropout(turn, self.dropout, self.training)
        packed = nn.utils.rnn.pack_padded_sequence(
            turn, batch.lengths, batch_first=True, enforce_sorted=False
        )
        around, _ = nn.utils.rnn.pad_packed_sequence(
            self.recur(packed)[0], batch_first=True, total_length=turn.shape[1]
        )
        return F.gelu(self.mix(torch.cat([turn, around], dim=-1)))

    def parts(self, vectors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Split turn vectors into pooled convolutions, act evidence and mean upper state."""
        parts = [self.pooled, self.acts, self.hidden]
        pooled, evidence, meaning = torch.split(vectors.float(), parts, dim=-1)
        return pooled, evidence, meaning


class Questions(nn.Module):
    """One attention over the turns for each thing asked of a conversation, then a small network.

    The attention of a criterion is trained to lie on its evidence turns, so what it looks at is
    what is shown. A summary of the acts (most, mean, first and last agent turn) goes beside it,
    since much is decided by an act that is absent.

    Tensors: `key` (128, turn + 16), `query` (questions, 128), `value` (128, turn),
    `inner` (questions, summary, 32), `inner_bias` (questions, 32).
    """

    WIDTH = 128
    INNER = 32

    def __init__(self, config: HeadsConfig, questions: int, dropout: float) -> None:
        super().__init__()
        acts = len(config.acts)
        turn = config.context + acts
        summary = self.WIDTH + 4 * acts + SPEAKERS + len(config.channels) + 2
        self.channels = len(config.channels)
        self.dropout = dropout
        self.place = nn.Embedding(2 * PLACES, 16)
        self.key = nn.Linear(turn + 16, self.WIDTH)
        self.query = nn.Parameter(torch.randn(questions, self.WIDTH) * 0.05)
        self.value = nn.Linear(turn, self.WIDTH)
        self.inner = nn.Parameter(torch.randn(questions, summary, self.INNER) / math.sqrt(summary))
        self.inner_bias = nn.Parameter(torch.zeros(questions, self.INNER))

    def forward(self, batch: TurnBatch, turns: Tensor, acts: Tensor) -> tuple[Tensor, Tensor]:
        """Return what was found, and where.

        Args:
            batch: the conversations.
            turns: (n, turns, context).
            acts: (n, turns, acts) probabilities.

        Returns:
            (n, questions, 32) features, and (n, questions, turns) attention.
        """
        known = torch.cat([turns, acts], dim=-1)
        front, back = places(batch)
        placed = torch.cat([known, self.place(front) + self.place(back)], dim=-1)
        logits = torch.einsum("ntk,qk->nqt", torch.tanh(self.key(placed)), 4 * self.query)
        attention = logits.masked_fill(~batch.real[:, None], OUTSIDE).softmax(-1)
        summary = act_summary(batch, acts, self.channels)
        summary = summary[:, None].expand(-1, attention.shape[1], -1)
        features = torch.cat([attention @ self.value(known), summary], dim=-1)
        features = F.dropout(features, self.dropout, self.training)
        inner = torch.einsum("nqf,qfh->nqh", features, self.inner) + self.inner_bias
        return F.dropout(F.gelu(inner), self.dropout, self.training), attention


class Heads(nn.Module):
    """All heads over one shared reading of the turns.

    Tensors: `act` (acts, context), `sentiment` (3, context), `rating` (criteria, 32, 5) with the
    fifth column for "found", `resolved` (4, 32), `risk` (1, 32), `topic` (topics, 32 + hidden).
    """

    may_do: Tensor

    def __init__(self, config: HeadsConfig, *, dropout: float = 0.35) -> None:
        super().__init__()
        self.criteria = len(config.criteria)
        self.context = TurnContext(config, dropout)
        self.act = nn.Linear(config.context, len(config.acts))
        nn.init.constant_(self.act.bias, -1.5)
        self.sentiment = nn.Linear(config.context, len(SENTIMENTS))
        self.questions = Questions(config, self.criteria + 3, dropout)
        inner = Questions.INNER
        outputs = len(VALUES) + 1
        self.rating = nn.Parameter(torch.randn(self.criteria, inner, outputs) / math.sqrt(inner))
        self.rating_bias = nn.Parameter(torch.zeros(self.criteria, outputs))
        self.resolved = nn.Linear(inner, len(RESOLUTIONS))
        self.risk = nn.Linear(inner, 1)
        self.topic = nn.Linear(inner + config.hidden, len(config.topics))
        speakers = [SPEAKER_NUMBERS[act.partition(":")[0]] for act in config.acts]
        self.register_buffer("may_do", _one_hot(speakers).t(), persistent=False)

    def forward(self, batch: TurnBatch) -> HeadOutputs:
        """Return the logits of everything."""
        turns = self.context(batch)
        evidence = self.context.parts(batch.vectors)[1]
        act_logits = self.act(turns) + F.softplus(evidence + 3)
        possible = self.may_do[batch.speakers] & batch.real[..., None]
        acts = torch.sigmoid(act_logits) * possible
        features, attention = self.questions(batch, turns, acts)
        rated = torch.einsum("nch,cho->nco", features[:, : self.criteria], self.rating)
        rated = rated + self.rating_bias
        resolved, risk, topic = features[:, self.criteria :].unbind(1)
        topic = torch.cat([topic, self._subject(batch)], dim=-1)
        return HeadOutputs(
            acts=act_logits,
            possible=possible,
            sentiment=self.sentiment(turns),
            ratings=rated[..., : len(VALUES)],
            found=rated[..., len(VALUES)],
            attention=attention,
            resolved=self.resolved(resolved),
            risk=self.risk(risk).squeeze(-1),
            topic=self.topic(topic),
        )

    def _subject(self, batch: TurnBatch) -> Tensor:
        """Return (n, hidden): the mean meaning of the turns that are not the agent's.

        An attention over acts does not know what a conversation is about; a mean does.
        """
        meaning = self.context.norm(self.context.parts(batch.vectors)[2])
        told = ((batch.speakers != AGENT) & batch.real).float()[..., None]
        mean: Tensor = (meaning * told).sum(1) / told.sum(1).clamp(min=1)
        return mean


def places(batch: TurnBatch) -> tuple[Tensor, Tensor]:
    """Return each turn's place from the front (0..23) and from the back (24..47): (n, turns)."""
    steps = torch.arange(batch.vectors.shape[1])
    front = steps.clamp(max=PLACES - 1).expand(len(batch.lengths), -1)
    back = (batch.lengths[:, None] - 1 - steps).clamp(min=0, max=PLACES - 1)
    return front, PLACES + back


def act_summary(batch: TurnBatch, acts: Tensor, channels: int) -> Tensor:
    """Return (n, 4 * acts + SPEAKERS + channels + 2): what was done in the conversation."""
    rows = torch.arange(len(acts))
    is_agent = (batch.speakers == AGENT) & batch.real
    steps = torch.arange(acts.shape[1])
    first = is_agent.int().argmax(1)
    last = (is_agent * (1 + steps)).argmax(1)
    end = batch.lengths - 1
    parts = [
        acts.amax(1),
        acts.sum(1) / batch.lengths[:, None],
        acts[rows, first],
        acts[rows, last],
        F.one_hot(batch.speakers[rows, end], SPEAKERS),
        F.one_hot(batch.channels, channels),
        end[:, None] / 20,
        batch.speakers[:, :1] == AGENT,
    ]
    return torch.cat([part.float() for part in parts], dim=-1)


def _one_hot(speakers: Sequence[int]) -> Tensor:
    """Return (acts, SPEAKERS) bool."""
    return F.one_hot(torch.tensor(speakers, dtype=torch.long), SPEAKERS).bool()
