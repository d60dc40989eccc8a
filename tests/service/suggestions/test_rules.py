import pytest

from service.suggestions.rules import likely_language


@pytest.mark.parametrize(
    ("text", "detected", "reader", "expected"),
    [
        ("Router", "pl", "en", "pl"),
        ("роутер", None, "en", "ru"),
        ("router", None, "pl", "pl"),
        ("router", None, "ru", "en"),
    ],
)
def test_a_question_too_short_to_tell_is_in_its_letters_or_its_readers_language(
    text: str, detected: str | None, reader: str, expected: str
) -> None:
    assert likely_language(text, detected=detected, reader=reader) == expected
