"""A folder of heads: what training writes and the analyser reads.

trunk.safetensors     float16; with the encoder it makes the turn vectors
heads.safetensors     float16; everything that runs on turn vectors
centring.safetensors  float32; the mean of `embed` per language
replay.safetensors    vectors and labels of training conversations, so that adapting the
heads to corrections forgets nothing (without text)
gate.safetensors      the same of conversations never trained on, to judge new heads by
manifest.json         shape and names, temperatures, how it was trained, sha256 of each file
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch
from torch import nn

from models import artifacts
from models.centring import Centring
from models.encoder import Encoder
from models.heads import Heads
from models.heads_config import HeadsConfig
from models.temperature import Temperatures
from models.trunk import Trunk

FORMAT = 1
REPLAY_ROWS, GATE_ROWS = "replay.safetensors", "gate.safetensors"
TRUNK, HEADS, CENTRING = "trunk.safetensors", "heads.safetensors", "centring.safetensors"


@dataclass(frozen=True, slots=True)
class HeadFiles:
    """A version of the heads, in memory.

    Attributes:
        folder: where it lies, for messages.
        sha: sha256 of its manifest.
        trunk_sha: sha256 of its trunk file.
        number: format of the folder, part of the version.
        manifest: all of it, with `training` saying how it was made.
    """

    folder: Path
    sha: str
    trunk_sha: str
    number: int
    config: HeadsConfig
    trunk: Trunk
    heads: Heads
    temperatures: Temperatures
    centring: Centring
    manifest: Mapping[str, Any]

    def check(self, encoder: Encoder) -> None:
        """Refuse an encoder that the heads were not trained on; raises EncoderMismatch."""
        if self.config.encoder_sha == encoder.sha:
            return
        raise artifacts.EncoderMismatch(
            f"The heads in {self.folder.name} were trained for the encoder "
            f"{self.config.encoder} (sha256 {self.config.encoder_sha[:8]}…), but the encoder at "
            f"hand is {encoder.name} (sha256 {encoder.sha[:8]}…). Use that encoder, or train "
            "heads for this one: afterword train --encoder FOLDER --out FOLDER"
        )


def save_head_files(
    folder: Path,
    *,
    config: HeadsConfig,
    trunk: Trunk,
    heads: Heads,
    temperatures: Temperatures,
    centring: Centring,
    kept: Mapping[str, Mapping[str, npt.NDArray[Any]]],
    training: Mapping[str, Any],
) -> None:
    """Write a folder of heads, the manifest last; `kept` is further files of arrays."""
    artifacts.save(
        folder,
        {
            TRUNK: _tensors(trunk),
            HEADS: _tensors(heads),
            CENTRING: centring.means,
            **kept,
        },
        {
            "format": FORMAT,
            "config": config.to_json(),
            "temperatures": temperatures.to_json(),
            "training": training,
        },
    )


def load_head_files(folder: Path) -> HeadFiles:
    """Check and read a folder of heads.

    Raises:
        WeightsDamaged: a file is missing or is not the one the manifest names, or the manifest
            describes other heads than the files hold.
    """
    manifest = artifacts.verify(folder)
    try:
        config = HeadsConfig.from_json(manifest["config"])
        trunk = Trunk(config.hidden, len(config.acts), narrow=config.narrow, wide=config.wide)
        heads = Heads(config)
        _fill(trunk, folder, TRUNK)
        _fill(heads, folder, HEADS)
        temperatures = Temperatures.from_json(manifest["temperatures"])
        centring = Centring(artifacts.load(folder, CENTRING))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise artifacts.WeightsDamaged(
            f"{folder.name}: the manifest and the files do not fit each other. Scoring is off; "
            "reviewing works. Install the model again, or run: afterword doctor"
        ) from error
    return HeadFiles(
        folder=folder,
        sha=artifacts.manifest_sha(folder),
        trunk_sha=manifest["files"][TRUNK],
        number=manifest["format"],
        config=config,
        trunk=trunk.eval(),
        heads=heads.eval(),
        temperatures=temperatures,
        centring=centring,
        manifest=manifest,
    )


def _tensors(module: nn.Module) -> dict[str, Any]:
    return {name: tensor.half().numpy() for name, tensor in module.state_dict().items()}


def _fill(module: nn.Module, folder: Path, name: str) -> None:
    tensors = artifacts.load(folder, name)
    module.load_state_dict({key: torch.from_numpy(t).float() for key, t in tensors.items()})
