"""Networks that an interrupted training had finished: going on starts from them.

One file per network beside the folder that is to be written. A network is taken up only where
everything it was made of is the same, down to the seed.
"""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import load_file, save_file

from models.heads_config import HeadsConfig
from models.training.examples import Example
from models.training.network import Network


@dataclass(frozen=True, slots=True)
class Stages:
    """Keeps finished networks in a folder until the whole training is done.

    Attributes:
        folder: it need not exist; None keeps nothing.
    """

    folder: Path | None = None

    @classmethod
    def beside(cls, out: Path) -> "Stages":
        """Return the stages of a training that is to write `out`."""
        return cls(out.with_name(f"{out.name}.unfinished"))

    def network(self, key: str, config: HeadsConfig, make: Callable[[], Network]) -> Network:
        """Return the network of a key: the one that was kept, or a new one, which is kept then."""
        if self.folder is None:
            return make()
        path = self.folder / f"{key}.safetensors"
        if path.is_file():
            network = Network(config)
            network.load_state_dict(load_file(path))
            return network.eval()
        network = make()
        self.folder.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        save_file(network.state_dict(), half)
        half.replace(path)  # whole or not at all
        return network

    def forget(self) -> None:
        """Remove what was kept: the training is written."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def stage_key(examples: Sequence[Example], config: HeadsConfig, *, seed: int, epochs: int) -> str:
    """Return a name for the network that these would make: 32 hex digits."""
    made_of = repr((list(examples), config, seed, epochs))
    return hashlib.sha256(made_of.encode()).hexdigest()[:32]
