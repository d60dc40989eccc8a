"""What the review page is made of: finished values, one class per part of the page."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from service.conversations.tables import Turn
from service.review.evidence import Part
from service.review.queries import OpenReview
from service.review.rules import Decision


@dataclass(frozen=True, slots=True)
class Option:
    """One of the four levels of a criterion."""

    value: str
    name: str
    definition: str
    is_auto: bool
    is_checked: bool
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """A turn's marked words."""

    number: int  # as people count, from 1
    text: str
    pinned: str | None  # good, weak


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a select."""

    key: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One row of the scorecard."""

    key: str
    number: int
    name: str
    is_open: bool  # needs a person's eyes
    is_current: bool
    is_nominated: bool
    auto: Option
    confidence: float
    options: list[Option]
    quotes: list[Quote]
    absence: str | None  # what was searched and not found
    searched: str
    searched_count: int
    decision: Decision | None
    value_name: str
    causes: list[Choice]
    reasons: list[Choice]
    withheld: str  # dispute, criterion_unclear: in no number; else empty
    ruling: Option | None  # that an answer to a dispute put in force

    @property
    def state(self) -> str:
        """todo, confirmed or corrected."""
        return self.decision.decision if self.decision and self.decision.is_made else "todo"

    @property
    def is_fail(self) -> bool:
        """Whether a person decided that it fails."""
        return self.state != "todo" and self.decision is not None and self.decision.value == "fail"

    @property
    def comment(self) -> str:
        """What the person wrote about it."""
        return self.decision.comment if self.decision else ""


@dataclass(frozen=True, slots=True)
class Tag:
    """A turn is evidence of a criterion."""

    key: str
    number: int
    name: str
    pinned: str | None


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn of the transcript."""

    turn: Turn
    number: int
    speaker: str
    mood: str | None
    mood_name: str
    parts: list[Part]
    quoted: str  # the mails it answers, folded; empty where there are none
    tags: list[Tag]


@dataclass(frozen=True, slots=True)
class Bar:
    """The foot of the page: where the review stands."""

    score: float | None
    auto_score: float | None
    eyes: int
    left: int
    decided: int
    machine: int  # left to the machine: in no number

    @property
    def is_ready(self) -> bool:
        """Whether the review can be submitted."""
        return self.left == 0 and self.decided > 0


@dataclass(frozen=True, slots=True)
class Bench:
    """The whole page."""

    opened: OpenReview
    eyes: list[CriterionView]
    sure: list[CriterionView]
    turns: list[TurnView]
    bar: Bar
    mood_first: str | None
    mood_last: str | None
    first_response: timedelta | None
    length: timedelta | None
    is_draft: bool  # the person may decide here
    at: str  # the criterion to stand on
    critical: list[str]  # names of the criteria with a confirmed critical error

    @property
    def why(self) -> list[dict[str, Any]]:
        """Why it waits, as codes."""
        return self.opened.why

    def criterion(self, key: str) -> CriterionView:
        """Return one row; raises StopIteration for an unknown key."""
        return next(view for view in (*self.eyes, *self.sure) if view.key == key)
