import json
from pathlib import Path

import numpy as np
import pytest

from models import artifacts
from models.artifacts import WeightsDamaged


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    matrix = np.asfortranarray(np.arange(12, dtype=np.float32).reshape(3, 4))
    artifacts.save(tmp_path, {"a.safetensors": {"matrix": matrix}}, {"name": "a"})
    return tmp_path


def test_what_is_saved_is_loaded_in_any_memory_order(folder: Path) -> None:
    manifest = artifacts.verify(folder)

    assert manifest["name"] == "a"
    loaded = artifacts.load(folder, "a.safetensors")["matrix"]
    assert loaded.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert sorted(path.name for path in folder.iterdir()) == ["a.safetensors", "manifest.json"]


def test_another_user_may_read_the_weights(folder: Path) -> None:
    assert (folder / "a.safetensors").stat().st_mode & 0o777 == 0o644


def test_one_flipped_bit_is_refused(folder: Path) -> None:
    path = folder / "a.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    actual, expected = artifacts.sha256_of(path), artifacts.read_manifest(folder)["files"]

    with pytest.raises(WeightsDamaged) as refusal:
        artifacts.verify(folder)

    assert str(refusal.value) == (
        f"a.safetensors: sha256 is {actual[:8]}…, the manifest says "
        f"{expected['a.safetensors'][:8]}…. Scoring is off; reviewing works. "
        "Install the model again, or run: afterword doctor"
    )
    assert refusal.value.code == "MOD-002"


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "a.safetensors").unlink()

    with pytest.raises(WeightsDamaged, match=r"^a\.safetensors: it is missing\."):
        artifacts.verify(folder)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "it is missing or not JSON"),
        ("[]", "it names no files"),
        ('{"files": []}', "it names no files"),
        (json.dumps({"files": {"../secret": "0"}}), "it names files of other folders"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(folder: Path, text: str, reason: str) -> None:
    (folder / "manifest.json").write_text(text)

    with pytest.raises(WeightsDamaged, match=reason):
        artifacts.verify(folder)


def test_a_file_that_is_not_safetensors_is_refused(folder: Path) -> None:
    (folder / "a.safetensors").write_bytes(b"nonsense")

    with pytest.raises(WeightsDamaged, match="safetensors cannot read it"):
        artifacts.load(folder, "a.safetensors")


def test_the_sha_of_files_does_not_depend_on_their_order() -> None:
    one, two = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}

    assert artifacts.files_sha(one) == artifacts.files_sha(two)
    assert artifacts.files_sha(one) != artifacts.files_sha({"a": "2", "b": "1"})
