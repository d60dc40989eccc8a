"""Why a case is similar, in words that stand in both texts. Pure.

Across languages no stem is shared, but names, codes and numbers are: "BLIK", "CSV", "403".
"""

import re
from dataclasses import dataclass

from service.content_words import surfaces

LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]+")
MOST_WORDS = 5
MOST_QUERY_STEMS = 16
ENOUGH_STEMS = 3  # from so many on, a text tells what the matter is


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a question and a case share.

    Attributes:
        words: as the case writes them; across languages only names and codes.
        numbers: of three digits or more.
        is_same_topic: whether both are about the same topic; False where it is unknown.
    """

    words: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    is_same_topic: bool = False


def query_stems(text: str, language: str) -> list[str]:
    """Return the stems to search by, those of long words first: they are the rare ones."""
    found = list(surfaces(text, language))
    longest = sorted(found, key=lambda stem: -len(stem))[:MOST_QUERY_STEMS]
    return [stem for stem in found if stem in set(longest)]


def says_enough(text: str, language: str) -> bool:
    """Whether a text tells what the matter is: a mere greeting does not."""
    return len(surfaces(text, language)) >= ENOUGH_STEMS


def likeness(
    question: str, language: str, case_text: str, case_language: str, *, is_same_topic: bool
) -> Likeness:
    """Return what a question and a case's text share, the longest words first.

    Args:
        question: masked text.
        language: of the question.
        case_text: the case's problem, and its solution where that may count, too.
        case_language: of the case.
        is_same_topic: whether both have the same topic.
    """
    mine, theirs = surfaces(question, language), surfaces(case_text, case_language)
    shared = [stem for stem in theirs if stem in mine]
    if language != case_language:
        shared = [stem for stem in shared if _is_international(theirs[stem], mine[stem])]
    numbers = tuple(theirs[stem] for stem in shared if stem.isdigit())
    words = [stem for stem in shared if not stem.isdigit()]
    longest = set(sorted(words, key=lambda stem: -len(stem))[:MOST_WORDS])
    return Likeness(
        words=tuple(theirs[stem] for stem in words if stem in longest),
        numbers=numbers[:MOST_WORDS],
        is_same_topic=is_same_topic,
    )


def _is_international(word: str, other: str) -> bool:
    """Whether a word means the same in another language: a number, or a name in Latin letters."""
    return word.isdigit() or (
        word.casefold() == other.casefold() and LATIN.fullmatch(word) is not None
    )
