import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from models.hashing_encoder import HashingEncoder
from models.head_files import HeadFiles
from models.metrics import kappa
from models.training.crossfit import Answers, HeldOut, figures, temperatures
from models.training.examples import BadExample, Example
from models.training.gate import values
from models.training.shape import config_for
from models.training.train import Recipe, Trained, spread, train, train_with
from tests.models.conftest import SIZES, make_example


def test_training_twice_with_one_seed_gives_the_same_network(examples: list[Example]) -> None:
    made = [
        train_with(HashingEncoder(), examples[:16], [], recipe=Recipe(seed, 1, folds=0), **SIZES)
        for seed in (3, 3, 4)
    ]
    one, same, other = [m.network.state_dict()["heads.rating"].tolist() for m in made]

    assert one == same
    assert one != other


def test_what_can_be_learnt_is_learnt(trained: Trained) -> None:
    truth = [int(row.labels.ratings[0, 0]) for row in trained.gate]  # never trained on

    assert kappa(truth, values(trained.network.heads, trained.gate)[:, 0]) > 0.9
    assert trained.facts["cross_fitted"]["kappa"]["greeting"] > 0.3  # of half of the examples
    assert trained.facts["cross_fitted"]["conversations"] == 64


def test_the_shape_comes_from_the_examples(trained: Trained, examples: list[Example]) -> None:
    config = trained.config

    assert config.criteria == ("greeting", "privacy")
    assert config.disabled == {
        "greeting": ("partial", "na"),
        "privacy": ("pass", "partial"),
    }
    assert config.acts == ("agent:greet", "customer:issue", "customer:thank")
    assert (config.topics, config.no_topic) == (("delivery", "other"), "other")
    assert (config.languages, config.channels) == (("en", "pl"), ("chat",))


def test_a_scorecard_gives_order_and_levels(tmp_path: Path, examples: list[Example]) -> None:
    card = {
        "criteria": [
            {"key": "privacy", "levels": ["pass", "fail", "na"]},
            {"key": "greeting", "levels": ["pass", "partial", "fail", "na"]},
        ]
    }
    (tmp_path / "1.yaml").write_text(yaml.safe_dump(card))

    config = config_for(
        examples[:10], HashingEncoder(), layers=(0, 0), scorecard=tmp_path / "1.yaml"
    )

    assert config.criteria == ("privacy", "greeting")
    assert config.disabled == {"privacy": ("partial",)}


def test_few_ratings_bar_no_value(examples: list[Example]) -> None:
    assert config_for(examples[:10], HashingEncoder(), layers=(0, 0)).disabled == {}


def test_training_needs_ratings_and_topics() -> None:
    with pytest.raises(BadExample, match="rated conversations with a topic"):
        config_for([], HashingEncoder(), layers=(0, 0))


def test_a_conversation_may_not_be_trained_on_and_judged_by(tmp_path: Path) -> None:
    line = {"id": "a", "turns": [["A", "hi"]], "ratings": {}}
    for name in ("train.jsonl", "gate.jsonl"):
        (tmp_path / name).write_text(json.dumps(line))

    with pytest.raises(BadExample, match="in the training and in the gate file"):
        train(
            tmp_path / "out",
            data_files=[tmp_path / "train.jsonl"],
            gate_file=tmp_path / "gate.jsonl",
        )


def test_the_manifest_says_how_the_heads_were_made(head_files: HeadFiles) -> None:
    training = head_files.manifest["training"]

    assert (training["examples"], training["seed"], training["folds"]) == (64, 0, 2)
    assert training["data"] == {"examples": "0"}
    assert sorted(training["versions"]) == [
        "numpy", "safetensors", "tokenizers", "torch", "transformers",
    ]  # fmt: skip


def test_temperatures_and_figures_come_from_held_out_answers(trained: Trained) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 4, 4000)
    logits = 6 * (np.eye(4)[labels] + random.normal(0, 1, (4000, 4)))
    sure = Answers(logits, labels)
    answers = HeldOut((sure, sure), sure, sure, Answers(logits[:, 0], labels == 0), sure)

    fitted = temperatures(answers)
    found = figures(answers, trained.config, fitted)

    assert fitted.criteria[0] == pytest.approx(6, rel=0.1)
    assert fitted.sentiment == fitted.criteria[0]
    kappas, error = found["kappa"], found["calibration_error"]
    assert isinstance(error, float)
    assert error < 0.03
    assert isinstance(kappas, dict)
    assert found["mean_kappa"] == kappas["greeting"]


def test_replay_is_spread_over_the_languages() -> None:
    examples = [
        make_example(i, language=language) for language in ("en", "pl", "ru") for i in range(20)
    ]

    chosen = spread(examples, 6)

    assert [e.dialogue.language for e in chosen] == ["en", "en", "pl", "pl", "ru", "ru"]
    assert spread(examples[:4], 6) == sorted(examples[:4], key=lambda e: e.id)
