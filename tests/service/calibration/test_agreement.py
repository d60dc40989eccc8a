"""Agreement against published worked examples, and what must hold for any ratings."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from service.calibration.agreement import (
    CLASSES,
    LEVELS,
    Unit,
    agreement,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    nominal_alpha,
    ordinal_alpha,
    percent_agreement,
    tally,
)

# Krippendorff 2011, section D: four observers, twelve units, a dot is missing. Gwet's package
# irrCAC carries the same ratings as cac.raw4raters.
OBSERVERS = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
# Fleiss 1971, as often reprinted: fourteen raters, ten subjects, five classes.
FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


@st.composite
def rated_units(draw: st.DrawFn) -> list[Unit]:
    raters = draw(st.integers(2, 4))
    rows = draw(
        st.lists(
            st.lists(st.sampled_from([*CLASSES, ""]), min_size=raters, max_size=raters),
            min_size=1,
            max_size=9,
        )
    )
    return [
        Unit(f"{n:02}", {str(rater): value for rater, value in enumerate(row) if value})
        for n, row in enumerate(rows)
    ]


def observed() -> list[Unit]:
    return [
        Unit(f"{n:02}", {str(o): row[n] for o, row in enumerate(OBSERVERS) if row[n] != "."})
        for n in range(12)
    ]


def test_four_observers_agree_as_krippendorff_and_gwet_published() -> None:
    counts, once = tally(observed(), "12345"), np.ones((1, 12))

    found = {
        measure.__name__: round(measure(counts, once).item(), 5)
        for measure in (percent_agreement, fleiss_kappa, gwet_ac1, nominal_alpha)
    }

    assert found == {
        "percent_agreement": 0.81818,
        "fleiss_kappa": 0.76117,
        "gwet_ac1": 0.77544,
        "nominal_alpha": 0.74342,
    }
    assert round(ordinal_alpha(counts, once).item(), 3) == 0.815


def test_fleiss_kappa_of_his_own_example() -> None:
    kappa = fleiss_kappa(np.array(FLEISS, dtype=float), np.ones((1, 10)))

    assert round(kappa.item(), 3) == 0.210


@settings(max_examples=30)
@given(rated_units())
def test_nominal_alpha_agrees_with_counting_every_pair(units: list[Unit]) -> None:
    pooled = [v for u in units if len(u.values) >= 2 for v in u.values.values()]
    within = sum(
        sum(2 * (a != b) for a, b in combinations(u.values.values(), 2)) / (len(u.values) - 1)
        for u in units
        if len(u.values) >= 2
    )
    across = sum(2 * (a != b) for a, b in combinations(pooled, 2))

    found = nominal_alpha(tally(units), np.ones((1, len(units)))).item()

    expected = 1 - (len(pooled) - 1) * within / across if across else float("nan")
    assert found == pytest.approx(expected, nan_ok=True)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), min_size=1))
def test_cohen_kappa_takes_na_as_a_class_like_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    units = [Unit(f"{n:02}", {"a": a, "b": b}) for n, (a, b) in enumerate(pairs)]

    found = cohen_kappa(units, "a", "b", draws=5)

    if len({value for pair in pairs for value in pair}) == 1:
        assert found is None
    else:
        assert found is not None
        assert found.value == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)))
        assert found.n == len(pairs)


def test_cohen_kappa_counts_an_audit_as_often_as_it_stands_for() -> None:
    rare = [Unit("1", {"a": "pass", "b": "fail"}, weight=3), Unit("2", {"a": "fail", "b": "fail"})]
    often = [Unit(str(n), {"a": "pass", "b": "fail"}) for n in range(3)] + [rare[1]]
    more = [Unit("7", {"a": "pass", "b": "pass"})]

    weighted = cohen_kappa(rare + more, "a", "b", draws=5)
    repeated = cohen_kappa(often + more, "a", "b", draws=5)

    assert weighted is not None
    assert repeated is not None
    assert weighted.value == pytest.approx(repeated.value)
    assert (weighted.n, repeated.n) == (3, 5)


@settings(max_examples=30)
@given(rated_units(), st.data())
def test_agreement_does_not_depend_on_the_order_of_rows(
    units: list[Unit], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(units))

    assert agreement(shuffled, draws=20) == agreement(units, draws=20)


@settings(max_examples=30)
@given(rated_units())
def test_agreement_keeps_its_bounds(units: list[Unit]) -> None:
    found = agreement(units, draws=20)

    assert all(estimate.value <= 1 + 1e-12 for estimate in found.values())
    assert "gwet_ac1" not in found or found["gwet_ac1"].value >= -1
    if "percent_agreement" in found:
        assert 0 <= found["percent_agreement"].low <= found["percent_agreement"].high <= 1


def test_everyone_of_one_mind_defines_only_what_does_not_divide_by_chance() -> None:
    alike = [Unit(str(n), {"a": "pass", "b": "pass"}) for n in range(4)]

    found = agreement(alike, draws=20)

    assert {key: estimate.value for key, estimate in found.items()} == {
        "percent_agreement": 1,
        "gwet_ac1": 1,
    }


def test_nothing_rated_twice_defines_nothing() -> None:
    assert agreement([Unit("1", {"a": "pass"})], draws=20) == {}
    assert agreement([], draws=20) == {}
    assert cohen_kappa([Unit("1", {"a": "pass"})], "a", "b", draws=20) is None


def test_na_is_a_class_except_for_the_ordinal_alpha() -> None:
    units = [
        Unit("1", {"a": "pass", "b": "pass", "c": "na"}),
        Unit("2", {"a": "fail", "b": "fail", "c": "fail"}),
    ]

    found = agreement(units, draws=20)

    assert found["ordinal_alpha"].value == 1
    assert found["percent_agreement"].value == pytest.approx((1 / 3 + 1) / 2)
    assert tally(units, LEVELS).tolist() == [[0, 0, 2], [3, 0, 0]]


def test_units_of_one_conversation_are_drawn_together() -> None:
    # Two conversations, one of one mind and one not: a draw is all, half or nothing.
    units = [Unit(f"a{n}", {"x": "pass", "y": "pass"}, group="a") for n in range(20)]
    units += [Unit(f"b{n}", {"x": "pass", "y": "fail"}, group="b") for n in range(20)]

    percent = agreement(units, draws=400)["percent_agreement"]

    assert (percent.low, percent.value, percent.high) == (0, 0.5, 1)
