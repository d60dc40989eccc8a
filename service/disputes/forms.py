"""What the forms about disputes send."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

LONGEST_FIELD = 8000
MOST_DIGITS = 6
Value = Literal["pass", "partial", "fail", "na"]
Key = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]


class DisputeForm(BaseModel):
    """What an agent thinks of one decided criterion."""

    model_config = ConfigDict(extra="forbid")
    criterion: Key
    value: Value | None = None
    text: str = Field("", max_length=LONGEST_FIELD)
    turns: str = Field("", max_length=400)


class EscalationForm(BaseModel):
    """Why an answer is not the end."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field("", max_length=LONGEST_FIELD)


class AnswerForm(BaseModel):
    """What somebody else decides; `unclear` is the button that says so of the criterion."""

    model_config = ConfigDict(extra="forbid")
    version: int = Field(ge=1, le=10**9)
    value: Value | None = None
    unclear: Literal["yes"] | None = None
    reason: str = Field("", max_length=LONGEST_FIELD)


class ListQuery(BaseModel):
    """Which page of the disputes."""

    model_config = ConfigDict(extra="forbid")
    after: str | None = Field(None, max_length=120)


def positions(turns: str) -> list[int]:
    """Return the positions, from 0, of turns that people number from 1: "4, 10".

    What is no number becomes -1, which no conversation has.
    """
    words = re.split(r"[\s,;]+", turns.strip(" ,;\t\r\n"))
    return [_position(word) for word in words if word]


def _position(word: str) -> int:
    is_number = word.isascii() and word.isdigit() and len(word) <= MOST_DIGITS
    return int(word) - 1 if is_number else -1
