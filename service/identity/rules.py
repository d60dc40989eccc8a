"""Who may do what: one predicate per permission, composed; no database, no request."""

import re
from dataclasses import dataclass
from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

from service.errors import N_, Invalid

ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"]{1,64}@[^\s@,;:<>()\[\]\\\"]{1,189}")
SHORTEST_PASSWORD, LEAST_DIFFERENT = 10, 5
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Principal:
    """The person who is asking, as far as permissions and pages need them."""

    id: UUID
    name: str
    role: str  # reviewer, mentor, lead, agent, admin
    team_ids: frozenset[UUID]
    email: str | None = None
    language: str | None = None
    theme: str | None = None
    time_zone: str | None = None
    has_single_keys: bool = True


def sees_all(principal: Principal) -> bool:
    """Whether no team limits what the person sees."""
    return principal.role == "admin"


def sees_teams(principal: Principal) -> bool:
    """Whether the person sees the conversations of the agents in their own teams."""
    return principal.role in {"reviewer", "mentor", "lead"}


def may_review(principal: Principal, agent_id: UUID | None) -> bool:
    """Reviewers, leads and admins review; nobody reviews their own conversations."""
    return principal.role in {"reviewer", "lead", "admin"} and agent_id != principal.id


def may_coach(principal: Principal, agent_id: UUID) -> bool:
    """Mentors and leads talk with the agents of their own teams; nobody with themselves."""
    return principal.role in {"mentor", "lead", "admin"} and agent_id != principal.id


def one_address(email: str) -> str:
    """Return an e-mail address in the form it is kept: lower case, exactly one.

    Raises:
        Invalid: it is none, or a list of several.
    """
    found = email.strip().lower()
    if not ADDRESS.fullmatch(found) or not found.isprintable():
        raise Invalid(N_("This is not one e-mail address."))
    return found


def one_name(name: str) -> str:
    """Return a name with its spaces set in order.

    Raises:
        Invalid: nothing readable is left, or over 80 characters.
    """
    found = " ".join(name.split())
    if not found or len(found) > LONGEST_NAME or not found.isprintable():
        raise Invalid(N_("A name needs 1 to 80 readable characters."))
    return found


def check_password(password: str) -> None:
    """Refuse a password that is easily guessed.

    Raises:
        Invalid: under 10 characters, or fewer than 5 different ones.
    """
    if len(password) < SHORTEST_PASSWORD or len(set(password)) < LEAST_DIFFERENT:
        raise Invalid(N_("A password needs at least 10 characters, 5 of them different."))


@cache
def time_zones() -> tuple[str, ...]:
    """Return the places that people choose a time zone by, in order, UTC first."""
    places = (zone for zone in available_timezones() if "/" in zone)
    return ("UTC", *sorted(zone for zone in places if not zone.startswith(("Etc/", "SystemV/"))))
