"""A day of reviewing: the streams in their shares, coverage, and the order of the work."""

import uuid
from collections import Counter
from collections.abc import Collection, Mapping

from hypothesis import given
from hypothesis import strategies as st

from service.review.planning import Candidate, Chosen, choose, spread
from service.review.shares import SHARES
from service.review.streams import stream_of

ANN, BEN = uuid.UUID(int=1), uuid.UUID(int=2)


def some(stream: str, count: int, *, agent: uuid.UUID | None = None) -> list[Candidate]:
    start = 1000 * sum(map(ord, stream)) + (agent.int * 100 if agent else 0)
    return [Candidate(uuid.UUID(int=start + n), agent, stream) for n in range(count)]


def chosen(
    candidates: list[Candidate],
    *,
    audits: int = 0,
    covered: Collection[uuid.UUID] = (),
    done: Mapping[str, int] | None = None,
    quota: int = 20,
) -> Chosen:
    return choose(
        candidates, audits=audits, covered=covered, shares=SHARES, done=done or {}, quota=quota
    )


def counts(found: Chosen) -> dict[str, int]:
    return {stream: len(ids) for stream, ids in found.streams.items()}


def test_a_full_day_has_each_stream_in_its_share() -> None:
    waiting = [*some("critical", 99), *some("unsure", 99), *some("praise", 99), *some("other", 99)]

    found = chosen(waiting, audits=99)

    assert found.blind >= 3, "15 % of 20"
    assert counts(found)["praise"] >= 2, "10 % of 20"
    assert sum(counts(found).values()) + found.blind == 20
    assert "other" not in found.streams, "what no stream asks for waits while the streams have some"


def test_what_a_stream_lacks_goes_to_others_and_at_last_to_the_rest() -> None:
    found = chosen([*some("critical", 2), *some("other", 50)], audits=1)

    assert (counts(found), found.blind) == ({"critical": 2, "other": 17}, 1)


def test_an_agent_nobody_reviewed_this_week_is_owed_one_review() -> None:
    waiting = [*some("other", 3, agent=ANN), *some("other", 3, agent=BEN), *some("other", 3)]

    found = chosen(waiting, covered={BEN}, quota=9)

    assert found.streams["coverage"] == [waiting[0].conversation_id]
    assert counts(found) == {"coverage": 1, "other": 8}


def test_what_is_done_counts_and_a_full_day_is_over() -> None:
    waiting = [*some("critical", 50), *some("unsure", 50)]

    assert sum(counts(chosen(waiting, done={"critical": 5, "other": 3})).values()) == 12
    assert counts(chosen(waiting, audits=5, done={"critical": 25})) == {}


@given(
    st.lists(st.sampled_from(["critical", "unsure", "praise", "other"]), max_size=60),
    st.integers(0, 30),
    st.integers(1, 40),
)
def test_a_day_is_filled_as_far_as_there_is_work_and_nothing_comes_twice(
    streams: list[str], audits: int, quota: int
) -> None:
    waiting = [
        Candidate(uuid.UUID(int=100 + n), ANN if n % 3 else None, stream)
        for n, stream in enumerate(streams)
    ]

    found = chosen(waiting, audits=audits, quota=quota)

    ids = [one for each in found.streams.values() for one in each]
    assert len(ids) + found.blind == min(quota, len(waiting) + audits)
    assert max(Counter(ids).values(), default=1) == 1


def test_critical_comes_first_and_the_rest_is_mixed() -> None:
    assert spread(["c"], [["a1", "a2", "a3", "a4"], ["b1", "b2"], []]) == [
        "c", "a1", "b1", "a2", "a3", "b2", "a4",
    ]  # fmt: skip


def test_the_stream_follows_from_why_it_waits() -> None:
    assert stream_of({"critical", "unsure"}, score=99.0) == "critical"
    assert stream_of({"csat"}, score=99.0) == "unsure"
    assert stream_of({"sure"}, score=90.0) == "praise"
    assert stream_of({"sure"}, score=89.9) == "other"
    assert stream_of({"sure"}, score=None) == "other"
