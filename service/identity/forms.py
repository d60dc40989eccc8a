"""What the pages about people send. Everything unknown is refused, everything has a length."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

Role = Literal["reviewer", "mentor", "lead", "agent", "admin"]
Password = Annotated[str, Field(max_length=1024)]
Email = Annotated[str, Field(max_length=254)]
Name = Annotated[str, Field(max_length=200)]


class Form(BaseModel):
    """A form: fields that it does not have are refused."""

    model_config = ConfigDict(extra="forbid")


class NoFields(Form):
    """A form that is only its button."""


class SignInForm(Form):
    """What the sign-in page sends."""

    email: Email
    password: Password


class Preferences(Form):
    """A language or a theme that somebody chose."""

    language: Literal["en", "pl", "ru"] | None = None
    theme: Literal["light", "dark", "system"] | None = None
    back: str = Field("/", max_length=300)


class OwnSettings(Form):
    """One's own settings; what is empty follows the browser or the system."""

    language: Literal["", "en", "pl", "ru"] = ""
    theme: Literal["light", "dark", "system"] = "system"
    time_zone: str = Field("", max_length=64)
    has_single_keys: bool = False  # a checkbox that is off sends nothing


class OwnPassword(Form):
    """The present password and the next one."""

    old: Password
    new: Password


class NewPassword(Form):
    """A password chosen by a one-time link."""

    password: Password


class FirstAdmin(Form):
    """The first person of an empty system."""

    token: str = Field(max_length=100)
    name: Name
    email: Email
    password: Password


class NewPerson(Form):
    """Somebody to add."""

    name: Name
    email: Email
    role: Role
    teams: list[UUID] = Field(default_factory=list, max_length=200)


class ChangedPerson(Form):
    """Somebody as they should be."""

    name: Name
    email: Email = ""  # an agent that an import brought may have none
    role: Role
    teams: list[UUID] = Field(default_factory=list, max_length=200)
    joined_on: date | None = None

    @field_validator("joined_on")
    @classmethod
    def refuse_another_century(cls, value: date | None) -> date | None:
        """A year of four digits that both databases take."""
        if value is not None and not 1950 <= value.year <= 2100:
            raise ValueError("no believable year")
        return value


class TeamName(Form):
    """A team's name."""

    name: Name


class PeopleQuery(Form):
    """Which people to list."""

    role: Role | None = None
    team: UUID | None = None
    state: Literal["active", "deactivated"] = "active"
    after: UUID | None = None
    done: Literal["saved", "deactivated", "activated", "added"] | None = None

    @field_validator("role", "team", "after", "done", mode="before")
    @classmethod
    def empty_is_none(cls, value: object) -> object:
        """A filter that was left open arrives as an empty text."""
        return value or None
