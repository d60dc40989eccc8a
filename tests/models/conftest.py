"""Tiny seeded networks over a hashing encoder: everything real but the size."""

from pathlib import Path
from typing import TypedDict

import pytest
import torch

from models.analyser import Analyser
from models.hashing_encoder import HashingEncoder
from models.head_files import HeadFiles, load_head_files
from models.training.examples import Example, Rated
from models.training.train import Recipe, Trained, train_with
from models.types import Dialogue, Turn


class Sizes(TypedDict):
    narrow: int
    wide: int
    context: int


SIZES: Sizes = {"narrow": 16, "wide": 8, "context": 16}


def make_example(number: int, *, greets: bool = True, language: str = "en") -> Example:
    """A conversation of three turns whose agent greets or does not; all else is alike."""
    opening = "hello this is anna" if greets else "what now"
    return Example(
        id=f"{language}-{number}",
        dialogue=Dialogue(
            channel="chat",
            language=language,
            turns=(
                Turn("customer", f"my parcel number {number} is late"),
                Turn("agent", f"{opening} i will look at {number}"),
                Turn("customer", "thank you" if greets else "this is awful"),
            ),
        ),
        ratings={
            "greeting": Rated("pass", (1,)) if greets else Rated("fail", ()),
            "privacy": Rated("na", ()) if number % 2 else Rated("fail", (1,)),
        },
        sentiment={0: "neutral", 2: "positive" if greets else "negative"},
        acts={0: ("issue",), 1: ("greet",) if greets else (), 2: ("thank",) if greets else ()},
        resolved="yes" if greets else "no",
        risk=not greets,
        topic="delivery" if number % 3 else "other",
    )


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    return [
        make_example(number, greets=number % 2 == 0, language=language)
        for language in ("en", "pl")
        for number in range(32)
    ]


@pytest.fixture(scope="session")
def trained(examples: list[Example]) -> Trained:
    torch.set_num_threads(1)
    held = [make_example(number, greets=number % 2 == 0) for number in range(100, 156)]
    return train_with(
        HashingEncoder(), examples, held, recipe=Recipe(epochs=12, folds=2, checked=2), **SIZES
    )


@pytest.fixture(scope="session")
def heads_folder(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("heads") / "tiny"
    trained.save(folder, {"examples": "0"})
    return folder


@pytest.fixture(scope="session")
def head_files(heads_folder: Path) -> HeadFiles:
    return load_head_files(heads_folder)


@pytest.fixture(scope="session")
def analyser(head_files: HeadFiles) -> Analyser:
    return Analyser(HashingEncoder(), head_files)
