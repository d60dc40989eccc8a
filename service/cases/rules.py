"""What makes a case similar, reliable and worth showing. Pure.

The thresholds are on the cosine of centred vectors, and were chosen by judging pairs by hand; see
`eval/data/similar_cases.jsonl` and `python -m eval cases`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key")

FLATTENING = 60  # of reciprocal rank fusion (Cormack, Clarke, Büttcher: SIGIR 2009)
VERY_CLOSE = 0.55
CLOSE = 0.40
RELIABLE = 0.35
SAME = 0.97  # cosine of two problems from which they count as one
MOST_OF_ONE_AGENT = 2
MOST_REJECTIONS = 3  # then a case is not offered until an owner has looked at it
LOWERED = 0.5  # what one rejection leaves of a case's rank score
MOST_TURNS = 3  # of a solution
LONGEST_PROBLEM = 4_000
LONGEST_SOLUTION = 8_000
BANDS = ("very_close", "close", "some")
BY_WORDS = "words"  # the band of a case that could not be compared by meaning yet
ENOUGH_SHARED = 3  # words in common, from which such a case is worth showing
HALF = 0.5  # or this share of the question's words, where it has fewer


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case before the best few are chosen; `score` is its fused rank score, higher is better."""

    score: float
    similarity: float
    agent: object | None  # who solved it; None: unknown


def fuse(rankings: Iterable[Sequence[Key]]) -> dict[Key, float]:
    """Return the sum of reciprocal ranks of everything that stands in any of the rankings.

    Args:
        rankings: each best first, without repeats.
    """
    scores: dict[Key, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(ranking, start=1):
            scores[key] = scores.get(key, 0.0) + 1 / (FLATTENING + rank)
    return scores


def lowered(score: float, rejections: int) -> float:
    """Return a rank score after a case was rejected so many times."""
    return score * LOWERED**rejections


def is_offered(rejections: int) -> bool:
    """Whether a case may still be shown, by how often it was rejected since an owner looked."""
    return rejections < MOST_REJECTIONS


def band(similarity: float) -> str | None:
    """Return one of BANDS, or None where the likeness means nothing.

    Args:
        similarity: cosine of centred vectors, -1 to 1.
    """
    if similarity >= VERY_CLOSE:
        return "very_close"
    if similarity >= CLOSE:
        return "close"
    return "some" if similarity >= RELIABLE else None


def similarity_by_words(shared: int, asked: int) -> float:
    """Return what stands for the cosine of a case whose vector is not made yet.

    Args:
        shared: telling words that stand in both texts.
        asked: telling words of the question.
    """
    is_enough = shared >= ENOUGH_SHARED or (shared > 1 and shared >= HALF * asked)
    return RELIABLE if is_enough else 0.0


def choose(
    candidates: Sequence[Candidate], *, limit: int, is_same: Callable[[int, int], bool]
) -> list[int]:
    """Return the positions of the best candidates, best first.

    Left out are those below the threshold, near-duplicates of a better one, and all but
    MOST_OF_ONE_AGENT of one agent's: many tickets with one answer must not push out the rest.

    Args:
        candidates: in any order.
        limit: at most so many.
        is_same: whether the candidates at two positions tell the same problem.
    """
    order = sorted(
        (i for i, one in enumerate(candidates) if one.similarity >= RELIABLE),
        key=lambda i: (-candidates[i].score, -candidates[i].similarity),
    )
    chosen: list[int] = []
    for i in order:
        agent = candidates[i].agent
        of_agent = sum(candidates[j].agent == agent for j in chosen)
        if agent is not None and of_agent >= MOST_OF_ONE_AGENT:
            continue
        if any(is_same(i, j) for j in chosen):
            continue
        chosen.append(i)
        if len(chosen) == limit:
            break
    return chosen


def problem_of(turns: Iterable[tuple[str, str]], *, says_enough: Callable[[str], bool]) -> str:
    """Return what the customer wanted: their words up to the agent's first answer.

    A mere greeting is not a problem; then what they say next is added.

    Args:
        turns: (speaker, text) in order.
        says_enough: whether a text tells what the matter is.
    """
    said: list[str] = []
    for speaker, text in turns:
        if speaker == "customer":
            said.append(text.strip())
        elif speaker == "agent" and said and says_enough("\n".join(said)):
            break
    return "\n".join(part for part in said if part)[:LONGEST_PROBLEM]


def solution_of(turns: Iterable[tuple[str, str]], *, decisive: Collection[int] = ()) -> str:
    """Return what the agent wrote that solved it, in order.

    Args:
        turns: (speaker, text) in order.
        decisive: positions of the turns that carry the solution, as its evidence says; without
            any, the longest turns stand for it: greetings and thanks are short.
    """
    said = [(i, text.strip()) for i, (speaker, text) in enumerate(turns) if speaker == "agent"]
    chosen = [(i, text) for i, text in said if i in decisive]
    if not chosen:
        chosen = sorted(sorted(said, key=lambda one: -len(one[1]))[:MOST_TURNS])
    return "\n".join(text for _, text in chosen if text)[:LONGEST_SOLUTION]


def one_line(text: str, *, limit: int = 140) -> str:
    """Return a text as a title: one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return line[:limit].rsplit(" ", 1)[0].rstrip(",;:–-") + " …"
