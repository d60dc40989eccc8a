"""The simulation: the same seeds the same table, each part by worked example."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from eval.__main__ import main
from eval.measured import Measured
from eval.simulation.budgets import budgets
from eval.simulation.drifts import alarms
from eval.simulation.guards import guards
from eval.simulation.numbers import Interval, joined, numbers
from eval.simulation.pool import (
    FAIL,
    NA,
    PARTIAL,
    PASS,
    SCORECARD,
    Floats,
    Places,
    Pool,
    card_of,
    pool_of,
)
from eval.simulation.rows import Row, as_table, share_of
from eval.simulation.simulate import simulate
from eval.simulation.triage import _picked, triage
from eval.simulation.world import Plan, draw_blind, make_world, rate_as, real_quality
from models.training.examples import Example, Rated
from models.types import VALUES, Analysis, CriterionScore
from prompts.library import load_scorecard
from prompts.scoring import quality_score
from service.insights.drift import update, watch
from service.review.rules import CRITICAL_FROM

CARD = card_of(load_scorecard(SCORECARD))
SMALL = Plan(agents=6, conversations=60, reviewers=2, weeks=12)


def make_values(random: np.random.Generator, n: int) -> Places:
    values = random.choice(4, (n, len(CARD.keys)), p=[0.5, 0.25, 0.15, 0.1])
    return np.where((values == PARTIAL) & ~CARD.has_partial, PASS, values)


def make_pool(*, right: float, n: int = 90, seed: int = 0) -> Pool:
    """Conversations in three languages; the machine sees each value with that chance, else another's."""
    random = np.random.default_rng(seed)
    truth = make_values(random, n)
    seen = np.where(random.random(truth.shape) < right, truth, make_values(random, n))
    probabilities = 0.9 * np.eye(4)[seen] + 0.025
    is_nominated = CARD.has_critical_error(seen)
    return Pool(
        "tiny/heads-1", "dev.jsonl", CARD, ("en", "pl", "ru"), np.arange(n) % 3, truth,
        probabilities, CRITICAL_FROM * is_nominated + random.random(n),
    )  # fmt: skip


def test_the_same_seeds_give_the_same_table() -> None:
    pool = make_pool(right=0.7)

    one, again = simulate(pool, runs=2, plan=SMALL), simulate(pool, runs=2, plan=SMALL)

    assert one == again
    assert one != simulate(pool, runs=1, plan=SMALL)


def test_quality_is_that_of_the_scorecard() -> None:
    values = make_values(np.random.default_rng(1), 50)
    values[0] = NA

    expected = [
        quality_score(
            load_scorecard(SCORECARD),
            {key: VALUES[value] for key, value in zip(CARD.keys, row, strict=True)},
        )
        for row in values
    ]

    assert expected[0] is None
    found = [None if np.isnan(one) else 100 * one for one in CARD.quality(values)]
    assert found[0] is None
    assert found[1:] == pytest.approx(expected[1:])


def test_real_quality_is_the_mean_of_what_an_agent_does() -> None:
    pool = make_pool(right=1, n=3)
    truth = np.full((3, len(CARD.keys)), PASS)
    truth[:, 0] = [PASS, FAIL, NA]
    pool = replace(pool, truth=truth)

    found = real_quality(pool, np.array([[0.3, 0.2, 0.5]]))[0]

    whole = CARD.weights.sum()
    assert found[0] == pytest.approx(0.3 / 0.5)
    assert found[1] == 1
    assert found[-1] == pytest.approx(0.8 + 0.2 * (whole - CARD.weights[0]) / whole)


def test_conversations_are_in_the_language_of_their_agent_and_problems_as_common_as_planned() -> (
    None
):
    pool = make_pool(right=1)
    world = make_world(pool, replace(SMALL, spread=0.0), np.random.default_rng(0))

    assert np.array_equal(pool.language[world.item], world.agent % 3)
    is_problem = CARD.has_critical_error(pool.truth)
    assert (world.chances @ is_problem).tolist() == pytest.approx([0.1] * 6)
    early = world.week < world.plan.drift_week
    assert np.array_equal(world.item[early], world.answer[early])
    assert 0.35 < (world.item[~early] != world.answer[~early]).mean() < 0.55


def test_blind_audits_are_drawn_with_the_chance_they_are_stored_with() -> None:
    world = make_world(make_pool(right=1), SMALL, np.random.default_rng(0))

    blind = draw_blind(world, np.random.default_rng(1))

    assert len(set(blind.row.tolist())) == len(blind.row)
    for week in range(1, 13):
        own = world.week[blind.row] == week
        (chance,) = set(blind.chance[own].tolist())
        population = int((world.week == week).sum())
        assert chance == min(0.15, 0.15 * world.plan.weekly / population)
        assert abs(own.sum() - chance * population) < 1


def test_a_strict_reviewer_is_below_the_truth_and_a_lenient_one_above() -> None:
    random = np.random.default_rng(3)
    truth = np.full((4000, len(CARD.keys)), PARTIAL)
    truth[:, ~CARD.has_partial] = NA

    def mean(lean: float) -> float:
        rated = rate_as(CARD, truth, lean=np.full(len(truth), lean), random=random)
        assert set(rated[:, ~CARD.has_partial].ravel()) == {NA, PASS}
        return float(np.nanmean(CARD.worth(rated)[:, :-1][:, CARD.has_partial]))

    assert mean(0.4) < 0.48 < mean(0) < 0.52 < mean(-0.4)


@pytest.mark.parametrize("agreement", [0.9, 0.6])
def test_many_watches_at_once_are_each_the_watch_of_the_product(agreement: float) -> None:
    agrees = np.random.default_rng(5).random((300, 4)) < agreement
    watches = [watch(one, audits_a_year=300) for one in (0.95, 0.8, 0.7, 0.2)]

    expected = []
    for place, state in enumerate(watches):
        at = 0
        for number, one in enumerate(agrees[:, place], 1):
            state = update(state, agrees=bool(one))  # noqa: PLW2901 -- the watch moves on
            if state.is_alarm:
                at = number
                break
        expected.append(at)

    assert alarms(watches, agrees).tolist() == expected
    assert (expected[0] > 0, expected[3]) == (True, 0)


def test_a_week_fills_the_quota_with_each_conversation_once() -> None:
    world = make_world(make_pool(right=0.7), SMALL, np.random.default_rng(0))
    blind = draw_blind(world, np.random.default_rng(1))
    rows = np.flatnonzero(world.week == 1)
    audited = blind.row[world.week[blind.row] == 1]

    found = _picked(world, rows, audited, np.random.default_rng(2))

    picked = np.concatenate(list(found.values()))
    assert len(picked) == len(set(picked.tolist())) == SMALL.weekly
    nominated = world.pool.priority[world.answer[found["critical"]]] >= CRITICAL_FROM
    assert nominated.all()
    assert len(found["critical"]) > len(found["praise"]) > 0


def test_a_machine_that_is_right_finds_more_than_one_that_is_not() -> None:
    def confirmed(right: float) -> float:
        world = make_world(make_pool(right=right), SMALL, np.random.default_rng(0))
        blind = draw_blind(world, np.random.default_rng(1))
        found = triage(world, blind, np.random.default_rng(2))
        return found.problems[0]["critical"] / found.reviews["critical"]

    assert confirmed(1.0) > 0.7 > confirmed(0.5) + 0.2


def test_ours_is_narrower_than_audits_alone_where_the_machine_is_right() -> None:
    world = make_world(make_pool(right=0.9), SMALL, np.random.default_rng(0))
    blind = draw_blind(world, np.random.default_rng(1))

    found = numbers(world, blind, np.random.default_rng(2))

    ours, alone = joined(found.ours), joined(found.alone)
    assert len(ours.mean) == len(alone.mean) == 6 * 13 - found.lacking
    assert (ours.high - ours.low).mean() < 0.9 * (alone.high - alone.low).mean()
    exact = joined(found.exact)
    assert 0.85 < exact.covered / len(exact.mean) < 1
    assert 0.08 < found.slipped < 0.13
    assert 0.5 < found.kappa < 0.8


def test_an_interval_holds_its_ends() -> None:
    def of(*values: float) -> Floats:
        return np.array(values)

    one = Interval(of(0.5, 0.5, 0.5), of(0.6, 0.4, 0.7), of(0.5, 0.3, 0.6), of(0.7, 0.4, 0.8))
    assert one.covered == 1


def test_a_slider_overruns_where_the_machine_is_too_sure() -> None:
    pool = make_pool(right=0.5)
    sure = replace(pool, probabilities=0.96 * np.eye(4)[pool.said] + 0.01)
    world = make_world(sure, SMALL, np.random.default_rng(0))

    found = budgets(world, draw_blind(world, np.random.default_rng(1)), np.random.default_rng(2))

    tight = [one for one in found if one.budget == 0.05]
    assert len(tight) == 9 * 3 * 2
    assert all(one.naive_coverage == 1 for one in tight)
    assert np.mean([one.naive_wrong > 0.05 for one in tight]) > 0.9
    assert all(one.coverage == 0 and np.isnan(one.wrong) for one in tight)
    assert {one.has_drifted for one in tight} == {False, True}


def test_one_who_confirms_everything_is_found_within_a_year() -> None:
    found = guards(Plan(), np.random.default_rng(0))

    assert found.found is not None
    assert 7 <= found.found < 1000
    assert 0 <= found.accused <= found.reviewers == 4


def rated_example(values: Sequence[str], keys: Sequence[str], measured: Measured) -> Example:
    ratings = {key: Rated(value, ()) for key, value in zip(keys, values, strict=True)}
    return replace(measured.examples[0], ratings=ratings)


def answered(said: str, measured: Measured) -> Analysis:
    shares = {value: 0.7 if value == said else 0.1 for value in VALUES}
    score = CriterionScore(said, shares, 0.7, (), found=True)
    return replace(measured.analyses[0], criteria=dict.fromkeys(CARD.keys, score), risk=0.25)


def test_the_pool_is_of_conversations_rated_on_every_criterion(measured: Measured) -> None:
    examples = [rated_example(["partial"] * 12, CARD.keys, measured), measured.examples[0]]
    found = pool_of(replace(measured, examples=examples, analyses=[answered("fail", measured)] * 2))

    assert found.truth.tolist() == [[PARTIAL] * 12]
    assert found.said.tolist() == [[FAIL] * 12]
    assert found.measures[-1] == "quality score"
    assert found.score.tolist() == [pytest.approx([(0.1 + 0.05) / 0.9] * 13)]
    assert found.likely.tolist() == [pytest.approx([0.9] * 12 + [1])]
    assert found.priority.tolist() == [pytest.approx(CRITICAL_FROM + 0.7 + 0.3 + 0.25)]


def test_rows_are_written_as_a_table() -> None:
    assert as_table("title", [Row("a", "b", "c", "d")]).splitlines()[-1] == "| a | b | c | d |"
    assert share_of(95, 100) == "95.0% (88.7% to 98.4%)"
    assert share_of(0, 0) == "none"


def test_no_runs_are_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["simulate", "--runs", "0"])

    assert stop.value.code == 2
    assert "--runs is at least 1" in capsys.readouterr().err
