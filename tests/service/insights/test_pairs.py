from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from service.insights.pairs import Mark, holm, pair_biases

REVIEWERS, AGENTS = ("ann", "bob", "cy"), ("x", "y", "z")


def marks_of(random: np.random.Generator, *, n: int = 15, favour: float = 0) -> list[Mark]:
    """Return marks of strict and lenient reviewers for good and bad agents; ann may favour x."""
    strict = dict(zip(REVIEWERS, (-0.2, 0, 0.2), strict=True))
    good = dict(zip(AGENTS, (0.1, 0, -0.3), strict=True))
    return [
        Mark(r, a, strict[r] + good[a] + favour * ((r, a) == ("ann", "x")) + float(noise))
        for r in REVIEWERS
        for a in AGENTS
        for noise in random.normal(0, 0.3, n)
    ]


def test_holm_refuses_by_his_steps() -> None:
    # of four at 5 %: 0.0125, 0.0167, 0.025, 0.05
    assert holm([0.03, 0.001, 0.016, 0.2]) == [False, True, True, False]
    assert holm([0.02, 0.02, 0.02]) == [False] * 3
    assert holm([]) == []
    assert holm([0.05]) == [True]


def test_of_two_by_two_a_bias_is_the_difference_of_differences() -> None:
    cells = {("ann", "x"): 0.6, ("ann", "y"): 0.1, ("bob", "x"): -0.2, ("bob", "y"): 0.05}
    marks = [Mark(*pair, mean + step) for pair, mean in cells.items() for step in (-0.1, 0, 0.1)]

    found = pair_biases(marks, needed=3)

    assert [(b.reviewer, b.agent, b.n) for b in found[:1]] == [("ann", "x", 3)]
    assert [abs(b.gap) for b in found] == pytest.approx([0.75] * 4)
    # each of four cells has a variance of 0.01, so that the error is √(4 · 0.01 / 3) with 8 degrees
    assert found[0].p == pytest.approx(2 * stats.t.sf(0.75 / (0.04 / 3) ** 0.5, 8))


def test_uneven_shares_of_agents_are_no_bias_and_agree_with_least_squares() -> None:
    random = np.random.default_rng(1)
    everything = marks_of(random, n=40, favour=0.8)
    # ann hardly meets y, bob hardly z: a mean over their other agents would mislead
    kept = [m for place, m in enumerate(everything) if (m.reviewer, m.agent) != ("ann", "y")]
    kept = [m for place, m in enumerate(kept) if (m.reviewer, m.agent) != ("bob", "z") or place % 3]

    found = {(b.reviewer, b.agent): b for b in pair_biases(kept)}[("ann", "x")]

    design = np.array(
        [
            [m.reviewer == r for r in REVIEWERS]
            + [m.agent == a for a in AGENTS]
            + [(m.reviewer, m.agent) == ("ann", "x")]
            for m in kept
        ],
        dtype=float,
    )
    solved = np.linalg.lstsq(design, np.array([m.excess for m in kept]), rcond=None)[0]
    assert found.gap == pytest.approx(solved[-1])
    assert found.is_found
    assert found.low < 0.8 < found.high


def test_strict_reviewers_and_good_agents_are_no_bias() -> None:
    random = np.random.default_rng(6)

    accused = [any(bias.is_found for bias in pair_biases(marks_of(random))) for _ in range(150)]

    # 150 organisations: two standard errors of 5 % are 3.6 points
    assert fmean(accused) <= 0.086


def test_few_marks_or_nobody_to_compare_with_say_nothing() -> None:
    random = np.random.default_rng(1)

    assert pair_biases(marks_of(random, n=9)) == []
    assert pair_biases([mark for mark in marks_of(random) if mark.reviewer == "ann"]) == []
    assert pair_biases([Mark(r, a, 0.0) for r in "ab" for a in "xy" for _ in range(12)]) == []
    assert pair_biases([]) == []


@settings(max_examples=30)
@given(
    st.lists(
        st.builds(
            Mark, st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from([-1, -0.5, 0, 0.5])
        ),
        max_size=30,
    ),
    st.data(),
)
def test_the_order_of_marks_changes_nothing(marks: list[Mark], data: st.DataObject) -> None:
    found = pair_biases(marks, needed=2)

    assert pair_biases(data.draw(st.permutations(marks)), needed=2) == found
    assert all(b.low <= b.gap <= b.high and 0 <= b.p <= 1 for b in found)
