"""What a reviewer's day is made of: the streams in their shares, up to today's quota. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from service.review.shares import quotas
from service.review.streams import BLIND

OTHER: Final = "other"
One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A conversation that waits for an ordinary review."""

    conversation_id: UUID
    agent_id: UUID | None
    stream: str  # critical, unsure, praise, other


@dataclass(frozen=True, slots=True)
class Chosen:
    """What fills a day: conversations by stream, and how many blind audits."""

    streams: dict[str, list[UUID]]
    blind: int


def choose(
    candidates: Sequence[Candidate],
    *,
    audits: int,
    covered: Collection[UUID],
    shares: Mapping[str, float],
    done: Mapping[str, int],
    quota: int,
) -> Chosen:
    """Return what is left to do today; every stream in its share, as far as it has enough.

    Args:
        candidates: in the order in which they are to be reviewed.
        audits: how many blind audits wait for the person.
        covered: agents that somebody reviewed or audited this week; the others are owed a review.
        shares: by stream.
        done: what the person did today, by stream.
        quota: of the day.
    """
    streams = _by_stream(candidates, covered)
    waiting = {**{stream: len(ids) for stream, ids in streams.items()}, BLIND: audits}
    left = max(0, quota - sum(done.values()))
    counts = quotas(shares, left, waiting=waiting, done=done)
    taken = {s: ids[: counts[s]] for s, ids in streams.items() if counts.get(s)}
    rest = left - sum(counts.values())
    if rest > 0 and streams.get(OTHER):
        taken[OTHER] = streams[OTHER][:rest]
    return Chosen(taken, counts.get(BLIND, 0))


def _by_stream(candidates: Sequence[Candidate], covered: Collection[UUID]) -> dict[str, list[UUID]]:
    """Return the ids of each stream; of an agent who is owed a review the first one is coverage."""
    found: dict[str, list[UUID]] = {}
    owed: set[UUID] = set()
    for one in candidates:
        agent, stream = one.agent_id, one.stream
        if (
            stream != "critical"
            and agent is not None
            and agent not in covered
            and agent not in owed
        ):
            owed.add(agent)
            stream = "coverage"
        found.setdefault(stream, []).append(one.conversation_id)
    return found


def spread(first: Sequence[One], others: Sequence[Sequence[One]]) -> list[One]:
    """Return the first ones, then the others evenly mixed, each list in its own order."""
    placed = [
        ((place + 0.5) / len(rows), number, row)
        for number, rows in enumerate(others)
        for place, row in enumerate(rows)
    ]
    return [*first, *(row for _, _, row in sorted(placed, key=lambda one: one[:2]))]
