"""Read and change how the reviewers' time is shared among the streams of the queue."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audit.actions import record
from service.errors import N_, Invalid
from service.identity.rules import Principal
from service.review.shares import SHARES, problems
from service.review.streams import SECOND, SECOND_SHARE
from service.review.tables import StreamShare

LEAST_SECOND: Final = 0.05
MOST_SECOND: Final = 0.1
SAID: Final = {
    "unknown_stream": N_("There is no such stream."),
    "negative": N_("A share cannot be negative."),
    "not_all": N_("The shares of the streams must add up to 100 %."),
    "too_little_blind": N_(
        "Less than 15 % of blind audits makes every number less sure. Confirm it, or keep 15 %."
    ),
    "too_little_praise": N_("At least 10 % are for praise candidates."),
}


def shares(db: Session) -> dict[str, float]:
    """Return the share of each stream and of second reviews: what a lead chose, or the default."""
    chosen = {row.stream: row.share for row in db.scalars(select(StreamShare))}
    return {**SHARES, SECOND: SECOND_SHARE, **chosen}


def save_shares(
    db: Session, given: Mapping[str, float], *, principal: Principal, allows_less_blind: bool
) -> None:
    """Keep new shares; they count from the next draw and the next opening of a queue.

    Args:
        given: of every stream, together 1, and of second reviews, .05 to .1 of those submitted.
        allows_less_blind: the person confirmed that blind audits fall below 15 %.

    Raises:
        Invalid: the shares are not allowed, or blind audits fall and nobody confirmed it.
    """
    streams = {stream: given.get(stream, 0.0) for stream in SHARES}
    found = problems(streams, allows_less_blind=allows_less_blind)
    if found:
        raise Invalid(SAID[found[0]])
    second = given.get(SECOND, SECOND_SHARE)
    if not LEAST_SECOND <= second <= MOST_SECOND:
        raise Invalid(N_("Second reviews are 5 to 10 % of those submitted."))
    before = shares(db)
    for stream, share in {**streams, SECOND: second}.items():
        if before[stream] != share:
            db.merge(StreamShare(stream=stream, share=share, by=principal.id))
            record(
                db,
                "shares.changed",
                subject=f"stream:{stream}",
                actor=principal.id,
                before=before[stream],
                after=share,
            )
