from dataclasses import replace

import torch

from models.heads import HeadOutputs, Heads, TurnBatch, places
from models.heads_config import HeadsConfig

CONFIG = HeadsConfig(
    criteria=("greeting", "privacy"),
    disabled={"privacy": ("partial",)},
    acts=("agent:greet", "agent:bye", "customer:issue"),
    topics=("delivery", "other"),
    no_topic="other",
    channels=("chat", "email"),
    languages=("en",),
    encoder="tiny",
    encoder_sha="0",
    hidden=6,
    layers=(1, 2),
    narrow=5,
    wide=4,
    context=8,
)


def make_heads() -> Heads:
    torch.manual_seed(0)
    return Heads(CONFIG).eval()


def make_batch(*lengths: int, turns: int) -> TurnBatch:
    torch.manual_seed(1)
    vectors = torch.randn(len(lengths), turns, CONFIG.dimension)
    speakers = torch.arange(turns).remainder(3).expand(len(lengths), -1)
    return TurnBatch(vectors, speakers, torch.tensor(lengths), torch.zeros(len(lengths)).long())


def test_a_conversation_does_not_depend_on_those_it_is_padded_to() -> None:
    heads, batch = make_heads(), make_batch(5, 2, turns=5)
    alone = TurnBatch(
        batch.vectors[1:, :2], batch.speakers[1:, :2], batch.lengths[1:], batch.channels[1:]
    )

    together, single = heads(batch), heads(alone)

    torch.testing.assert_close(together.ratings[1:], single.ratings)
    torch.testing.assert_close(together.sentiment[1:, :2], single.sentiment)
    torch.testing.assert_close(together.attention[1:, :, :2], single.attention)
    torch.testing.assert_close(together.topic[1:], single.topic)
    assert together.attention[1, :, 2:].abs().max() == 0


def test_shapes_are_as_described() -> None:
    outputs = make_heads()(make_batch(4, 3, 1, turns=4))

    assert outputs.acts.shape == (3, 4, 3)
    assert outputs.ratings.shape == (3, 2, 4)
    assert outputs.found.shape == (3, 2)
    assert outputs.attention.shape == (3, 5, 4)
    assert (outputs.resolved.shape, outputs.risk.shape) == ((3, 4), (3,))
    torch.testing.assert_close(outputs.attention.sum(-1), torch.ones(3, 5))


def test_only_the_speaker_of_a_turn_can_do_its_acts() -> None:
    possible = make_heads()(make_batch(3, turns=4)).possible[0]

    assert possible.tolist() == [
        [False, False, True],  # customer
        [True, True, False],  # agent
        [False, False, False],  # another
        [False, False, False],  # no turn
    ]


def test_the_channel_is_seen() -> None:
    heads, batch = make_heads(), make_batch(3, turns=3)

    other = heads(replace(batch, channels=torch.tensor([1])))

    assert not torch.allclose(heads(batch).ratings, other.ratings)


def test_places_are_counted_from_both_ends_and_shared_in_the_middle() -> None:
    front, back = places(make_batch(30, 2, turns=30))

    assert front[0, [0, 1, 23, 29]].tolist() == [0, 1, 23, 23]
    assert back[0, [0, 28, 29]].tolist() == [24 + 23, 24 + 1, 24]
    assert back[1, :2].tolist() == [25, 24]


def test_every_tensor_gets_a_gradient() -> None:
    heads = make_heads().train()
    outputs = heads(make_batch(4, 3, turns=4))

    total = sum(
        getattr(outputs, name).square().sum()
        for name in HeadOutputs.__dataclass_fields__
        if name != "possible"
    )
    total.backward()

    missing = [n for n, p in heads.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert missing == []
