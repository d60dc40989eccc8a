"""What the import and conversation pages take."""

from typing import Annotated, Literal

from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict, Field

from service.conversations.formats.columns import FIELDS

Encoding = Literal["utf-8", "cp1250", "cp1251", "koi8-r", "utf-16"]
Column = Annotated[str, Field(max_length=500)]


class NoFields(BaseModel):
    """A form that is only a button."""

    model_config = ConfigDict(extra="forbid")


class UploadForm(BaseModel):
    """A file with what was chosen about it; an empty format means: find out."""

    model_config = ConfigDict(extra="forbid")
    file: UploadFile
    users: UploadFile | None = None
    format: Literal["", "neutral", "csv", "xlsx", "zendesk", "webvtt", "srt"] = ""
    encoding: Encoding = "utf-8"
    source: str = Field("", max_length=100)
    channel: Literal["", "chat", "email", "call", "social", "review"] = ""


class MappingForm(BaseModel):
    """Field → column; an empty column leaves the field out."""

    model_config = ConfigDict(extra="forbid")
    encoding: Encoding = "utf-8"
    id: Column = ""
    channel: Column = ""
    language: Column = ""
    domain: Column = ""
    agent: Column = ""
    customer: Column = ""
    started_at: Column = ""
    csat: Column = ""
    tags: Column = ""
    speaker: Column = ""
    author: Column = ""
    text: Column = ""
    at: Column = ""
    transcript: Column = ""
    customer_text: Column = ""
    agent_text: Column = ""

    def mapping(self) -> dict[str, str]:
        """Return what was chosen."""
        return {field: column for field in FIELDS if (column := getattr(self, field))}


class ListQuery(BaseModel):
    """Which conversations to list."""

    model_config = ConfigDict(extra="forbid")
    language: str | None = Field(None, pattern="^[a-z]{2,3}$")
    channel: Literal["chat", "email", "call", "social", "review"] | None = None
    state: Literal["not_scored"] | None = None
    after: str | None = Field(None, max_length=40)
