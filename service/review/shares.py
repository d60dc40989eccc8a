"""How much of a reviewer's work each stream of triage gets. Pure."""

from collections.abc import Mapping
from math import ceil, floor
from types import MappingProxyType
from typing import Final

STREAMS: Final = ("critical", "dispute", "unsure", "coverage", "blind", "praise")
LEAST_BLIND: Final = 0.15  # blind audits, without which no number is honest
LEAST_PRAISE: Final = 0.1
LEAST: Final[Mapping[str, float]] = MappingProxyType({"blind": LEAST_BLIND, "praise": LEAST_PRAISE})
SHARES: Final[Mapping[str, float]] = MappingProxyType(
    {
        "critical": 0.25,
        "dispute": 0.15,
        "unsure": 0.2,
        "coverage": 0.15,
        "blind": LEAST_BLIND,
        "praise": LEAST_PRAISE,
    }
)
TINY: Final = 1e-9


def problems(shares: Mapping[str, float], *, allows_less_blind: bool = False) -> list[str]:
    """Return what is wrong with shares as codes; an empty list allows them.

    Codes: unknown_stream, negative, not_all (they do not add up to 1), too_little_blind,
    too_little_praise.

    Args:
        shares: by stream, 0 to 1.
        allows_less_blind: a lead's explicit switch; without it blind audits stay at 15 % or more.
    """
    found = []
    if not set(shares) <= set(STREAMS):
        found.append("unknown_stream")
    if any(share < 0 for share in shares.values()):
        found.append("negative")
    if abs(sum(shares.values()) - 1) > 1e-6:
        found.append("not_all")
    if shares.get("blind", 0) < LEAST_BLIND - TINY and not allows_less_blind:
        found.append("too_little_blind")
    if shares.get("praise", 0) < LEAST_PRAISE - TINY:
        found.append("too_little_praise")
    return found


def apportion(shares: Mapping[str, float], total: int) -> dict[str, int]:
    """Return whole numbers in proportion to shares that add up to total, by largest remainder.

    Hamilton's method (Balinski and Young, Fair Representation, 1982). Equal remainders go in the
    order of the names; shares that are all 0 give nothing.

    Args:
        shares: each at least 0; they need not add up to 1.
        total: at least 0.
    """
    whole = sum(shares.values())
    if whole <= 0:
        return dict.fromkeys(shares, 0)
    exact = {key: total * share / whole for key, share in shares.items()}
    found = {key: floor(value + TINY) for key, value in exact.items()}
    by_rest = sorted(exact, key=lambda key: (round(found[key] - exact[key], 9), key))
    for key in by_rest[: total - sum(found.values())]:
        found[key] += 1
    return found


def quotas(
    shares: Mapping[str, float],
    total: int,
    *,
    waiting: Mapping[str, int],
    done: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Return how many conversations of each stream fill a quota.

    Shares are of everything so far and today together. Blind audits and praise get their least
    share rounded up; the rest is apportioned. What a stream cannot fill goes to those that can.

    Args:
        shares: by stream, free of `problems`; with the switch, blind below 15 % counts as it is.
        total: of today's quota, at least 0.
        waiting: how many conversations each stream has.
        done: what was given by stream before, in the period over which the shares hold.

    Returns:
        for each stream of shares at most what is waiting; together total, or all that is waiting.
    """
    before = done or {}
    everything = sum(before.values()) + total
    found = dict.fromkeys(shares, 0)
    for stream, least in LEAST.items():
        share = min(least, shares.get(stream, 0.0))
        owed = ceil(share * everything - TINY) - before.get(stream, 0)
        room = min(waiting.get(stream, 0), total - sum(found.values()))
        if stream in found:
            found[stream] = max(0, min(owed, room))
    still_owed = {key: share * everything - before.get(key, 0) for key, share in shares.items()}
    return _filled(still_owed, total, waiting=waiting, found=found)


def _filled(
    owed: Mapping[str, float], total: int, *, waiting: Mapping[str, int], found: dict[str, int]
) -> dict[str, int]:
    """Return quotas raised to total, in proportion to what each stream is still owed."""
    while (left := total - sum(found.values())) > 0:
        lacking = {
            key: max(0.0, due - found[key])
            for key, due in owed.items()
            if waiting.get(key, 0) > found[key]
        }
        if not lacking:
            break
        if sum(lacking.values()) <= TINY:  # all have theirs, yet others cannot fill their part
            lacking = dict.fromkeys(lacking, 1.0)
        for key, number in apportion(lacking, left).items():
            found[key] += min(number, waiting[key] - found[key])
    return found
