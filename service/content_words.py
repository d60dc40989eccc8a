"""The words of a text that say what the matter is. Pure."""

import re

from service.common_words import COMMON
from service.lexical import stems

MASK = re.compile(r"\[[A-Z_]+\]")
WORD = re.compile(r"\w+")
LEAST_DIGITS = 3  # "14" and "30" are in every second text


def surfaces(text: str, language: str) -> dict[str, str]:
    """Return stem -> the first word it comes from, of the words that say something."""
    found: dict[str, str] = {}
    for word in WORD.findall(MASK.sub(" ", text)):
        for stem in stems(word, language):
            if stem not in COMMON and len(stem) > 1 and not _is_small_number(stem):
                found.setdefault(stem, word)
    return found


def says_nothing(text: str, language: str) -> bool:
    """Whether there is nothing to search for: no words, or only those everybody writes."""
    return not surfaces(text, language)


def _is_small_number(stem: str) -> bool:
    return stem.isdigit() and len(stem) < LEAST_DIGITS
