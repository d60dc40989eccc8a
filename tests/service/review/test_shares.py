import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.review.shares import LEAST, SHARES, STREAMS, apportion, problems, quotas

PLENTY = dict.fromkeys(STREAMS, 1000)

shares = st.lists(st.integers(0, 20), min_size=6, max_size=6).map(
    lambda parts: dict(zip(STREAMS, parts, strict=True))
)
waiting = st.lists(st.integers(0, 15), min_size=6, max_size=6).map(
    lambda counts: dict(zip(STREAMS, counts, strict=True))
)


def test_the_shares_the_product_comes_with_are_allowed() -> None:
    assert tuple(SHARES) == STREAMS
    assert problems(SHARES) == []


def test_blind_audits_are_never_switched_off_by_accident() -> None:
    less = {**SHARES, "blind": 0.1, "critical": 0.3}

    assert problems(less) == ["too_little_blind"]
    assert problems(less, allows_less_blind=True) == []
    assert problems({**SHARES, "praise": 0.05, "unsure": 0.25}) == ["too_little_praise"]
    assert problems({"blind": 1.2, "fun": -0.3}) == [
        "unknown_stream",
        "negative",
        "not_all",
        "too_little_praise",
    ]


def test_hamilton_s_example_of_largest_remainders() -> None:
    # Balinski and Young: quotas 2.67, 1.79, 1.54 of 6 seats; the remainders .79 and .67 get more
    assert apportion({"a": 267, "b": 179, "c": 154}, 6) == {"a": 3, "b": 2, "c": 1}
    assert apportion({"b": 1, "a": 1}, 1) == {"a": 1, "b": 0}
    assert apportion({"a": 0}, 4) == {"a": 0}


@settings(max_examples=40)
@given(shares, st.integers(0, 60))
def test_whole_numbers_add_up_and_are_off_by_less_than_one(
    parts: dict[str, float], total: int
) -> None:
    found = apportion(parts, total)

    whole = sum(parts.values())
    if whole:
        assert sum(found.values()) == total
        assert all(abs(found[key] - total * parts[key] / whole) < 1 for key in parts)


def test_a_day_of_twenty_is_split_by_shares() -> None:
    assert quotas(SHARES, 20, waiting=PLENTY) == {
        "critical": 5,
        "dispute": 3,
        "unsure": 4,
        "coverage": 3,
        "blind": 3,
        "praise": 2,
    }


def test_what_a_stream_lacks_goes_to_the_others() -> None:
    found = quotas(SHARES, 20, waiting={**PLENTY, "critical": 1, "dispute": 0})

    assert (found["critical"], found["dispute"], sum(found.values())) == (1, 0, 20)
    assert quotas(SHARES, 20, waiting={"unsure": 2}) == {**dict.fromkeys(STREAMS, 0), "unsure": 2}


@pytest.mark.parametrize("a_day", [1, 3, 7])
def test_over_days_every_stream_gets_its_share_and_blind_audits_never_less(a_day: int) -> None:
    done = dict.fromkeys(STREAMS, 0)
    for _ in range(40):
        today = quotas(SHARES, a_day, waiting=PLENTY, done=done)
        done = {key: done[key] + today[key] for key in STREAMS}

        assert done["blind"] >= 0.15 * sum(done.values()) - 1e-9
    assert done["praise"] >= 0.1 * sum(done.values()) - 1e-9
    assert all(abs(done[key] - share * 40 * a_day) <= 1.5 for key, share in SHARES.items())


@settings(max_examples=40)
@given(shares, st.integers(0, 40), waiting)
def test_a_quota_is_full_or_nothing_is_left(
    parts: dict[str, int], total: int, there: dict[str, int]
) -> None:
    whole = sum(parts.values()) or 1
    mixed = {key: part / whole for key, part in parts.items()}

    found = quotas(mixed, total, waiting=there)

    open_ = {key: there[key] for key in STREAMS}
    assert sum(found.values()) == min(total, sum(open_.values()))
    assert all(0 <= found[key] <= there[key] for key in STREAMS)
    if total >= 3:
        due = min(LEAST["blind"], mixed["blind"]) * total
        assert found["blind"] >= min(there["blind"], due) - 1e-9
