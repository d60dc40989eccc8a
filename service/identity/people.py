"""What an admin does: people, their roles and teams, teams' names."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.audit.actions import record
from service.errors import N_, Conflict, Invalid, NotFound
from service.identity.access import end_all_visits
from service.identity.actions import refuse_taken
from service.identity.links import end_links
from service.identity.queries import teams_of
from service.identity.rules import one_address, one_name
from service.identity.tables import UNASSIGNED, Membership, Team, User


def change_person(
    db: Session,
    user: User,
    *,
    name: str,
    email: str | None,
    role: str,
    teams: Collection[UUID],
    joined_on: date | None,
    by: UUID,
) -> None:
    """Change who somebody is here. Another role or other teams count from their next request.

    Raises:
        Invalid: name or address do not fit, the address is taken, or a team does not exist.
        Conflict: they are the last active admin and would be one no more.
    """
    address = one_address(email) if email else None
    name = one_name(name)
    if address is None and user.password_hash is not None:
        raise Invalid(N_("Somebody who signs in needs an e-mail address."))
    if address is not None:
        refuse_taken(db, address, but=user.id)
    _check_teams(db, teams)
    if role != user.role:
        _change_role(db, user, role, by=by)
    user.name, user.email = name, address
    user.joined_on = datetime.combine(joined_on, time(), UTC) if joined_on else None
    set_teams(db, user, teams, by=by)
    record(db, "user.changed", subject=f"user:{user.id}", actor=by)


def _change_role(db: Session, user: User, role: str, *, by: UUID) -> None:
    if user.role == "admin":
        _refuse_the_last_admin(db, user)
    before, user.role = user.role, role
    end_all_visits(db, user.id)
    record(db, "user.role_changed", subject=f"user:{user.id}", actor=by, before=before, after=role)


def _check_teams(db: Session, teams: Collection[UUID]) -> None:
    found = set(db.scalars(select(Team.id).where(Team.id.in_(teams))))
    if found != set(teams):
        raise Invalid(N_("One of these teams does not exist."))


def set_teams(db: Session, user: User, chosen: Collection[UUID], *, by: UUID) -> None:
    """Make somebody a member of these teams and no others.

    Raises:
        Invalid: one of the teams does not exist.
    """
    _check_teams(db, chosen)
    teams = set(chosen)
    before = set(teams_of(db, user.id))
    if before == teams:
        return
    db.execute(
        delete(Membership).where(
            Membership.user_id == user.id, Membership.team_id.in_(before - teams)
        )
    )
    db.add_all(Membership(team_id=team, user_id=user.id) for team in teams - before)
    record(
        db,
        "user.teams_changed",
        subject=f"user:{user.id}",
        actor=by,
        joined=sorted(str(team) for team in teams - before),
        left=sorted(str(team) for team in before - teams),
    )


def deactivate(db: Session, user: User, *, by: UUID) -> None:
    """Keep somebody out: their visits and links end at once, what they did stays.

    Raises:
        Conflict: they are the last active admin.
    """
    if not user.is_active:
        return
    if user.role == "admin":
        _refuse_the_last_admin(db, user)
    user.is_active = False
    end_all_visits(db, user.id)
    end_links(db, user.id)
    record(db, "user.deactivated", subject=f"user:{user.id}", actor=by)


def activate(db: Session, user: User, *, by: UUID) -> None:
    """Let somebody in again."""
    if user.is_active:
        return
    user.is_active = True
    record(db, "user.activated", subject=f"user:{user.id}", actor=by)


def _refuse_the_last_admin(db: Session, user: User) -> None:
    # Locked, so that two admins who demote each other at once do not both succeed.
    others = db.scalars(
        select(User.id)
        .where(User.role == "admin", User.is_active, User.password_hash.is_not(None))
        .order_by(User.id)
        .with_for_update()
    ).all()
    if set(others) <= {user.id}:
        raise Conflict(N_("This is the last admin who can sign in. Make another one first."))


def get_person(db: Session, user_id: UUID) -> User:
    """Return one person.

    Raises:
        NotFound: there is no such person.
    """
    user = db.get(User, user_id)
    if user is None:
        raise NotFound
    return user


def add_team(db: Session, name: str, *, by: UUID) -> Team:
    """Make a team.

    Raises:
        Invalid: the name does not fit or is taken.
    """
    team = Team(name=_free_team_name(db, name))
    db.add(team)
    db.flush()
    record(db, "team.added", subject=f"team:{team.id}", actor=by)
    return team


def rename_team(db: Session, team_id: UUID, name: str, *, by: UUID) -> None:
    """Give a team another name.

    Raises:
        NotFound: there is no such team.
        Invalid: the name does not fit or is taken, or imports put unknown agents there.
    """
    team = db.get(Team, team_id)
    if team is None:
        raise NotFound
    if team.name == UNASSIGNED:
        raise Invalid(N_("This team is where imports put unknown agents; it keeps its name."))
    if name.strip() == team.name:
        return
    team.name = _free_team_name(db, name)
    record(db, "team.renamed", subject=f"team:{team.id}", actor=by)


def _free_team_name(db: Session, name: str) -> str:
    found = one_name(name)
    if db.scalar(select(Team.id).where(Team.name == found)) is not None:
        raise Invalid(N_("There is a team of this name already."))
    return found
