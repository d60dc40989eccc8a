import pytest

from service.cases.likeness import likeness, query_stems, says_enough
from service.content_words import says_nothing, surfaces


def test_shared_words_are_shown_as_the_case_writes_them() -> None:
    found = likeness(
        "Router restartuje się co chwilę", "pl", "Routery restartują się same", "pl",
        is_same_topic=False,
    )  # fmt: skip

    assert found.words == ("Routery", "restartują")
    assert not found.is_same_topic


def test_words_that_everybody_writes_explain_nothing() -> None:
    found = likeness(
        "Good morning, I have a question", "en", "good morning, can you help me", "en",
        is_same_topic=False,
    )  # fmt: skip

    assert found.words == ()


def test_across_languages_names_codes_and_numbers_are_shared() -> None:
    found = likeness(
        "Импорт CSV падает на строке 412, плачу BLIK", "ru",
        "Import CSV staje na wierszu 412, płacę BLIK-iem", "pl", is_same_topic=True,
    )  # fmt: skip

    assert (found.words, found.numbers, found.is_same_topic) == (("CSV", "BLIK"), ("412",), True)


def test_a_word_that_only_looks_the_same_in_another_script_is_not_shared() -> None:
    found = likeness("код", "ru", "kod", "pl", is_same_topic=False)

    assert (found.words, found.numbers) == ((), ())


def test_small_numbers_and_masks_are_no_words() -> None:
    assert surfaces("Order [ORDER] of [EMAIL], 14 days, error 5003", "en") == {
        "order": "Order", "error": "error", "5003": "5003",
    }  # fmt: skip


def test_a_question_is_searched_by_its_longest_words() -> None:
    text = " ".join(f"word{'x' * n}" for n in range(30))

    found = query_stems(text, "en")

    assert len(found) == 16
    assert min(len(stem) for stem in found) == len("word") + 14


def test_a_greeting_says_too_little() -> None:
    assert not says_enough("Dzień dobry", "pl")
    assert says_enough("Router restartuje się, dioda mruga", "pl")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "en"),
        (" \n ", "pl"),
        ("!!! 😀 …", "und"),
        ("[EMAIL] [PHONE]", "en"),
        ("Hello, good morning", "en"),
        ("Dzień dobry", "pl"),
        ("Здравствуйте", "ru"),
        ("14", "en"),
    ],
)
def test_a_greeting_or_less_says_nothing_to_search_for(text: str, language: str) -> None:
    assert says_nothing(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [("BLIK", "pl"), ("error 5003", "en"), ("посылка", "ru"), ("注文が届かない", "ja")],
)
def test_one_telling_word_is_enough_to_search_for(text: str, language: str) -> None:
    assert not says_nothing(text, language)
