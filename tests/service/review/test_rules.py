"""What needs eyes, in which order, and what decisions add up to."""

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.library import load_scorecard
from prompts.schema import Criterion
from prompts.scoring import quality_score
from service.review import rules
from service.review.rules import Decision, Proposal

CARD = load_scorecard("standard-12/1")
VALUES = ("pass", "partial", "fail", "na")


def proposals(
    values: Mapping[str, str] | None = None, confidence: Mapping[str, float] | None = None
) -> dict[str, Proposal]:
    values, confidence = values or {}, confidence or {}
    return {
        key: Proposal(key, values.get(key, "pass"), confidence.get(key, 0.9)) for key in CARD.keys
    }


def made(criterion: str, value: str, decision: str = "confirmed", **more: str) -> Decision:
    return Decision(criterion, value, decision, **more)


def keys_of(criteria: Iterable[Criterion]) -> list[str]:
    return [criterion.key for criterion in criteria]


@st.composite
def any_proposals(draw: st.DrawFn) -> dict[str, Proposal]:
    return {
        c.key: Proposal(c.key, draw(st.sampled_from(c.levels)), draw(st.floats(0.25, 1)))
        for c in CARD.criteria
    }


@st.composite
def any_decisions(draw: st.DrawFn) -> dict[str, Decision]:
    found = {}
    for criterion in CARD.criteria:
        decision = draw(st.sampled_from(["confirmed", "corrected", "undone", None]))
        if decision is not None:
            value = draw(st.sampled_from(criterion.levels))
            cause = draw(st.sampled_from([None, "process"]))
            found[criterion.key] = Decision(criterion.key, value, decision, root_cause=cause)
    return found


def test_unsure_failed_and_nearly_critical_criteria_need_eyes() -> None:
    found = proposals(
        {"plan": "fail", "data_protection": "fail", "solution": "partial", "empathy": "partial"},
        {"clarity": 0.79},
    )

    eyes, sure = rules.grouped(found, CARD, unsure_below=0.8)

    assert keys_of(eyes) == ["data_protection", "solution", "plan", "clarity"]
    assert "empathy" in keys_of(sure)
    assert len(eyes) + len(sure) == 12


def test_a_confidence_at_the_limit_is_sure() -> None:
    eyes, _ = rules.grouped(proposals(confidence={"plan": 0.8}), CARD, unsure_below=0.8)

    assert eyes == []


@given(any_proposals(), st.floats(0, 1))
def test_every_proposal_is_in_one_group_and_critical_fails_come_first(
    found: dict[str, Proposal], limit: float
) -> None:
    eyes, sure = rules.grouped(found, CARD, unsure_below=limit)

    assert sorted(keys_of(eyes) + keys_of(sure)) == sorted(CARD.keys)
    nominated = [rules.is_nominated(found[c.key], c) for c in eyes]
    assert nominated == sorted(nominated, reverse=True)
    for group in (
        [c for c, first in zip(eyes, nominated, strict=True) if first],
        [c for c, first in zip(eyes, nominated, strict=True) if not first],
        sure,
    ):
        assert [c.number for c in group] == sorted(c.number for c in group)


@given(any_proposals(), any_proposals())
def test_a_nominated_critical_error_always_comes_before_a_conversation_without(
    one: dict[str, Proposal], other: dict[str, Proposal]
) -> None:
    nominates = [
        any(rules.is_nominated(found[c.key], c) for c in CARD.criteria) for found in (one, other)
    ]
    first, second = (rules.priority(found, CARD, risk=r) for found, r in ((one, 0), (other, 1)))
    if nominates == [True, False]:
        assert first > second
    assert (first >= rules.CRITICAL_FROM) == nominates[0]


@given(any_proposals(), st.sampled_from(CARD.keys))
def test_less_confidence_never_lowers_the_priority(found: dict[str, Proposal], key: str) -> None:
    before = found[key]
    if before.value == "fail" and CARD[key].is_critical:
        return
    less = Proposal(key, before.value, before.confidence / 2)

    assert rules.priority({**found, key: less}, CARD) >= rules.priority(found, CARD)


def test_why_names_the_critical_error_first_then_what_is_at_stake() -> None:
    found = proposals(
        {"data_protection": "fail", "closing": "fail"},
        {"greeting": 0.5, "solution": 0.5, "data_protection": 0.91},
    )

    why = rules.why(found, CARD, unsure_below=0.8, risk=0.7, score=85, csat=1)

    assert why == [
        {"code": "critical", "criterion": "data_protection", "confidence": 0.91},
        {"code": "risk", "confidence": 0.7},
        {"code": "csat"},
        {"code": "fail", "criterion": "closing", "confidence": 0.9},
    ]
    unsure = rules.why(
        proposals(confidence={"greeting": 0.5, "solution": 0.5}), CARD, unsure_below=0.8
    )
    assert [reason["criterion"] for reason in unsure] == ["solution", "greeting"]
    assert rules.why(proposals(), CARD, unsure_below=0.8) == [{"code": "sure"}]


@pytest.mark.parametrize(
    ("score", "csat", "expected"),
    [
        (80, 2, True),
        (79, 2, False),
        (50, 4, True),
        (51, 5, False),
        (None, 1, False),
        (90, None, False),
    ],
)
def test_a_customers_mark_can_contradict_the_auto_scores(
    score: float | None, csat: float | None, expected: bool
) -> None:
    assert rules.disagrees_with_csat(score, csat) is expected


def test_the_effort_grows_with_turns_and_open_criteria() -> None:
    assert rules.expected_minutes(turns=14, open_criteria=4) == 3.0
    assert rules.expected_minutes(turns=1, open_criteria=0) == 1.0


@pytest.mark.parametrize(
    ("proposal", "value", "reason"),
    [
        (Proposal("plan", "pass", 0.9), "na", "does_not_apply"),
        (Proposal("plan", "na", 0.9), "pass", "evidence_missed"),
        (Proposal("plan", "fail", 0.9, is_found=False), "pass", "evidence_missed"),
        (Proposal("plan", "pass", 0.9), "fail", "evidence_does_not_show_it"),
        (Proposal("plan", "partial", 0.9), "pass", "wrong_level"),
    ],
)
def test_the_likeliest_reason_is_prefilled(proposal: Proposal, value: str, reason: str) -> None:
    assert rules.default_reason(proposal, value) == reason
    assert reason in {known.key for known in CARD.correction_reasons}


def test_only_a_fail_has_a_prefilled_root_cause() -> None:
    assert rules.default_root_cause(CARD["plan"], "fail") == CARD["plan"].default_root_cause
    assert rules.default_root_cause(CARD["plan"], "partial") is None


def test_what_nobody_decided_is_left_out_of_the_score() -> None:
    decisions = {key: made(key, "pass") for key in CARD.keys[:8]}
    decisions["solution"] = made("solution", "fail")
    decisions["plan"] = made("plan", "fail", "undone")

    score = rules.review_score(CARD, decisions)

    assert score == quality_score(
        CARD,
        {key: "fail" if key == "solution" else "pass" for key in CARD.keys[:8] if key != "plan"},
    )
    assert rules.critical_errors(CARD, decisions) == ["solution"]


def test_too_little_decided_is_no_score() -> None:
    assert rules.review_score(CARD, {"closing": made("closing", "pass")}) is None


def test_undone_criteria_are_to_decide_again() -> None:
    eyes, _ = rules.grouped(proposals({"plan": "fail", "closing": "fail"}), CARD, unsure_below=0.5)

    left = rules.undecided(
        eyes, {"plan": made("plan", "fail", "undone"), "closing": made("closing", "fail")}
    )

    assert keys_of(left) == ["plan"]


def test_two_people_differ_in_value_root_cause_or_comment() -> None:
    mine = {
        "plan": made("plan", "fail", root_cause="process"),
        "clarity": made("clarity", "pass"),
        "closing": made("closing", "pass", "corrected"),
        "empathy": made("empathy", "pass"),
    }
    theirs = {
        "plan": made("plan", "fail", root_cause="tool"),
        "clarity": made("clarity", "pass"),
        "closing": made("closing", "fail"),
        "greeting": made("greeting", "pass"),
    }

    found = rules.differences(CARD, mine, theirs)

    assert [(d.criterion, d.suggested) for d in found] == [("plan", None), ("closing", "mine")]


@given(any_decisions(), any_decisions(), st.data())
def test_a_merge_takes_each_side_as_chosen_and_loses_nothing(
    mine: dict[str, Decision], theirs: dict[str, Decision], data: st.DataObject
) -> None:
    differing = [d.criterion for d in rules.differences(CARD, mine, theirs)]
    choices = {key: data.draw(st.sampled_from(["mine", "theirs"])) for key in differing}

    result = rules.merged(CARD, mine, theirs, choices)

    assert set(result) == set(rules.decided(mine)) | set(rules.decided(theirs))
    for key, decision in result.items():
        sides = {"mine": mine.get(key), "theirs": theirs.get(key)}
        assert decision in sides.values()
        if key in choices:
            assert decision == sides[choices[key]]


@given(any_decisions(), any_decisions())
def test_a_difference_without_a_choice_is_no_merge(
    mine: dict[str, Decision], theirs: dict[str, Decision]
) -> None:
    if rules.differences(CARD, mine, theirs):
        with pytest.raises(KeyError):
            rules.merged(CARD, mine, theirs, {})
    assert rules.differences(CARD, mine, mine) == []
