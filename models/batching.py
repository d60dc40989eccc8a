"""Cut long texts into windows and gather texts of like length into batches. Pure."""

import itertools
from collections.abc import Iterator, Sequence


def windows(ids: Sequence[int], size: int) -> list[Sequence[int]]:
    """Cut token ids into pieces of at most `size`, all of nearly the same length.

    Args:
        ids: token ids without the special ones; may be empty.
        size: at least 1.

    Returns:
        At least one piece; the only one is empty where `ids` is.
    """
    count = max(1, -(-len(ids) // size))
    cuts = [len(ids) * i // count for i in range(count + 1)]
    return [ids[start:stop] for start, stop in itertools.pairwise(cuts)]


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield positions in batches of like length, shortest first.

    Padding costs time, so a batch holds neighbours in length, and as many of them as keep
    `texts x longest` within `budget` (at least one).

    Args:
        lengths: how many tokens each text has.
        budget: how many places a batch may have, padding included.
    """
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and lengths[position] * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch
