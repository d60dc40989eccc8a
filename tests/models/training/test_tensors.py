from collections.abc import Iterable
from typing import Any

import torch

from models.training.tensors import join, row, rows_from_arrays, rows_to_arrays, targets
from tests.models.conftest import make_example
from tests.models.test_heads import CONFIG


def test_labels_lie_where_they_belong() -> None:
    labels = targets([make_example(0), make_example(1, greets=False)], CONFIG)

    assert labels.ratings.tolist() == [[0, 2], [2, 3]]
    assert labels.evidence.int().tolist() == [
        [[0, 1, 0], [0, 1, 0]],
        [[0, 0, 0], [0, 0, 0]],
    ]
    assert labels.found.tolist() == [[-1, 1], [0, -1]]
    assert labels.sentiment.tolist() == [[1, -1, 2], [1, -1, 0]]
    assert labels.acts[0].tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 0]]
    assert labels.tagged.all()
    assert (labels.resolved.tolist(), labels.risk.tolist()) == ([0, 2], [0, 1])
    assert labels.topic.tolist() == [1, 0]


def test_rows_survive_being_kept() -> None:
    torch.manual_seed(0)
    examples = [make_example(0), make_example(1, greets=False)]
    vectors = [torch.randn(3, CONFIG.dimension).half() for _ in examples]
    rows = [row(e, v, CONFIG) for e, v in zip(examples, vectors, strict=True)]

    back = rows_from_arrays(rows_to_arrays(rows))

    pairs: Iterable[tuple[Any, Any]] = zip(join(rows), join(back), strict=True)
    for one, other in pairs:
        for name in one.__dataclass_fields__:
            expected, actual = getattr(one, name), getattr(other, name)
            torch.testing.assert_close(actual.float(), expected.float(), msg=name)
            assert actual.dtype == (torch.float32 if name == "vectors" else expected.dtype)


def test_rows_of_different_length_are_padded_with_nothing() -> None:
    short = make_example(0)
    torch.manual_seed(0)
    one = row(short, torch.randn(3, CONFIG.dimension), CONFIG)
    turns = one.turns
    cut = type(turns)(
        turns.vectors[:, :2], turns.speakers[:, :2], turns.lengths - 1, turns.channels
    )
    labels = {name: getattr(one.labels, name) for name in one.labels.__dataclass_fields__} | {
        "evidence": one.labels.evidence[:, :, :2],
        "sentiment": one.labels.sentiment[:, :2],
        "acts": one.labels.acts[:, :2],
        "tagged": one.labels.tagged[:, :2],
    }
    shorter = type(one)(cut, type(one.labels)(**labels))

    batch, joined = join([one, shorter])

    assert batch.real.tolist() == [[True, True, True], [True, True, False]]
    assert (int(batch.speakers[1, 2]), int(joined.sentiment[1, 2])) == (2, -1)
    assert not joined.tagged[1, 2]
    assert batch.vectors[1, 2].abs().sum() == 0
