import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cases import rules
from service.cases.rules import Candidate, choose, fuse, lowered, one_line, problem_of, solution_of

rankings = st.lists(st.lists(st.integers(0, 20), unique=True, max_size=15), max_size=3)


def different(_i: int, _j: int) -> bool:
    return False


def candidate(score: float, similarity: float = 0.9, agent: object | None = None) -> Candidate:
    return Candidate(score=score, similarity=similarity, agent=agent)


@given(rankings)
def test_fusion_is_the_sum_of_reciprocal_ranks(given_rankings: list[list[int]]) -> None:
    keys = {key for ranking in given_rankings for key in ranking}

    expected = {
        key: sum(1 / (60 + ranking.index(key) + 1) for ranking in given_rankings if key in ranking)
        for key in keys
    }

    found = fuse(given_rankings)
    assert found.keys() == expected.keys()
    assert all(abs(found[key] - expected[key]) < 1e-12 for key in keys)


def test_what_both_rankings_hold_beats_the_first_of_one() -> None:
    scores = fuse([["a", "b"], ["c", "b"]])

    assert max(scores, key=lambda key: scores[key]) == "b"


@given(score=st.floats(0.001, 1), rejections=st.integers(0, 5))
def test_each_rejection_lowers_a_case(score: float, rejections: int) -> None:
    assert lowered(score, rejections + 1) < lowered(score, rejections) <= score


def test_one_rejection_puts_a_case_behind_every_other_candidate() -> None:
    best = fuse([range(50), range(50)])[0]
    last = fuse([range(50)])[49]

    assert lowered(best, 1) / 2 < last < best


def test_the_third_rejection_takes_a_case_out() -> None:
    assert [rules.is_offered(n) for n in range(5)] == [True, True, True, False, False]


def test_the_bands_begin_at_their_thresholds() -> None:
    edges = [(0.55, "very_close"), (0.40, "close"), (0.35, "some")]

    assert [(rules.band(edge), rules.band(edge - 1e-6)) for edge, _ in edges] == [
        ("very_close", "close"),
        ("close", "some"),
        ("some", None),
    ]
    assert rules.band(1.0) == "very_close"
    assert rules.band(-1.0) is None


def test_what_is_not_reliable_is_never_chosen_however_well_it_ranks() -> None:
    found = [candidate(1.0, 0.349), candidate(0.1, 0.35)]

    assert choose(found, limit=3, is_same=different) == [1]


def test_one_agent_fills_at_most_two_places() -> None:
    found = [candidate(1 - i / 10, agent="ben") for i in range(4)] + [candidate(0.1, agent="ola")]

    assert choose(found, limit=3, is_same=different) == [0, 1, 4]


def test_cases_whose_agent_is_unknown_are_not_counted_as_one_agents() -> None:
    found = [candidate(1 - i / 10) for i in range(3)]

    assert choose(found, limit=3, is_same=different) == [0, 1, 2]


def test_near_duplicates_are_shown_once_by_their_best() -> None:
    found = [candidate(0.5), candidate(0.9), candidate(0.1)]

    assert choose(found, limit=3, is_same=lambda i, j: {i, j} == {0, 1}) == [1, 2]


@given(
    st.lists(
        st.builds(candidate, st.floats(0, 1), st.floats(-1, 1), st.sampled_from([None, "a", "b"])),
        max_size=12,
    ),
    st.integers(1, 5),
)
def test_choosing_keeps_its_promises(found: list[Candidate], limit: int) -> None:
    chosen = choose(found, limit=limit, is_same=different)

    assert len(chosen) == len(set(chosen)) <= limit
    assert all(found[i].similarity >= rules.RELIABLE for i in chosen)
    assert [found[i].score for i in chosen] == sorted(
        (found[i].score for i in chosen), reverse=True
    )
    agents = [found[i].agent for i in chosen if found[i].agent is not None]
    assert all(agents.count(agent) <= 2 for agent in agents)


def test_the_problem_is_what_the_customer_says_before_the_first_answer() -> None:
    turns = [
        ("bot", "Welcome"),
        ("customer", "My router restarts."),
        ("customer", "Since Friday."),
        ("agent", "Which model?"),
        ("customer", "A Halny."),
    ]

    found = problem_of(turns, says_enough=lambda text: True)

    assert found == "My router restarts.\nSince Friday."


def test_a_greeting_alone_is_no_problem() -> None:
    turns = [("customer", "Hello"), ("agent", "Hello."), ("customer", "My router restarts.")]

    found = problem_of(turns, says_enough=lambda text: "router" in text)

    assert found == "Hello\nMy router restarts."


def test_the_solution_is_its_evidence_and_never_a_customers_turn() -> None:
    turns = [("agent", "Hello."), ("customer", "Help"), ("agent", "Reset it."), ("agent", "Bye.")]

    assert solution_of(turns, decisive=[1, 2]) == "Reset it."


def test_without_evidence_the_longest_turns_stand_for_the_solution() -> None:
    turns = [
        ("agent", text) for text in ("Hi", "long one here", "longer one there", "longest of all")
    ]

    assert solution_of(turns) == "long one here\nlonger one there\nlongest of all"


@given(st.text(max_size=400), st.integers(20, 200))
def test_a_title_is_one_line_and_not_too_long(text: str, limit: int) -> None:
    title = one_line(text, limit=limit)

    assert "\n" not in title
    assert len(title) <= limit + 2


@pytest.mark.parametrize(
    ("shared", "asked", "is_shown"),
    [(0, 0, False), (1, 1, False), (1, 2, False), (2, 3, True), (2, 5, False), (3, 16, True)],
)
def test_by_words_alone_a_case_needs_three_or_half_of_them(
    shared: int, asked: int, is_shown: bool
) -> None:
    assert (rules.similarity_by_words(shared, asked) >= rules.RELIABLE) is is_shown
