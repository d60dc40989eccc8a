"""Who may do what: one predicate per permission, composed; no database, no request."""

from dataclasses import dataclass
from uuid import UUID


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
