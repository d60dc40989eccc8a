from dataclasses import fields, replace

import pytest
import torch

from models.heads import HeadOutputs
from models.training.loop import share_of_rate
from models.training.loss import loss, weights
from models.training.tensors import Targets, targets
from tests.models.conftest import make_example
from tests.models.test_heads import CONFIG, make_batch, make_heads


def some_targets() -> Targets:
    return targets([make_example(0), make_example(1, greets=False)], CONFIG)


def some_outputs() -> HeadOutputs:
    with torch.inference_mode():
        outputs: HeadOutputs = make_heads()(make_batch(3, 3, turns=3))
    return outputs


def unlabelled() -> Targets:
    empty = {
        field.name: torch.zeros_like(value)
        if (value := getattr(some_targets(), field.name)).dtype == torch.bool
        else torch.full_like(value, -1)
        for field in fields(Targets)
    }
    return Targets(**empty)


def test_labels_that_are_unknown_add_nothing() -> None:
    outputs = some_outputs()

    assert float(loss(outputs, unlabelled(), weights(some_targets()))) == 0


@pytest.mark.parametrize(
    "name", ["ratings", "evidence", "found", "sentiment", "resolved", "risk", "topic"]
)
def test_each_kind_of_label_is_learnt_from(name: str) -> None:
    outputs = some_outputs()
    known = replace(unlabelled(), **{name: getattr(some_targets(), name)})

    assert float(loss(outputs, known, weights(some_targets()))) > 0


def test_acts_are_learnt_from_tagged_turns_only() -> None:
    outputs = some_outputs()
    labels = some_targets()
    untagged = replace(unlabelled(), acts=labels.acts)
    tagged = replace(untagged, tagged=labels.tagged)

    assert float(loss(outputs, untagged, weights(labels))) == 0
    assert float(loss(outputs, tagged, weights(labels))) > 0


def test_rare_values_count_more_within_bounds() -> None:
    labels = torch.tensor([[0]] * 90 + [[2]] * 10)
    many = replace(some_targets(), ratings=labels)

    (row,) = weights(many).ratings

    assert row.tolist() == pytest.approx([(100 / 4 / 90) ** 0.5, 2, (100 / 4 / 10) ** 0.5, 2])


def test_the_rate_rises_then_falls_and_never_stops() -> None:
    rates = [share_of_rate(step, 100) for step in range(100)]

    assert max(rates) == 1
    assert rates.index(max(rates)) in range(5, 10)
    assert rates[:7] == sorted(rates[:7])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert min(rates[10:]) >= 0.01
