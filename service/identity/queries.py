"""Find people, and limit what is found to what somebody may see."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from service.identity.rules import Principal, sees_all, sees_teams
from service.identity.tables import AgentName, Membership, Team, User

PAGE = 50  # people on one page


def visible_agent_ids(principal: Principal) -> Select[UUID]:
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
    return Principal(
        id=user.id,
        name=user.name,
        role=user.role,
        team_ids=frozenset(teams_of(db, user.id)),
        email=user.email,
        language=user.language,
        theme=user.theme,
        time_zone=user.time_zone,
        has_single_keys=user.has_single_keys,
    )


def teams_of(db: Session, user_id: UUID) -> list[UUID]:
    """Return the ids of somebody's teams."""
    return list(db.scalars(select(Membership.team_id).where(Membership.user_id == user_id)))


def names_of(db: Session, ids: set[Any]) -> dict[UUID, str]:
    """Return the names of some people in one query."""
    if not ids:
        return {}
    rows = db.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some people in the order of their names, with their teams, and where the next page begins."""

    people: list[User]
    teams: dict[UUID, list[str]]  # names, by person
    after: UUID | None


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team and how many active people are in it."""

    id: UUID
    name: str
    people: int


def people_page(
    db: Session,
    *,
    role: str | None = None,
    team: UUID | None = None,
    is_active: bool = True,
    after: UUID | None = None,
) -> PeoplePage:
    """Return a page of people; `after` is the last one of the page before."""
    statement = select(User).where(User.is_active == is_active)
    if role is not None:
        statement = statement.where(User.role == role)
    if team is not None:
        members = select(Membership.user_id).where(Membership.team_id == team)
        statement = statement.where(User.id.in_(members))
    if after is not None and (last := db.get(User, after)) is not None:
        statement = statement.where(tuple_(User.name, User.id) > (last.name, last.id))
    found = list(db.scalars(statement.order_by(User.name, User.id).limit(PAGE + 1)))
    people = found[:PAGE]
    is_more = len(found) > PAGE
    return PeoplePage(
        people, team_names(db, [user.id for user in people]), people[-1].id if is_more else None
    )


def team_names(db: Session, user_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Return the names of some people's teams, in order."""
    found: dict[UUID, list[str]] = {user_id: [] for user_id in user_ids}
    rows = db.execute(
        select(Membership.user_id, Team.name)
        .join(Team, Team.id == Membership.team_id)
        .where(Membership.user_id.in_(found))
        .order_by(Team.name)
    )
    for row in rows:
        found[row.user_id].append(row.name)
    return found


def team_rows(db: Session) -> list[TeamRow]:
    """Return all teams by name, with how many active people are in them."""
    active = select(User.id).where(User.is_active)
    rows = db.execute(
        select(Team.id, Team.name, func.count(Membership.user_id))
        .outerjoin(Membership, (Membership.team_id == Team.id) & Membership.user_id.in_(active))
        .group_by(Team.id, Team.name)
        .order_by(Team.name)
    )
    return [TeamRow(*row) for row in rows]


def import_names(db: Session, user_id: UUID) -> list[str]:
    """Return the names by which imports know a person."""
    statement = select(AgentName.name).where(AgentName.user_id == user_id)
    return list(db.scalars(statement.order_by(AgentName.name)))
