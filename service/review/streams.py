"""The streams of the queue and their shares of the reviewers' time. Pure."""

from collections.abc import Collection, Iterator, Sequence
from math import floor
from typing import Final, TypeVar

BLIND: Final = "blind"  # blind audits
SECOND: Final = "second"
SECOND_SHARE: Final = 0.07  # of what was submitted, 5 to 10 %
PRAISE_FROM: Final = 90.0  # a quality score
DOUBTS: Final = frozenset({"risk", "csat", "fail", "unsure"})

Ordinary = TypeVar("Ordinary")
Blind = TypeVar("Blind")


def stream_of(codes: Collection[str], *, score: float | None) -> str:
    """Return the stream of a scored conversation: critical, unsure, praise, or other.

    Args:
        codes: why it waits.
        score: the quality score of its auto-scores, 0 to 100; None: not enough of them.
    """
    if "critical" in codes:
        return "critical"
    if not DOUBTS.isdisjoint(codes):
        return "unsure"
    return "praise" if score is not None and score >= PRAISE_FROM else "other"


def mixed(
    ordinary: Sequence[Ordinary], blind: Sequence[Blind], *, share: float
) -> Iterator[Ordinary | Blind]:
    """Yield both lists in their order, so that blind ones are a share of all so far.

    Once the ordinary ones are used up, the rest of the blind ones follows.

    Args:
        share: 0 to 1.
    """
    left = iter(blind)
    count = 0
    for row in ordinary:
        if is_blind_due(count, share=share) and (audit := next(left, None)) is not None:
            count += 1
            yield audit
        count += 1
        yield row
    yield from left


def is_blind_due(done: int, *, share: float) -> bool:
    """Whether the next piece of work is a blind audit, after so many pieces of both kinds."""
    return floor(share * (done + 1) + 1e-9) > floor(share * done + 1e-9)
