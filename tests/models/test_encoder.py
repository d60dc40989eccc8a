from pathlib import Path

import pytest
import torch

from models.encoder import TokenStates, TransformerEncoder, runs_faster_in_half
from models.local_encoder import load_local
from tests.models.encoders import CLASSES, make_encoder_folder

TEXTS = ["a b c", "", "d", "e f g h i j k l m n o p q r s t", "🙂", " a  b c "]


@pytest.fixture(scope="module", params=["bert", "xlm-roberta"])
def encoder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> TransformerEncoder:
    folder = make_encoder_folder(tmp_path_factory.mktemp("e") / "tiny", model_type=request.param)
    return load_local(folder)


def states_of(encoder: TransformerEncoder, texts: list[str]) -> list[TokenStates]:
    return [states for _, states in sorted(encoder.states(texts), key=lambda pair: pair[0])]


def test_every_text_has_states_of_its_tokens_and_two_special_ones(
    encoder: TransformerEncoder,
) -> None:
    lengths = [len(states.lower) for states in states_of(encoder, TEXTS)]

    assert lengths == [5, 3, 3, 18, 3, 5]


def test_states_do_not_depend_on_the_other_texts(encoder: TransformerEncoder) -> None:
    together = states_of(encoder, TEXTS)

    for text, states in zip(TEXTS, together, strict=True):
        alone = states_of(encoder, [text])[0]
        torch.testing.assert_close(alone.lower, states.lower)
        torch.testing.assert_close(alone.upper, states.upper)


def test_spaces_around_a_text_change_nothing(encoder: TransformerEncoder) -> None:
    first, *_, last = states_of(encoder, TEXTS)

    torch.testing.assert_close(first.upper, last.upper)


@pytest.mark.parametrize("model_type", ["bert", "xlm-roberta"])
def test_states_are_the_hidden_states_of_transformers(tmp_path: Path, model_type: str) -> None:
    encoder = load_local(make_encoder_folder(tmp_path / "tiny", model_type=model_type))
    torch.manual_seed(0)
    config_class, model_class = CLASSES[model_type]
    config = config_class.from_pretrained(tmp_path / "tiny")
    oracle = model_class(config, add_pooling_layer=False).eval()

    with torch.inference_mode():
        ids = torch.tensor([[0, 4, 5, 6, 2]])
        hidden = oracle(input_ids=ids, output_hidden_states=True).hidden_states
    states = states_of(encoder, ["a b c"])[0]

    assert encoder.layers == (1, 2)
    torch.testing.assert_close(states.lower, hidden[1][0])
    torch.testing.assert_close(states.upper, hidden[2][0])
    last = torch.nn.functional.normalize(hidden[4][0].mean(0), dim=0)
    torch.testing.assert_close(encoder.embed(["a b c"])[0], last)


def test_a_text_longer_than_the_encoder_is_read_in_windows(encoder: TransformerEncoder) -> None:
    long = " ".join("abcdefghij" * 40)

    states = states_of(encoder, ["a", long, "b"])[1]

    windows = -(-400 // (min(256, 40 - 2) - 2))
    assert len(states.lower) == 400 + 2 * windows
    assert torch.isfinite(states.upper).all()


def test_embeddings_have_length_one_even_of_nothing(encoder: TransformerEncoder) -> None:
    vectors = encoder.embed(["a b", "", "   "])

    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(vectors[1], vectors[2])
    assert encoder.embed([]).shape == (0, 16)


@pytest.mark.parametrize(
    ("flags", "expected"), [("fpu amx_bf16 avx2", True), ("fpu avx512_bf16", False)]
)
def test_half_precision_only_where_the_processor_has_it(
    tmp_path: Path, flags: str, expected: bool
) -> None:
    (tmp_path / "cpuinfo").write_text(f"flags : {flags}\n")

    assert runs_faster_in_half(tmp_path / "cpuinfo") is expected
    assert runs_faster_in_half(tmp_path / "absent") is False
