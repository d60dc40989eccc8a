import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.calibration.agreement import Unit
from service.calibration.strictness import strictness


def units_of(*rows: tuple[str, str, str]) -> list[Unit]:
    return [Unit(f"{n:02}", {"ann": a, "bob": b, "cy": c}) for n, (a, b, c) in enumerate(rows)]


def test_the_difference_is_to_the_mean_of_the_others() -> None:
    rated = units_of(("fail", "pass", "partial"), ("partial", "pass", "na"))

    found = strictness(rated, "ann", needed=2, draws=50)

    assert (found.n, found.mean) == (2, (-0.75 - 0.5) / 2)
    assert found.verdict == "strict"


def test_what_does_not_apply_to_one_is_not_compared() -> None:
    rated = units_of(("na", "pass", "pass"), ("pass", "na", "na"), ("pass", "fail", "na"))

    assert strictness(rated, "ann", needed=1, draws=50).n == 1


def test_too_few_shared_units_give_no_number() -> None:
    found = strictness(units_of(("pass", "fail", "fail")), "ann")

    assert (found.n, found.mean, found.verdict) == (1, None, "not_enough")
    assert strictness([], "ann").verdict == "not_enough"


def test_who_is_above_at_times_and_below_at_others_is_neither() -> None:
    rows = [("pass", "fail", "fail"), ("fail", "pass", "pass")] * 6

    assert strictness(units_of(*rows), "ann", draws=200).verdict == "unclear"
    assert strictness(units_of(*rows[::2], *rows[::2]), "ann", draws=200).verdict == "lenient"


@settings(max_examples=30)
@given(
    st.lists(st.tuples(*[st.sampled_from(["fail", "partial", "pass", "na"])] * 3), max_size=20),
    st.data(),
)
def test_two_raters_mirror_each_other_in_any_order_of_rows(
    rows: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    pairs = [Unit(u.key, {"ann": u.values["ann"], "bob": u.values["bob"]}) for u in units_of(*rows)]

    ann = strictness(pairs, "ann", needed=1, draws=20)
    bob = strictness(data.draw(st.permutations(pairs)), "bob", needed=1, draws=20)

    assert ann.n == bob.n
    if ann.mean is not None:
        assert (bob.mean, bob.low) == pytest.approx((-ann.mean, -(ann.high or 0)))
        assert -1 <= ann.mean <= 1
