"""What the coaching pages' forms send."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile

from prompts.library import load_scorecard
from service.coaching.edits import ACTION_STATES, LONGEST, ActionEdit, Edits, PointEdit
from service.errors import N_, Invalid

UUID_TEXT = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
OF_ROW = re.compile(rf"(at|keep|body|note|state|text|criterion|measure|due)-({UUID_TEXT}|new[0-9])")
ACTS = ("save", "announce", "hold", "use", "up", "down", "discard")
PLAIN = ("version", "private", "shared", "day", "time", "minutes", "question", *ACTS)
MINUTES = (10, 180)


class NoFields(BaseModel):
    """A form that is only its button."""

    model_config = ConfigDict(extra="forbid")


class TopicForm(BaseModel):
    """A topic that an agent adds."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    topic: str = Field(min_length=1, max_length=1000)


@dataclass(frozen=True, slots=True)
class SentAgenda:
    """The whole form of a session, and which button sent it."""

    edits: Edits
    act: str = "save"
    value: str = ""  # of the button: a pin or a point


def _misfit(name: str) -> Invalid:
    return Invalid(N_("The form has a field that does not fit: {field}."), field=name[:40])


async def read_agenda(request: Request) -> SentAgenda:
    """Read a session's form: its field names hold ids, so no fixed model fits."""
    plain: dict[str, str] = {}
    rows: dict[str, dict[str, str]] = {}
    async with request.form(max_fields=400, max_files=0) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile) or len(value) > LONGEST or "\x00" in value:
                raise _misfit(name)
            if found := OF_ROW.fullmatch(name):
                rows.setdefault(found.group(2), {})[found.group(1)] = value.strip()
            elif name in PLAIN and name not in plain:
                plain[name] = value.strip()
            else:
                raise _misfit(name)
    act = next((one for one in ACTS if one in plain), "save")
    return SentAgenda(_edits(request, plain, rows), act, plain.get(act, ""))


def _edits(request: Request, plain: dict[str, str], rows: dict[str, dict[str, str]]) -> Edits:
    ids = {key: UUID(key) for key in rows if not key.startswith("new")}
    actions = {key: row for key, row in rows.items() if "text" in row}
    return Edits(
        version=_number("version", plain.get("version", ""), least=1, most=10**9),
        points={ids[key]: _point(row) for key, row in rows.items() if key in ids and "at" in row},
        actions={ids[key]: _action(request, row) for key, row in actions.items() if key in ids},
        new_actions=tuple(_action(request, row) for key, row in actions.items() if key not in ids),
        states={ids[key]: _state(row) for key, row in rows.items() if "state" in row},
        question=plain.get("question", ""),
        starts_at=_moment(request, plain.get("day", ""), plain.get("time", "")),
        minutes=_minutes(plain.get("minutes", "")),
        private_notes=plain.get("private"),
        shared_notes=plain.get("shared"),
    )


def _number(name: str, text: str, *, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise _misfit(name)
    return int(text)


def _minutes(text: str) -> int | None:
    return _number("minutes", text, least=MINUTES[0], most=MINUTES[1]) if text else None


def _point(row: dict[str, str]) -> PointEdit:
    position = _number("at", row["at"], least=0, most=10_000)
    return PointEdit("keep" in row, position, row.get("body"), row.get("note"))


def _state(row: dict[str, str]) -> str:
    if row["state"] not in ACTION_STATES:
        raise _misfit("state")
    return row["state"]


def _action(request: Request, row: dict[str, str]) -> ActionEdit:
    criterion = row.get("criterion", "")
    if criterion not in load_scorecard(request.app.state.settings.scorecard):
        raise _misfit("criterion")
    day = row.get("due", "")
    return ActionEdit(row["text"], criterion, row.get("measure", ""), _day(day) if day else None)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(N_("Write the day as year-month-day, for example 2026-06-18.")) from error


def _moment(request: Request, day: str, time: str) -> datetime | None:
    """Return the moment that the mentor typed, in their own time zone."""
    if not day:
        return None
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:\d\d)?", time):
        raise Invalid(N_("Choose a time for the session, for example 10:00."))
    clock = datetime.strptime(time[:5], "%H:%M").time()  # noqa: DTZ007 -- its zone comes next
    return datetime.combine(_day(day), clock, ZoneInfo(request.state.time_zone))


Sent = Annotated[SentAgenda, Depends(read_agenda)]
