import json
from pathlib import Path

import pytest

from models.local_encoder import RefusedEncoder, load_local
from tests.models.encoders import make_encoder_folder


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
