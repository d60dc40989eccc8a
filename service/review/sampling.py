"""Which conversations are drawn for blind audits, each with a chance that is known. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import floor
from typing import Final, NamedTuple
from uuid import UUID

WORK_DAYS: Final = 5
WEEK_DAYS: Final = 7
LEAST: Final = 0.2  # audits a draw, in the mean, even when a week's are used up


class Stratum(NamedTuple):
    """What conversations are told apart by when audits are drawn."""

    language: str
    channel: str
    team_id: UUID | None


def period_of(at: datetime) -> date:
    """Return the Monday, in UTC, of the week that a time lies in."""
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def days_left(at: datetime) -> int:
    """Return how many days its week still has, this one among them: 1 to 7."""
    return WEEK_DAYS - at.astimezone(UTC).weekday()


def probability(
    population: int, *, share: float, weekly_quota: int, drawn: int, days: int
) -> float:
    """Return the chance with which each of a population is drawn now.

    It is the share, or less where people could not review so many: then what the week has left,
    spread over its days. It is never 0 while the share is not, or estimates would miss some.

    Args:
        population: how many take part in this draw.
        share: of blind audits among reviews, 0 to 1.
        weekly_quota: how many reviews people do in a week.
        drawn: audits of this week so far.
        days: of the week that are left, at least 1.
    """
    if not population or share <= 0:
        return 0.0
    left = max(LEAST, (share * weekly_quota - drawn) / days)
    return min(share, left / population)


def draw(
    strata: Mapping[Stratum, Sequence[UUID]], chance: float, *, period: date, key: bytes
) -> list[UUID]:
    """Return those drawn, each with exactly that chance, spread evenly over the strata.

    Systematic sampling with a random start (Madow and Madow, "On the theory of systematic
    sampling", Annals of Mathematical Statistics 15, 1944) along the strata, within each of them in
    random order. The randomness is a keyed digest, so that nobody without the key can foresee a
    draw and the same draw comes again.

    Args:
        strata: all that take part; the order of rows changes nothing.
        chance: 0 to 1.
        period: the week that is drawn for.
        key: secret bytes.
    """

    def digest(what: str) -> int:
        text = f"audits:{period.isoformat()}:{what}".encode()
        return int.from_bytes(hashlib.blake2b(text, key=key[:64], digest_size=8).digest())

    start = digest("start") / 2**64
    ordered = [
        member
        for stratum in sorted(strata, key=str)
        for member in sorted(strata[stratum], key=lambda one: digest(str(one)))
    ]
    return [
        member
        for place, member in enumerate(ordered)
        if floor((place + 1) * chance + start) > floor(place * chance + start)
    ]
