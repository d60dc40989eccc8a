from hypothesis import given
from hypothesis import strategies as st

from models.batching import batches, windows


def test_a_long_text_is_cut_into_windows_of_like_length() -> None:
    assert [list(w) for w in windows(list(range(7)), 3)] == [[0, 1], [2, 3], [4, 5, 6]]


@given(st.lists(st.integers(), max_size=80), st.integers(1, 9))
def test_windows_hold_everything_in_order_and_fit(ids: list[int], size: int) -> None:
    cut = windows(ids, size)

    assert [one for window in cut for one in window] == ids
    assert max(len(window) for window in cut) <= size


def test_a_text_without_tokens_is_one_empty_window() -> None:
    assert windows([], 5) == [[]]


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(1, 100))
def test_batches_hold_each_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    made = list(batches(lengths, budget))

    assert sorted(i for batch in made for i in batch) == list(range(len(lengths)))
    for batch in made:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget


def test_batches_go_from_short_to_long() -> None:
    assert list(batches([9, 1, 5, 2], 10)) == [[1, 3], [2], [0]]
