"""Models without weights to load: words by their hash, heads drawn from a seed. Fast, repeatable."""

from pathlib import Path

import numpy as np
import torch

from models.analyser import Analyser
from models.centring import Centring
from models.hashing_encoder import HashingEncoder
from models.head_files import load_head_files, save_head_files
from models.heads import Heads
from models.heads_config import HeadsConfig
from models.temperature import Temperatures
from models.trunk import Trunk
from service.config import Settings
from service.scoring.scorer import Scorer

HIDDEN = 16


def make_analyser(folder: Path, *, seed: int = 1) -> Analyser:
    """Return an analyser of the criteria of Standard 12; the seed decides what it says."""
    encoder = HashingEncoder(HIDDEN)
    config = HeadsConfig(
        criteria=(
            "greeting", "discovery", "understanding", "solution", "plan", "empathy",
            "clarity", "courtesy", "escalation", "closing", "data_protection", "complaint",
        ),
        disabled={"data_protection": ("partial",)},
        acts=("agent:greet", "agent:close", "customer:issue"),
        topics=("delivery", "billing", "other"),
        no_topic="other",
        channels=("chat", "email", "call"),
        languages=("en", "pl", "ru"),
        encoder=encoder.name,
        encoder_sha=encoder.sha,
        hidden=HIDDEN,
        layers=encoder.layers,
        narrow=8,
        wide=8,
        context=8,
    )  # fmt: skip
    torch.manual_seed(1)
    trunk = Trunk(HIDDEN, len(config.acts), narrow=config.narrow, wide=config.wide)
    torch.manual_seed(seed)
    save_head_files(
        folder,
        config=config,
        trunk=trunk,
        heads=Heads(config),
        temperatures=Temperatures((1.0,) * len(config.criteria)),
        centring=Centring({"und": np.zeros(HIDDEN, dtype=np.float32)}),
        kept={},
        training={"seed": seed},
    )
    return Analyser(encoder, load_head_files(folder))


def make_scorer(settings: Settings, *, seed: int = 1) -> Scorer:
    """Return a scorer over such an analyser; its files lie in the settings' data folder."""
    folder = settings.data_dir / f"heads-{seed}"
    return Scorer(settings, load=lambda: make_analyser(folder, seed=seed))
