"""One resolved ticket of a file of cases: read strictly, checked, not yet masked."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from prompts.library import load_names
from service.conversations.moments import echo, iso_moment
from service.conversations.refusals import Refused
from service.conversations.rules import CHANNELS
from service.conversations.validation import Flaw, check_characters, read_json

MAX_TEXT_BYTES = 16_384
MAX_NAME = 500
MAX_DAYS = 36_500
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
EXPECTED = {"string_type": "string", "float_type": "number", "int_type": "number"}


class CaseRecord(BaseModel):
    """A line of a file of cases. What it does not know is left out; other fields are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True, str_strip_whitespace=True, frozen=True)
    id: Name
    problem: Text
    solution: Text
    language: Name | None = None
    topic: Name | None = None
    channel: Literal[CHANNELS] | None = None  # type: ignore[valid-type]  # -- a tuple of words
    outcome: Literal["first_contact", "follow_up", "escalated", "solved"] | None = None
    csat: Annotated[float, Field(ge=1, le=5)] | None = None
    solved_at: str | None = None
    days_ago: Annotated[float, Field(ge=0, le=MAX_DAYS)] | None = None

    def solved(self, *, until: datetime) -> datetime:
        """Return when it was solved; `until`, the day it became known, where nothing says so."""
        if self.solved_at is not None:
            return iso_moment(self.solved_at) or until
        return until - timedelta(days=self.days_ago or 0)


def parse_case(line: bytes, *, row: int) -> CaseRecord | Refused:
    """Return the case of one line of JSON, or the first reason why it is none."""
    try:
        value = read_json(line, row=row)
        if not isinstance(value, dict):
            raise Flaw("IMP-016", expected="object")
        record = _record(value)
        _check(record)
    except Flaw as flaw:
        return flaw.refused(row)
    return record


def _record(value: dict[str, Any]) -> CaseRecord:
    try:
        return CaseRecord.model_validate(value)
    except ValidationError as error:
        raise _flaw(error.errors(include_url=False)[0]) from None


def _flaw(error: ErrorDetails) -> Flaw:
    field, kind, given = str(error["loc"][0]), error["type"], error["input"]
    limits = error.get("ctx", {})
    if kind in {"missing", "string_too_short"} or (given is None and field in {"id", "problem"}):
        return Flaw("IMP-015", field)
    if kind == "literal_error":
        return Flaw("IMP-014", field, allowed=str(limits["expected"]).replace("'", ""))
    if kind == "string_too_long":
        return Flaw("IMP-022", field, chars=len(given), limit=MAX_NAME)
    if kind in {"greater_than_equal", "less_than_equal"} and field == "csat":
        return Flaw("IMP-023", field, value=f"{given:.6g}")
    return Flaw("IMP-016", field, expected=EXPECTED.get(kind, "number from 0"))


def _check(record: CaseRecord) -> None:
    for field in ("id", "problem", "solution"):
        size = check_characters(getattr(record, field), field)
        if size > MAX_TEXT_BYTES:
            raise Flaw("IMP-017", field, bytes=size, limit=MAX_TEXT_BYTES)
    topics = load_names("en").topics
    if record.topic is not None and record.topic not in topics:
        raise Flaw("IMP-014", "topic", allowed=", ".join(topics))
    if record.solved_at is not None and iso_moment(record.solved_at) is None:
        raise Flaw("IMP-012", "solved_at", value=echo(record.solved_at))
