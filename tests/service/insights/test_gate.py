import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.insights.gate import (
    MODES,
    Bars,
    Evidence,
    Right,
    Transition,
    default_bars,
    earned,
    effective,
    judge,
    rank,
    set_limit,
    start_again,
)

BARS = Bars(suggest=0.4, prefill=0.5, auto_confirm=0.7, audits=45)

modes = st.sampled_from(MODES)
rights = st.builds(Right, modes, modes).filter(lambda right: rank(right.mode) <= rank(right.limit))
bars = st.builds(
    Bars,
    audits=st.integers(1, 60),
    below_people=st.none() | st.just(0.05),
    highest=modes,
)
evidence = st.builds(
    Evidence,
    st.none() | st.floats(-1, 1),
    st.integers(0, 90),
    st.none() | st.floats(-1, 1),
    st.booleans(),
    st.booleans(),
)


@pytest.mark.parametrize(
    ("low", "audits", "keeps_budget", "mode"),
    [
        (0.39, 200, True, "human_only"),
        (0.4, 200, True, "suggest"),
        (0.5, 45, True, "prefill"),
        (0.7, 200, False, "prefill"),
        (0.7, 200, True, "auto_confirm"),
        (0.9, 44, True, "human_only"),
        (None, 200, True, "human_only"),
    ],
)
def test_what_a_lower_bound_earns(
    low: float | None, audits: int, keeps_budget: bool, mode: str
) -> None:
    assert earned(Evidence(low, audits, keeps_budget=keeps_budget), BARS) == mode


def test_the_product_s_own_bars() -> None:
    found = {
        key: (default_bars(key).prefill, default_bars(key).highest)
        for key in ("greeting", "plan", "empathy", "solution", "one_s_own")
    }

    assert found == {
        "greeting": (0.7, "auto_confirm"),
        "plan": (0.55, "auto_confirm"),
        "empathy": (0.5, "auto_confirm"),
        "solution": (0.55, "suggest"),
        "one_s_own": (0.55, "auto_confirm"),
    }
    assert default_bars("courtesy", is_critical=True).highest == "prefill"
    assert default_bars("solution", is_critical=True).highest == "suggest"


def test_where_people_differ_being_as_good_as_people_is_enough() -> None:
    bars = default_bars("empathy")

    assert earned(Evidence(0.46, 99, people=0.5), bars) == "prefill"
    assert earned(Evidence(0.46, 99, people=0.6), bars) == "suggest"
    assert earned(Evidence(0.46, 99), bars) == "suggest"
    assert earned(Evidence(0.38, 99, people=0.2), bars) == "human_only"


def test_a_slice_rises_one_mode_and_says_why() -> None:
    good = Evidence(0.8, 200, keeps_budget=True)

    found = judge(Right("human_only"), good, BARS)

    assert found == Transition(Right("human_only"), Right("suggest"), "bound_passed")


def test_a_slice_falls_as_far_as_needed_and_says_why() -> None:
    right = Right("auto_confirm")
    fallen = {
        "bound_dropped": (Evidence(0.45, 200, keeps_budget=True), BARS, "suggest"),
        "budget_not_kept": (Evidence(0.75, 200), BARS, "prefill"),
        "too_few_audits": (Evidence(0.75, 20, keeps_budget=True), BARS, "human_only"),
        "above_highest": (
            Evidence(0.75, 200, keeps_budget=True),
            default_bars("greeting", is_critical=True),
            "prefill",
        ),
        "drift": (Evidence(0.75, 200, keeps_budget=True, has_drifted=True), BARS, "prefill"),
    }

    for reason, (shown, bars_, mode) in fallen.items():
        assert judge(right, shown, bars_) == Transition(right, Right(mode), reason)


def test_a_mode_is_held_until_clearly_below_its_bar() -> None:
    assert judge(Right("prefill"), Evidence(0.485, 200), BARS) is None
    fallen = judge(Right("prefill"), Evidence(0.475, 200), BARS)
    assert fallen is not None
    assert fallen.after.mode == "suggest"
    assert judge(Right("suggest"), Evidence(0.485, 200), BARS) is None


def test_a_person_limits_with_a_reason_and_lifting_raises_nothing() -> None:
    limited = set_limit(Right("prefill"), "human_only", by="lee", why="new procedure")

    assert limited == Transition(
        Right("prefill"), Right("human_only", "human_only"), "limited", "lee", "new procedure"
    )
    lifted = set_limit(limited.after, "auto_confirm", by="lee", why="settled")
    assert lifted is not None
    assert (lifted.after, lifted.reason) == (Right("human_only"), "limit_lifted")
    assert set_limit(Right("suggest"), "auto_confirm", by="lee", why="") is None


def test_a_new_model_starts_again_and_the_stop_switch_only_suggests() -> None:
    found = start_again(Right("prefill", "prefill"))

    assert found == Transition(
        Right("prefill", "prefill"), Right("human_only", "prefill"), "new_model"
    )
    assert start_again(Right("human_only")) is None
    stopped = [effective(mode, is_stopped=True) for mode in MODES]
    assert stopped == ["human_only", "suggest", "suggest", "suggest"]
    assert effective("auto_confirm", is_stopped=False) == "auto_confirm"


@settings(max_examples=50)
@given(rights, evidence, bars)
def test_no_judgement_rises_two_modes_or_past_a_limit(
    right: Right, shown: Evidence, bars_: Bars
) -> None:
    found = judge(right, shown, bars_)

    if found is not None:
        assert found.before == right
        assert found.after.mode != right.mode
        assert rank(found.after.mode) <= rank(right.mode) + 1
        assert rank(found.after.mode) <= rank(right.limit)
        assert found.after.limit == right.limit
        if rank(found.after.mode) > rank(right.mode):
            assert not shown.has_drifted
            assert shown.low is not None
            assert shown.low >= BARS.suggest


@settings(max_examples=50)
@given(rights, evidence, bars)
def test_every_path_ends_in_one_direction(right: Right, shown: Evidence, bars_: Bars) -> None:
    path = [rank(right.mode)]
    while (found := judge(right, shown, bars_)) is not None:
        right = found.after
        path.append(rank(right.mode))
        assert len(path) <= len(MODES)

    assert path in (sorted(path), sorted(path, reverse=True))


@settings(max_examples=50)
@given(st.lists(st.tuples(evidence, bars), max_size=12))
def test_what_a_person_pinned_to_human_only_stays(shown: list[tuple[Evidence, Bars]]) -> None:
    pinned = Right("human_only", "human_only")

    assert all(judge(pinned, one, bars_) is None for one, bars_ in shown)
    assert start_again(pinned) is None
