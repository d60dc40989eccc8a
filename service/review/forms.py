"""What the review page's forms send."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile

from service.errors import N_, Invalid

VERSION = re.compile(r"\d{1,9}")
FIELD = re.compile(r"(value|cause|reason|comment)-([a-z][a-z0-9_]{0,40})")
CHOICE = re.compile(r"choice-([a-z][a-z0-9_]{0,40})")
ACTS = ("confirm", "undo", "save")
LONGEST_FIELD = 8000

Value = Literal["pass", "partial", "fail", "na"]
Key = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]


class RatingForm(BaseModel):
    """One decision. Without a value it confirms the machine's; the rest is prefilled."""

    model_config = ConfigDict(extra="forbid")
    value: Value | None = None
    root_cause: Key | None = None
    reason: Key | None = None
    comment: str | None = Field(None, max_length=LONGEST_FIELD)


class CommentForm(BaseModel):
    """What somebody writes about a criterion."""

    model_config = ConfigDict(extra="forbid")
    criterion: Key
    comment: str = Field("", max_length=LONGEST_FIELD)


class PinForm(BaseModel):
    """A turn to keep for coaching, or to take off."""

    model_config = ConfigDict(extra="forbid")
    criterion: Key
    position: int = Field(ge=0, le=100_000)
    is_praise: bool = False


class SkipForm(BaseModel):
    """Why a conversation is passed over."""

    model_config = ConfigDict(extra="forbid")
    reason: Key


class NoFields(BaseModel):
    """A form that is only its button."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Sent:
    """The whole review form: all that stands in it, and which button sent it."""

    version: int
    values: Mapping[str, str] = field(default_factory=dict)
    causes: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    act: str = "submit"  # submit, save, confirm, undo
    criterion: str = ""  # of confirm and undo


@dataclass(frozen=True, slots=True)
class Merge:
    """The merge form: a side for each criterion that differs."""

    version: int
    choices: Mapping[str, str]
    keeps_theirs: bool


@dataclass(frozen=True, slots=True)
class Ratings:
    """The audit form: a value for each criterion that was rated."""

    values: Mapping[str, str]
    note: str


async def _fields(request: Request) -> dict[str, str]:
    """Return the sent fields; an upload, or a field sent twice, is no form of ours."""
    found: dict[str, str] = {}
    async with request.form(max_fields=200, max_files=0) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile) or name in found or len(value) > LONGEST_FIELD:
                raise _misfit(name)
            found[name] = value
    return found


def _misfit(name: str) -> Invalid:
    return Invalid(N_("The form has a field that does not fit: {field}."), field=name[:40])


def _version(fields: dict[str, str]) -> int:
    version = fields.pop("version", "")
    if not VERSION.fullmatch(version):
        raise _misfit("version")
    return int(version)


async def read_sent(request: Request) -> Sent:
    """Read the whole review form: its field names hold the criteria, so no fixed model fits."""
    fields = await _fields(request)
    version = _version(fields)
    act, criterion = "submit", ""
    groups: dict[str, dict[str, str]] = {"value": {}, "cause": {}, "reason": {}, "comment": {}}
    for name, value in fields.items():
        if name in ACTS:
            act, criterion = name, value
        elif found := FIELD.fullmatch(name):
            groups[found.group(1)][found.group(2)] = value
        else:
            raise _misfit(name)
    return Sent(
        version,
        groups["value"],
        groups["cause"],
        groups["reason"],
        groups["comment"],
        act,
        criterion,
    )


async def read_merge(request: Request) -> Merge:
    """Read the merge form."""
    fields = await _fields(request)
    version = _version(fields)
    keeps_theirs = fields.pop("keep", "") == "theirs"
    choices: dict[str, str] = {}
    for name, value in fields.items():
        found = CHOICE.fullmatch(name)
        if found is None or value not in {"mine", "theirs"}:
            raise _misfit(name)
        choices[found.group(1)] = value
    return Merge(version, choices, keeps_theirs)


async def read_audit(request: Request) -> Ratings:
    """Read the audit form."""
    fields = await _fields(request)
    note = fields.pop("note", "")
    values: dict[str, str] = {}
    for name, value in fields.items():
        found = FIELD.fullmatch(name)
        if found is None or found.group(1) != "value":
            raise _misfit(name)
        values[found.group(2)] = value
    return Ratings(values, note)


SentReview = Annotated[Sent, Depends(read_sent)]
SentMerge = Annotated[Merge, Depends(read_merge)]
SentAudit = Annotated[Ratings, Depends(read_audit)]
