import torch

from models.encoder import TokenStates
from models.trunk import Tokens, Trunk, pack


def some_states(*lengths: int) -> list[TokenStates]:
    torch.manual_seed(0)
    return [TokenStates(torch.randn(n, 6), torch.randn(n, 6)) for n in lengths]


def make_trunk() -> Trunk:
    torch.manual_seed(1)
    return Trunk(6, 3, narrow=5, wide=4).eval()


def test_a_vector_does_not_depend_on_the_texts_beside_it() -> None:
    trunk, states = make_trunk(), some_states(4, 1, 9)

    together = trunk(pack(states))

    assert together.shape == (3, 2 * 9 + 3 + 6)
    for row, one in zip(together, states, strict=True):
        torch.testing.assert_close(trunk(pack([one]))[0], row)


def test_the_last_part_is_the_mean_of_the_upper_states() -> None:
    states = some_states(4)

    torch.testing.assert_close(make_trunk()(pack(states))[0, -6:], states[0].upper.mean(0))


def test_order_of_words_matters() -> None:
    trunk, (states,) = make_trunk(), some_states(5)
    backwards = TokenStates(states.lower.flip(0), states.upper.flip(0))

    there, back = trunk(pack([states])), trunk(pack([backwards]))

    assert not torch.allclose(there[:, :18], back[:, :18])
    torch.testing.assert_close(there[:, -6:], back[:, -6:])


def test_every_tensor_gets_a_gradient() -> None:
    trunk = make_trunk().train()

    trunk(pack(some_states(4, 2))).square().sum().backward()

    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in trunk.parameters())


def test_states_may_be_half_precision() -> None:
    tokens = pack(some_states(4))
    halved = Tokens(tokens.states.half(), tokens.text, tokens.texts)

    assert make_trunk()(halved).dtype == torch.float32
