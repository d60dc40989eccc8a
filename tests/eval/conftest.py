"""Conversations with made-up answers, and an analyser whose heads have learnt nothing."""

from pathlib import Path

import numpy as np
import pytest
import torch

from eval.measured import Measured
from models.analyser import Analyser
from models.centring import Centring
from models.hashing_encoder import HashingEncoder
from models.head_files import HeadFiles
from models.heads import Heads
from models.heads_config import HeadsConfig
from models.temperature import Temperatures
from models.training.examples import Example, Rated
from models.trunk import Trunk
from models.types import SENTIMENTS, VALUES, Analysis, CriterionScore, Dialogue, Turn, TurnSentiment

TURNS = (Turn("customer", "my parcel is late"), Turn("agent", "hello"), Turn("agent", "bye"))


@pytest.fixture(scope="session")
def untrained() -> Analyser:
    encoder = HashingEncoder(8)
    config = HeadsConfig(
        criteria=("greeting",), disabled={}, acts=("agent:greet",), topics=("other",),
        no_topic="other", channels=("chat",), languages=("en", "pl", "ru"), encoder=encoder.name,
        encoder_sha=encoder.sha, hidden=8, layers=(0, 0), narrow=4, wide=4, context=8,
    )  # fmt: skip
    torch.manual_seed(0)
    files = HeadFiles(
        folder=Path("untrained"), sha="0" * 64, trunk_sha="0", number=1, config=config,
        trunk=Trunk(8, 1, narrow=4, wide=4), heads=Heads(config),
        temperatures=Temperatures((1.0,)),
        centring=Centring({"und": np.zeros(8, np.float32)}), manifest={},
    )  # fmt: skip
    return Analyser(encoder, files)


def shares(words: tuple[str, ...], value: str, confidence: float) -> dict[str, float]:
    rest = (1 - confidence) / (len(words) - 1)
    return {word: confidence if word == value else rest for word in words}


def make_pair(
    truth: str, said: str, *, mood: str = "neutral", confidence: float = 0.7, shown: int = 1
) -> tuple[Example, Analysis]:
    """A rated conversation, and an analysis that says `said` and shows turn `shown`."""
    example = Example(
        id="x",
        dialogue=Dialogue("chat", "en", TURNS),
        ratings={"greeting": Rated(truth, () if truth == "na" else (1,))},
        sentiment={0: "neutral"},
        resolved="yes",
        risk=truth == "fail",
        topic="delivery" if truth == "pass" else "other",
    )
    score = CriterionScore(
        value=said,
        probabilities=shares(VALUES, said, confidence),
        confidence=confidence,
        evidence=() if said == "na" else (shown,),
        found=True,
    )
    analysis = Analysis(
        criteria={"greeting": score},
        sentiment=(TurnSentiment(0, mood, shares(SENTIMENTS, mood, confidence)),),
        resolved=("yes", {}),
        risk=0.9 if said == "fail" else 0.1,
        topic=("delivery" if said == "pass" else "other", {}),
        acts=({}, {}, {}),
        not_scored=None,
    )
    return example, analysis


@pytest.fixture
def measured(untrained: Analyser) -> Measured:
    """Ten conversations: eight right, one evidence turn of nine missed, one mood wrong."""
    pairs = [
        *[make_pair("pass", "pass") for _ in range(4)],
        *[make_pair("fail", "fail") for _ in range(3)],
        make_pair("na", "na"),
        make_pair("fail", "pass", shown=2),
        make_pair("pass", "fail", mood="negative"),
    ]
    examples, analyses = zip(*pairs, strict=True)
    return Measured("tiny/heads-1", "dev.jsonl", examples, analyses, untrained)
