"""Which words are marked."""

import time

from hypothesis import given
from hypothesis import strategies as st

from service import lexical
from service.review import evidence
from service.review.evidence import Marker, Part

WANTED = {"refund": 2.5, "thursday": 2.0, "order": 0.3}


def test_the_sentence_that_clearly_shares_most_is_marked() -> None:
    text = "Thank you for the order. You get the refund on Thursday. Have a good day!"

    begin, end = Marker(text, "en").span(dict.fromkeys(lexical.stems("refund thursday", "en"), 2.0))

    assert text[begin:end] == "You get the refund on Thursday."


def test_a_turn_without_a_clear_sentence_is_marked_whole() -> None:
    text = "Hello. How are you?"

    assert Marker(text, "en").span(WANTED) == (0, len(text))
    assert Marker("", "en").span(WANTED) == (0, 0)


def test_words_that_all_criteria_share_weigh_nothing() -> None:
    wanted = evidence.wanted_words("standard-12/1", "greeting", "en")

    assert min(wanted.values()) == 0.0
    assert max(wanted.values()) > 2
    assert evidence.wanted_words("standard-12/1", "greeting", "de") == {}


@given(st.text(max_size=200), st.data())
def test_the_parts_are_the_text_again(text: str, data: st.DataObject) -> None:
    place = st.integers(0, len(text))
    marks = []
    for key in data.draw(st.lists(st.sampled_from(["a", "b", "c"]), unique=True)):
        begin, end = sorted((data.draw(place), data.draw(place)))
        marks.append((begin, end, key))

    parts = evidence.parts(text, marks)

    assert "".join(part.text for part in parts) == text
    for begin, end, key in marks:
        marked = "".join(part.text for part in parts if key in part.criteria)
        assert marked == text[begin:end]


@given(st.text(max_size=300))
def test_sentences_lie_in_order_inside_the_text(text: str) -> None:
    spans = evidence.sentences(text)

    assert spans
    assert all(0 <= a <= b <= len(text) for a, b in spans)
    assert [edge for span in spans for edge in span] == sorted(
        edge for span in spans for edge in span
    )


def test_overlapping_marks_are_cut_at_their_edges() -> None:
    assert evidence.parts("abcdef", [(0, 4, "x"), (2, 6, "y")]) == [
        Part("ab", ("x",)),
        Part("cd", ("x", "y")),
        Part("ef", ("y",)),
    ]


def test_a_long_quotation_is_cut_at_a_word() -> None:
    assert evidence.quote("word " * 100) == "word " * 43 + "word …"
    assert evidence.quote(" short ") == "short"


def test_a_hostile_turn_is_taken_apart_in_no_time() -> None:
    text = ("a. " * 20_000 + "\n" * 20_000)[:65_536]
    began = time.perf_counter()

    Marker(text, "en").span(WANTED)

    assert time.perf_counter() - began < 2
