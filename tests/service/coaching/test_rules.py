"""The draft of an agenda: the named promises, for any ratings and pins."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts.library import load_questions, load_scorecard
from service.coaching.rules import (
    Cadence,
    OpenAction,
    Pinned,
    Place,
    Point,
    Rated,
    below_target,
    build_agenda,
    cadence,
    estimates,
)

SCORECARD = load_scorecard("standard-12/1")
QUESTIONS = load_questions("en")
FEW = 2  # ratings that make a number, so that small examples have gaps
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
REVIEWS = tuple(uuid.UUID(int=number) for number in range(1, 7))


def number() -> st.SearchStrategy[uuid.UUID]:
    return st.integers(min_value=10**6, max_value=10**12).map(lambda n: uuid.UUID(int=n))


def moments() -> st.SearchStrategy[datetime]:
    return st.integers(min_value=0, max_value=80).map(lambda days: AT + timedelta(days=days))


RATINGS = st.builds(
    Rated,
    review_id=st.sampled_from(REVIEWS),
    rating_id=number(),
    criterion=st.sampled_from(SCORECARD.keys[:5]),
    value=st.sampled_from(["pass", "partial", "fail", "na"]),
    at=moments(),
    counts=st.booleans(),
    evidence=st.lists(st.integers(min_value=0, max_value=6), max_size=3).map(tuple),
)
PINS = st.builds(
    Pinned,
    id=number(),
    review_id=st.sampled_from(REVIEWS),
    criterion=st.sampled_from(SCORECARD.keys[:5]),
    position=st.integers(min_value=0, max_value=6),
    is_praise=st.booleans(),
    at=moments(),
)
TURNS = st.frozensets(
    st.tuples(st.sampled_from(REVIEWS), st.integers(min_value=0, max_value=6)), max_size=30
)


def agenda(
    ratings: Sequence[Rated] = (),
    pins: Sequence[Pinned] = (),
    turns: frozenset[Place] = frozenset(),
    actions: Sequence[OpenAction] = (),
    **more: int,
) -> list[Point]:
    return build_agenda(
        ratings=ratings,
        pins=pins,
        actions=actions,
        turns=turns,
        scorecard=SCORECARD,
        questions=QUESTIONS,
        **more,
    )


def of_kind(points: Sequence[Point], kind: str) -> list[Point]:
    return [point for point in points if point.kind == kind]


def rated(
    criterion: str, value: str, *, times: int = 1, first: int = 0, **more: object
) -> list[Rated]:
    return [
        Rated(
            review_id=uuid.UUID(int=first + n + 1),
            rating_id=uuid.UUID(int=10**9 * (first + 1) + n),
            criterion=criterion,
            value=value,
            at=AT + timedelta(days=n),
            **more,  # type: ignore[arg-type]  # -- fields of Rated
        )
        for n in range(times)
    ]


@settings(max_examples=60)
@given(st.lists(RATINGS, max_size=30), st.lists(PINS, max_size=12), TURNS)
def test_only_existing_turns_and_given_ratings_are_cited(
    ratings: list[Rated], pins: list[Pinned], turns: frozenset[Place]
) -> None:
    known = {rating.rating_id for rating in ratings}

    for point in agenda(ratings, pins, turns, needed=FEW):
        for quote in point.quotes:
            assert (quote.review_id, quote.position) in turns
            assert quote.rating_id is None or quote.rating_id in known


@settings(max_examples=60)
@given(st.lists(RATINGS, max_size=30), st.lists(PINS, max_size=12), TURNS)
def test_there_is_praise_for_every_critical_example_and_at_most_two_gaps(
    ratings: list[Rated], pins: list[Pinned], turns: frozenset[Place]
) -> None:
    points = agenda(ratings, pins, turns, needed=FEW)
    gaps, praises = of_kind(points, "gap"), of_kind(points, "praise")

    assert len(gaps) <= 2
    assert len({gap.key for gap in gaps}) == len(gaps)
    assert len([gap for gap in gaps if gap.quotes]) <= len(praises) <= 2
    assert all(praise.quotes for praise in praises)


@settings(max_examples=60)
@given(st.lists(RATINGS, max_size=30), st.lists(PINS, max_size=12), TURNS)
def test_a_gap_has_a_reliable_number_or_an_example(
    ratings: list[Rated], pins: list[Pinned], turns: frozenset[Place]
) -> None:
    reliable = {c.key for c in below_target(estimates(ratings, SCORECARD, needed=FEW), SCORECARD)}

    for gap in of_kind(agenda(ratings, pins, turns, needed=FEW), "gap"):
        assert gap.key in reliable or gap.quotes


@settings(max_examples=60)
@given(st.lists(RATINGS, max_size=30), st.lists(PINS, max_size=12), TURNS)
def test_no_turn_is_both_praised_and_criticised(
    ratings: list[Rated], pins: list[Pinned], turns: frozenset[Place]
) -> None:
    points = agenda(ratings, pins, turns, needed=FEW)
    places = {
        kind: {(q.review_id, q.position) for point in of_kind(points, kind) for q in point.quotes}
        for kind in ("gap", "praise")
    }

    assert places["gap"] & places["praise"] == set()


@given(st.permutations(rated("plan", "fail", times=12) + rated("clarity", "partial", times=12)))
def test_the_order_of_the_ratings_does_not_matter(ratings: list[Rated]) -> None:
    assert agenda(ratings) == agenda(sorted(ratings, key=lambda one: one.rating_id))


def test_the_largest_gaps_come_first_and_a_third_is_left_for_another_time() -> None:
    ratings = [
        *rated("clarity", "partial", times=20),
        *rated("plan", "fail", times=20, first=30),
        *rated("closing", "partial", times=40, first=60),
        *rated("courtesy", "pass", times=20, first=120),
    ]

    gaps = of_kind(agenda(ratings), "gap")

    assert [gap.key for gap in gaps] == ["plan", "closing"]


def test_nine_fails_are_no_gap_yet() -> None:
    assert of_kind(agenda(rated("plan", "fail", times=9)), "gap") == []


def test_fails_that_are_not_the_agents_make_no_gap() -> None:
    assert of_kind(agenda(rated("plan", "fail", times=20, counts=False)), "gap") == []


def test_a_pin_brings_a_criterion_without_a_number() -> None:
    review = REVIEWS[0]
    pins = [
        Pinned(uuid.UUID(int=1), review, "empathy", 1, is_praise=True, at=AT),
        Pinned(uuid.UUID(int=2), review, "plan", 3, is_praise=False, at=AT),
    ]

    points = agenda(rated("plan", "fail", times=3), pins, frozenset({(review, 1), (review, 3)}))

    assert [(p.key, p.quotes[0].position) for p in of_kind(points, "gap")] == [("plan", 3)]
    assert [(p.key, p.quotes[0].position) for p in of_kind(points, "praise")] == [("empathy", 1)]


def test_a_weak_pin_without_any_praise_stays_off_the_draft() -> None:
    pins = [Pinned(uuid.UUID(int=2), REVIEWS[0], "plan", 3, is_praise=False, at=AT)]

    assert of_kind(agenda([], pins, frozenset({(REVIEWS[0], 3)})), "gap") == []


def test_the_five_topics_and_two_questions_are_always_there() -> None:
    points = agenda()

    assert [point.key for point in of_kind(points, "standing")] == [
        "quality_score",
        "csat",
        "productivity",
        "career",
        "well_being",
    ]
    assert [point.body for point in of_kind(points, "question")] == list(QUESTIONS.openers[:2])
    assert [point.body for point in of_kind(agenda(sessions_before=1), "question")] == list(
        QUESTIONS.openers[1:3]
    )


def test_open_action_items_are_followed_up_first() -> None:
    action = OpenAction(uuid.UUID(int=5), "plan")

    assert agenda(actions=[action])[0] == Point("follow_up", "plan", action_id=action.id)


@pytest.mark.parametrize(
    ("ratings", "days", "expected"),
    [
        ([], 60, Cadence("weekly", "new")),
        ([], 61, Cadence("two_weekly", "usual")),
        ([], None, Cadence("two_weekly", "usual")),
        (rated("plan", "fail", times=10), 400, Cadence("weekly", "below_target", ("plan",))),
        (rated("plan", "fail", times=9), 400, Cadence("two_weekly", "usual")),
        (rated("plan", "pass", times=10), 400, Cadence("monthly", "on_target")),
        (rated("plan", "pass", times=10), 179, Cadence("two_weekly", "usual")),
    ],
)
def test_the_rhythm_is_suggested_by_tenure_and_reliable_gaps(
    ratings: list[Rated], days: int | None, expected: Cadence
) -> None:
    assert cadence(estimates(ratings, SCORECARD), SCORECARD, tenure_days=days) == expected


def test_a_turn_that_is_praised_is_not_the_weak_example_as_well() -> None:
    review = REVIEWS[0]
    pins = [
        Pinned(uuid.UUID(int=1), review, "empathy", 1, is_praise=True, at=AT),
        Pinned(uuid.UUID(int=2), review, "plan", 1, is_praise=False, at=AT),
    ]

    points = agenda(rated("plan", "fail", times=12), pins, frozenset({(review, 1)}))

    assert [gap.quotes for gap in of_kind(points, "gap")] == [()]
    assert len(of_kind(points, "praise")) == 1
