"""Learned files on disk: safetensors beside a manifest that holds the sha256 of each.

Neither safetensors nor numpy notices a flipped bit; the manifest does. Nothing here reads pickle.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file

MANIFEST = "manifest.json"
READABLE = 0o644


class WeightsDamaged(Exception):
    """A weights file is missing, or is not the one its manifest names."""

    code = "MOD-002"


class EncoderMismatch(Exception):
    """The heads or vectors at hand were made for another encoder."""

    code = "MOD-003"


def sha256_of(path: Path) -> str:
    """Return the hex sha256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(folder: Path) -> dict[str, Any]:
    """Check every file that the manifest of `folder` names, and return the manifest.

    Raises:
        WeightsDamaged: no manifest, a file is missing, or a sha256 differs.
    """
    manifest = read_manifest(folder)
    for name, expected in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise WeightsDamaged(_damage(name, "it is missing"))
        if (actual := sha256_of(path)) != expected:
            said = f"sha256 is {actual[:8]}…, the manifest says {expected[:8]}…"
            raise WeightsDamaged(_damage(name, said))
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of `folder`; raises WeightsDamaged where it cannot be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsDamaged(_damage(MANIFEST, "it is missing or not JSON")) from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise WeightsDamaged(_damage(MANIFEST, "it names no files"))
    if any(Path(name).name != name for name in manifest["files"]):
        raise WeightsDamaged(_damage(MANIFEST, "it names files of other folders"))
    return manifest


def manifest_sha(folder: Path) -> str:
    """Return the sha256 of the manifest: one name for everything in the folder."""
    return sha256_of(folder / MANIFEST)


def files_sha(files: Mapping[str, str]) -> str:
    """Return one sha256 for several files, given the sha256 of each by name."""
    lines = "".join(f"{name}:{sha}\n" for name, sha in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def save(
    folder: Path, files: Mapping[str, Mapping[str, npt.NDArray[Any]]], manifest: Mapping[str, Any]
) -> None:
    """Write tensors and then their manifest, each by a temporary file and a rename.

    Args:
        folder: made if absent.
        files: safetensors file name -> tensor name -> array.
        manifest: what else to remember; `files` with the sha256 is added.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shas = {}
    for name, tensors in files.items():
        # safetensors scrambles arrays that are not C-contiguous (safetensors#825)
        plain = {key: np.ascontiguousarray(array) for key, array in tensors.items()}
        partial = folder / f".{name}.partial"
        save_file(plain, partial)
        partial.chmod(READABLE)  # safetensors makes it the owner's alone; a server is another user
        shas[name] = sha256_of(partial)
        _replace(partial, folder / name)
    partial = folder / f".{MANIFEST}.partial"
    text = json.dumps({**manifest, "files": shas}, ensure_ascii=False, indent=2) + "\n"
    partial.write_text(text, "utf-8")
    _replace(partial, folder / MANIFEST)


def load(folder: Path, name: str) -> dict[str, npt.NDArray[Any]]:
    """Return the tensors of one file; `verify` the folder first.

    Raises:
        WeightsDamaged: safetensors cannot read the file.
    """
    try:
        return load_file(folder / name)
    except Exception as error:  # safetensors raises its own untyped error
        raise WeightsDamaged(_damage(name, "safetensors cannot read it")) from error


def _damage(name: str, what: str) -> str:
    return (
        f"{name}: {what}. Scoring is off; reviewing works. "
        "Install the model again, or run: afterword doctor"
    )


def _replace(partial: Path, path: Path) -> None:
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
