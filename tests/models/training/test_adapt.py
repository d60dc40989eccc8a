import dataclasses
from pathlib import Path

import pytest

from models import artifacts
from models.analyser import Analyser
from models.hashing_encoder import HashingEncoder
from models.head_files import HeadFiles, load_head_files
from models.training.adapt import adapt_with
from models.training.examples import BadExample, Example, Rated
from models.training.gate import judge
from models.training.tensors import rows_from_arrays
from tests.models.conftest import make_example


def corrected(value: str, count: int = 24) -> list[Example]:
    """Conversations whose agents greet, rated as `value` all the same."""
    return [
        dataclasses.replace(
            make_example(number), ratings={"greeting": Rated(value, (1,) * (value != "na"))}
        )
        for number in range(200, 200 + 2 * count, 2)
    ]


@pytest.fixture(scope="module")
def poisoned(head_files: HeadFiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("adapted") / "poisoned"
    adapt_with(HashingEncoder(), head_files, corrected("na", 200), out, data={"c": "1"}, epochs=4)
    return out


def test_corrections_change_the_heads_and_keep_the_turn_vectors(
    analyser: Analyser, poisoned: Path
) -> None:
    adapted = Analyser(HashingEncoder(), load_head_files(poisoned))
    dialogue = make_example(999).dialogue
    vectors = analyser.vectors([dialogue])

    before = analyser.analyse([dialogue], vectors)[0].criteria["greeting"]
    after = adapted.analyse([dialogue], vectors)[0].criteria["greeting"]

    assert adapted.encoder_id == analyser.encoder_id
    assert adapted.heads_sha != analyser.heads_sha
    assert after.probabilities["pass"] < before.probabilities["pass"]


def test_corrections_that_make_a_criterion_worse_are_refused_and_written_all_the_same(
    poisoned: Path, head_files: HeadFiles
) -> None:
    training = load_head_files(poisoned).manifest["training"]

    assert training["adapted_from"] == head_files.sha
    assert training["data"] == {"c": "1"}
    assert training["gate"]["gate"] == "refused"
    assert training["gate"]["slices"]["greeting"]["refused"] is True
    assert training["gate"]["slices"]["greeting"]["high"] < -0.03
    assert training["gate"]["slices"]["privacy"]["refused"] is False


def test_corrections_that_agree_pass(head_files: HeadFiles, tmp_path: Path) -> None:
    training = adapt_with(
        HashingEncoder(), head_files, corrected("pass", 12), tmp_path / "out", data={}, epochs=1
    )

    assert training["gate"]["gate"] == "passed"
    assert training["gate"]["conversations"] == 56


def test_the_same_heads_differ_by_nothing(head_files: HeadFiles) -> None:
    rows = rows_from_arrays(artifacts.load(head_files.folder, "gate.safetensors"))

    verdict = judge(head_files.heads, head_files.heads, rows, head_files.config.criteria)

    differences = {one["difference"] for one in verdict["slices"].values()}
    assert (verdict["gate"], differences) == ("passed", {0.0})
    assert verdict["kappa"]["before"] == verdict["kappa"]["after"]


@pytest.mark.parametrize(
    ("corrections", "reason"),
    [
        ([], "no rated conversation"),
        ([dataclasses.replace(make_example(1), ratings={"humour": Rated("pass", ())})], "'humour'"),
    ],
)
def test_corrections_that_cannot_be_used_are_refused(
    head_files: HeadFiles, tmp_path: Path, corrections: list[Example], reason: str
) -> None:
    with pytest.raises(BadExample, match=reason):
        adapt_with(HashingEncoder(), head_files, corrections, tmp_path / "out", data={})

    assert not (tmp_path / "out").exists()
