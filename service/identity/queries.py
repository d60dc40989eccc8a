"""Find people, and limit what is found to what somebody may see."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from service.identity.rules import Principal, sees_all, sees_teams
from service.identity.tables import Membership, User


def visible_agent_ids(principal: Principal) -> Select[tuple[UUID]]:
    """Return a query of the agents whose work a person may see.

    Everybody sees themselves; reviewers, mentors and leads the members of their teams; an admin all.
    """
    if sees_all(principal):
        return select(User.id)
    if not sees_teams(principal):
        return select(User.id).where(User.id == principal.id)
    return select(Membership.user_id).where(Membership.team_id.in_(principal.team_ids))


def principal_of(db: Session, user: User) -> Principal:
    """Return a user with their teams, as permissions need them."""
    teams = db.scalars(select(Membership.team_id).where(Membership.user_id == user.id))
    return Principal(
        id=user.id,
        name=user.name,
        role=user.role,
        team_ids=frozenset(teams),
        email=user.email,
        language=user.language,
        theme=user.theme,
        time_zone=user.time_zone,
        has_single_keys=user.has_single_keys,
    )


def names_of(db: Session, ids: set[Any]) -> dict[UUID, str]:
    """Return the names of some people in one query."""
    if not ids:
        return {}
    rows = db.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}
