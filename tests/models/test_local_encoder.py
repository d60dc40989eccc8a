import json
import socket
from pathlib import Path
from typing import NoReturn

import pytest
import torch

from models.encoder import TransformerEncoder
from models.local_encoder import RefusedEncoder, load_local
from tests.models.encoders import CLASSES, make_encoder_folder

TEXTS = ["a b c", "", "d", "e f g h i j k l m n o p q r s t", "x " * 90, "🙂", " a  b c "]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_encoder_folder(tmp_path / "operators")


def change_config(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


def test_a_name_of_a_hub_is_not_looked_up() -> None:
    with pytest.raises(RefusedEncoder, match="names of a model hub are not looked up"):
        load_local(Path("intfloat/multilingual-e5-small"))


def test_a_folder_with_code_is_refused_and_the_code_does_not_run(folder: Path) -> None:
    marker = folder / "ran"
    (folder / "nested").mkdir()
    (folder / "nested" / "modeling_x.py").write_text(f"open({str(marker)!r}, 'w')")

    with pytest.raises(RefusedEncoder, match=r"brings code \(modeling_x\.py\)"):
        load_local(folder)

    assert not marker.exists()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"auto_map": {"AutoModel": "modeling_x.X"}}, "auto_map"),
        ({"model_type": "gpt2"}, "of type 'gpt2'; we load bert, xlm-roberta"),
        ({"num_hidden_layers": 4000}, "num_hidden_layers must be between 1 and 48"),
        ({"hidden_size": "16"}, "hidden_size must be between"),
        ({"num_attention_heads": 3}, "no multiple"),
        ({"hidden_size": 32}, r"is of shape \(28, 16\)|is of shape \(32, 16\)"),
        ({"num_hidden_layers": 5}, "is missing"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(
    folder: Path, changes: dict[str, object], reason: str
) -> None:
    change_config(folder, **changes)

    with pytest.raises(RefusedEncoder, match=reason):
        load_local(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_or_unreadable_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"nonsense")
    with pytest.raises(RefusedEncoder, match=name.partition(".")[0]):
        load_local(folder)

    (folder / name).unlink()
    with pytest.raises(RefusedEncoder, match="holds no"):
        load_local(folder)


def test_pickled_weights_are_not_read(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    with pytest.raises(RefusedEncoder, match=r"holds no \*\.safetensors"):
        load_local(folder)


def test_a_task_models_prefix_is_taken_off(tmp_path: Path) -> None:
    plain = load_local(make_encoder_folder(tmp_path / "one"))
    prefixed = load_local(make_encoder_folder(tmp_path / "two", prefix="bert."))

    assert plain.embed(["a b"]).tolist() == prefixed.embed(["a b"]).tolist()


def test_the_sha_names_the_weights(tmp_path: Path) -> None:
    one = load_local(make_encoder_folder(tmp_path / "a"))
    same = load_local(make_encoder_folder(tmp_path / "b"))
    other = load_local(make_encoder_folder(tmp_path / "c", seed=1))

    assert one.sha == same.sha
    assert one.sha != other.sha


def test_pooling_and_prefix_of_sentence_transformers_are_kept(folder: Path) -> None:
    mean = load_local(folder)
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    (folder / "config_sentence_transformers.json").write_text('{"prompts": {"query": "q : "}}')
    first = load_local(folder)

    assert mean.embed(["q : a"]).tolist() != first.embed(["a"]).tolist()
    (states,) = [states for _, states in first.states(["q : a"])]
    assert states.lower.shape == (5, 16)


def write_pooling(folder: Path, config: dict[str, object]) -> None:
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize("model_type", sorted(CLASSES))
@pytest.mark.parametrize(
    "pooling", [{"pooling_mode": "mean"}, {"pooling_mode": "cls"}, {"pooling_mode_cls_token": True}]
)
def test_sentence_transformers_gives_the_vectors_of_our_own_pooling(
    tmp_path: Path, model_type: str, pooling: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the network is asked")

    folder = make_encoder_folder(tmp_path / "operators", model_type=model_type, spread=0.2)
    write_pooling(folder, pooling)
    (folder / "config_sentence_transformers.json").write_text('{"prompts": {"query": "q : "}}')
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr("models.encoder.runs_faster_in_half", lambda: False)  # exact everywhere
    encoder = load_local(folder)

    through = encoder.embed(TEXTS)
    own = TransformerEncoder.embed(encoder, TEXTS)

    assert through.shape == (len(TEXTS), 16)
    assert through.dtype == torch.float32
    assert float((through * own).sum(1).min()) >= 0.9999
    assert float((through[0] * own[3]).sum()) < 0.99  # another text is told apart
    write_pooling(folder, {"pooling_mode": "cls" if "mean" in pooling.values() else "mean"})
    assert float((through * load_local(folder).embed(TEXTS)).sum(1).max()) < 0.99


def test_modes_that_we_do_not_pool_ourselves_are_those_of_the_folder(folder: Path) -> None:
    mean = load_local(folder).embed(["a b c"])
    write_pooling(folder, {"pooling_mode_max_tokens": True, "pooling_mode_mean_tokens": False})

    assert load_local(folder).embed(["a b c"]).tolist() != mean.tolist()


@pytest.mark.parametrize(
    "pooling",
    [
        {"pooling_mode": "median"},
        {"pooling_mode": ["cls", "mean"]},
        {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True},
    ],
)
def test_a_pooling_that_is_none_of_the_known_is_refused(
    folder: Path, pooling: dict[str, object]
) -> None:
    write_pooling(folder, pooling)

    with pytest.raises(RefusedEncoder, match="pooling must be one of cls, max, mean"):
        load_local(folder)


def test_no_text_is_no_vector(folder: Path) -> None:
    assert load_local(folder).embed([]).shape == (0, 16)
