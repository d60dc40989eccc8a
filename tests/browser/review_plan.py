"""What a reviewer does with a scored conversation, made from what the machine proposes for it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from service.review.queries import proposals_of
from service.review.rules import Proposal, grouped, is_nominated
from service.scoring.tables import LatestRun

UNSURE_BELOW = 0.95  # most criteria want a person's eyes, whatever the heads learn next
SCORECARD = load_scorecard("standard-12/1")


@dataclass(frozen=True)
class Place:
    """A turn to pin: the evidence of a criterion that stands at `index`."""

    key: str
    index: int
    position: int


@dataclass(frozen=True)
class Plan:
    """What the reviewer is going to do with each criterion that needs their eyes."""

    keys: list[str]  # in the page's order
    proposals: dict[str, Proposal]
    corrected: dict[str, str]
    praised: list[Place]
    weak: Place

    @property
    def pins(self) -> list[Place]:
        """The pins in the agenda's order: what to work on, then the newest praise first."""
        newest = sorted(self.praised, key=lambda place: self.keys.index(place.key))[::-1]
        return [self.weak, *newest]

    def decided(self) -> dict[str, tuple[str, str]]:
        return {
            key: (self.corrected[key], "corrected")
            if key in self.corrected
            else (self.proposals[key].value, "confirmed")
            for key in self.keys
        }


def plan_of(db: Session, conversation_id: uuid.UUID) -> Plan:
    """Correct each nominated critical error, or else one value; pin three different turns."""
    run_id = db.get_one(LatestRun, conversation_id).run_id
    proposals = proposals_of(db, [run_id])[run_id]
    assert len(proposals) == len(SCORECARD.criteria)
    eyes, _ = grouped(proposals, SCORECARD, unsure_below=UNSURE_BELOW)
    wrong = [c for c in eyes if is_nominated(proposals[c.key], c)]
    praised, weak = pins_of([proposals[c.key] for c in eyes if c not in wrong])
    taken = {place.key for place in (*praised, weak)}
    corrected: dict[str, str] = {
        c.key: next(v for v in ("pass", "partial") if v in c.levels and v != proposals[c.key].value)
        for c in wrong or [c for c in eyes if c.key not in taken][-1:]
    }
    return Plan([c.key for c in eyes], proposals, corrected, praised, weak)


def pins_of(proposals: Sequence[Proposal]) -> tuple[list[Place], Place]:
    """Choose two turns to praise and one to work on: other criteria, other turns."""
    ordered = sorted(proposals, key=lambda one: one.value != "pass")
    places = [Place(one.criterion, *at) for one in ordered for at in enumerate(one.evidence[:2])]
    for praised in combinations(places, 2):
        for weak in reversed(places):
            three = (*praised, weak)
            if len({one.key for one in three}) == len({one.position for one in three}) == 3:
                return list(praised), weak
    raise AssertionError("the conversation shows too little evidence for three pins")
