"""Which words of a turn to mark: its sentence closest to what a criterion asks for."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import log

from prompts.library import load_scorecard
from prompts.schema import LANGUAGES, Criterion
from service.lexical import stems

SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
CLEARLY = 2.0  # sum of weights: about two words that few criteria use
LEAD = 1.5  # how far ahead of the next sentence
LONGEST_QUOTE = 220


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a turn's text and the criteria it is evidence of."""

    text: str
    criteria: tuple[str, ...]


@cache
def wanted_words(scorecard_id: str, criterion: str, language: str) -> Mapping[str, float]:
    """Return the stems of what a criterion asks for, in the conversation's language, with weights.

    A word that many criteria use ("agent", "the") tells nothing: its weight is the logarithm of
    how rare it is among them, 0 for a word of all.
    """
    if language not in LANGUAGES:
        return {}
    words = {c.key: _words(c, language) for c in load_scorecard(scorecard_id).criteria}
    used = Counter(stem for stems_of_one in words.values() for stem in stems_of_one)
    return {stem: log(len(words) / used[stem]) for stem in words[criterion]}


def _words(criterion: Criterion, language: str) -> frozenset[str]:
    texts = [criterion.definition(level, language) for level in criterion.levels if level != "na"]
    texts.append(criterion.absence.in_language(language))
    if criterion.example is not None:
        texts.append(criterion.example.in_language(language))
    return frozenset(stem for text in texts for stem in stems(text, language))


def sentences(text: str) -> list[tuple[int, int]]:
    """Return where each sentence of a text begins and ends; at least one."""
    spans: list[tuple[int, int]] = []
    start = 0
    for gap in SENTENCE_END.finditer(text):
        if gap.start() > start:
            spans.append((start, gap.start()))
        start = gap.end()
    if start < len(text) or not spans:
        spans.append((start, len(text)))
    return spans


class Marker:
    """Finds the sentence to mark in one turn; the turn is taken apart once for all criteria."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self._spans = sentences(text)
        self._words = [frozenset(stems(text[a:b], language)) for a, b in self._spans]

    def span(self, wanted: Mapping[str, float]) -> tuple[int, int]:
        """Return the sentence that clearly shares most with what is wanted, else the whole turn.

        A wrong sentence in colour misleads more than a whole turn does.
        """
        shares = [sum(wanted.get(word, 0.0) for word in words) for words in self._words]
        *others, best = sorted(shares)
        if len(shares) == 1 or best < CLEARLY or (others and best < LEAD * others[-1]):
            return 0, len(self.text)
        return self._spans[shares.index(best)]


def parts(text: str, marks: Sequence[tuple[int, int, str]]) -> list[Part]:
    """Cut a text at the edges of its marks.

    Args:
        marks: begin, end and criterion; they may overlap.
    """
    edges = sorted({0, len(text), *(edge for a, b, _ in marks for edge in (a, b))})
    found = []
    for a, b in pairwise(edges):
        criteria = tuple(key for begin, end, key in marks if begin <= a and b <= end)
        found.append(Part(text[a:b], criteria))
    return found or [Part(text, ())]


def quote(text: str) -> str:
    """Return a marked span as a quotation, cut at a word when it is long."""
    text = " ".join(text.split())
    if len(text) <= LONGEST_QUOTE:
        return text
    head = text[: LONGEST_QUOTE + 1].rsplit(maxsplit=1)[0]
    return f"{head} …"


def numbers(positions: Iterable[int]) -> list[int]:
    """Return turn numbers as people count them, from 1, in order."""
    return sorted(position + 1 for position in positions)
