"""What a mentor changed on the agenda's page: plain values between the form and the actions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

LONGEST = 4000  # characters of a text that somebody writes
ACTION_STATES = ("open", "done", "dropped")


@dataclass(frozen=True, slots=True)
class PointEdit:
    """One point as it stands in the form; None: the form does not hold the field."""

    is_kept: bool
    position: int
    body: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ActionEdit:
    """One action item as it stands in the form."""

    text: str
    criterion: str
    measure: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Edits:
    """All that the agenda's form holds; None: the form does not hold the field."""

    version: int
    points: Mapping[UUID, PointEdit] = field(default_factory=dict)
    actions: Mapping[UUID, ActionEdit] = field(default_factory=dict)
    new_actions: tuple[ActionEdit, ...] = ()
    states: Mapping[UUID, str] = field(default_factory=dict)  # of earlier action items
    question: str = ""  # one more
    starts_at: datetime | None = None
    minutes: int | None = None
    private_notes: str | None = None
    shared_notes: str | None = None
