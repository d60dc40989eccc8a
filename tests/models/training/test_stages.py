"""A training that was interrupted goes on where it was, and ends with the same network."""

from pathlib import Path

import pytest

from models.hashing_encoder import HashingEncoder
from models.training.examples import Example
from models.training.loop import Progress
from models.training.stages import Stages, stage_key
from models.training.train import Recipe, Trained, train_with
from tests.models.conftest import SIZES


class Interrupted(Exception):
    """The machine went away."""


def train_some(
    examples: list[Example], stages: Stages, *, seed: int = 0, stop_in: str = ""
) -> tuple[Trained, list[str]]:
    seen: list[str] = []

    def report(progress: Progress) -> None:
        seen.append(progress.stage)
        if progress.stage == stop_in:
            raise Interrupted

    trained = train_with(
        HashingEncoder(), examples[:24], [], recipe=Recipe(seed, 1, 2, 1),
        stages=stages, report=report, **SIZES,
    )  # fmt: skip
    return trained, seen


def rating_of(trained: Trained) -> list[float]:
    found: list[float] = trained.network.state_dict()["heads.rating"].flatten().tolist()
    return found


def test_it_goes_on_after_the_last_finished_network(
    examples: list[Example], tmp_path: Path
) -> None:
    stages = Stages.beside(tmp_path / "heads")
    with pytest.raises(Interrupted):
        train_some(examples, stages, stop_in="train")

    resumed, seen = train_some(examples, stages)

    assert "check" not in seen  # that network was finished
    assert seen.count("train") == 1
    whole, _ = train_some(examples, Stages())
    assert rating_of(resumed) == rating_of(whole)
    assert resumed.temperatures == whole.temperatures


def test_another_seed_starts_anew(examples: list[Example], tmp_path: Path) -> None:
    stages = Stages.beside(tmp_path / "heads")
    train_some(examples, stages)

    _, seen = train_some(examples, stages, seed=1)

    assert (seen.count("check"), seen.count("train")) == (1, 1)


def test_a_written_training_leaves_nothing_behind(examples: list[Example], tmp_path: Path) -> None:
    stages = Stages.beside(tmp_path / "heads")
    train_some(examples, stages)
    assert sorted(path.suffix for path in tmp_path.glob("heads.unfinished/*")) == [
        ".safetensors", ".safetensors",
    ]  # fmt: skip

    stages.forget()

    assert list(tmp_path.iterdir()) == []


def test_every_part_of_the_recipe_is_in_the_key(trained: Trained, examples: list[Example]) -> None:
    config = trained.config
    keys = {
        stage_key(examples, config, seed=0, epochs=1),
        stage_key(examples[1:], config, seed=0, epochs=1),
        stage_key(examples, config, seed=1, epochs=1),
        stage_key(examples, config, seed=0, epochs=2),
    }

    assert len(keys) == 4
    assert stage_key(list(examples), config, seed=0, epochs=1) in keys
