"""What an admin does with people and teams."""

import uuid
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audit.tables import AuditRow
from service.database import Database
from service.errors import Conflict, Invalid, NotFound
from service.identity import people
from service.identity.access import start_visit
from service.identity.actions import find_or_make_agent, find_or_make_team
from service.identity.links import make_link
from service.identity.queries import people_page, team_rows, teams_of
from service.identity.tables import ResetLink, SignIn, Team, User
from tests.factories import make_user


def make_admin(db: Session, name: str = "Grace Admin") -> User:
    admin = make_user(db, role="admin", name=name, teams=())
    admin.password_hash = "a hash"
    db.flush()
    return admin


def change(db: Session, user: User, **facts: Any) -> None:
    as_is = {
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "teams": teams_of(db, user.id),
        "joined_on": None,
    }
    people.change_person(db, user, by=uuid.uuid4(), **{**as_is, **facts})


def go(db: Session, admin: User, act: str) -> None:
    if act == "demote":
        change(db, admin, role="lead")
    else:
        people.deactivate(db, admin, by=admin.id)


def actions_of(db: Session) -> list[str]:
    return list(db.scalars(select(AuditRow.action).order_by(AuditRow.sequence)))


def test_another_role_ends_visits_and_is_told_with_both_roles(db: Session) -> None:
    user = make_user(db, role="lead")
    start_visit(db, user)
    db.flush()

    change(db, user, role="mentor")

    assert db.scalars(select(SignIn)).all() == []
    row = db.scalars(select(AuditRow).where(AuditRow.action == "user.role_changed")).one()
    assert row.details == {"before": "lead", "after": "mentor"}


def test_the_same_role_ends_no_visit(db: Session) -> None:
    user = make_user(db, role="lead")
    start_visit(db, user)
    db.flush()

    change(db, user, name="Another Name")

    assert len(db.scalars(select(SignIn)).all()) == 1
    assert actions_of(db)[-1] == "user.changed"


def test_teams_become_the_chosen_ones(db: Session) -> None:
    user = make_user(db, teams=("Parcels", "Returns"))
    returns, billing = (find_or_make_team(db, name).id for name in ("Returns", "Billing"))

    change(db, user, teams=[returns, billing])

    assert set(teams_of(db, user.id)) == {returns, billing}


def test_a_team_that_does_not_exist_is_refused(db: Session) -> None:
    user = make_user(db)

    with pytest.raises(Invalid):
        change(db, user, teams=[uuid.uuid4()])


def test_an_address_that_somebody_has_is_refused(db: Session) -> None:
    make_user(db, email="ada@own.example")
    ben = make_user(db, email="ben@own.example")

    with pytest.raises(Invalid):
        change(db, ben, email="Ada@own.example")
    change(db, ben, email="BEN@own.example")


def test_an_agent_of_an_import_gets_an_address_and_can_be_given_a_link(db: Session) -> None:
    agent = db.get_one(User, find_or_make_agent(db, "ben.o").user_id)
    with pytest.raises(Invalid):
        make_link(db, agent, by=uuid.uuid4())

    change(db, agent, name="Ben Okafor", email="ben@own.example")

    assert make_link(db, agent, by=uuid.uuid4())


def test_somebody_with_a_password_keeps_an_address(db: Session) -> None:
    with pytest.raises(Invalid):
        change(db, make_admin(db), email="")


@pytest.mark.parametrize("act", ["demote", "deactivate"])
def test_the_last_admin_who_can_sign_in_stays(db: Session, act: str) -> None:
    admin = make_admin(db)
    make_user(db, role="admin", name="Never had a password")
    gone = make_admin(db, name="Gone")
    gone.is_active = False

    with pytest.raises(Conflict):
        go(db, admin, act)

    assert (admin.role, admin.is_active) == ("admin", True)


@pytest.mark.parametrize("act", ["demote", "deactivate"])
def test_one_of_two_admins_may_go(db: Session, act: str) -> None:
    admin, _other = make_admin(db), make_admin(db, name="Other")

    go(db, admin, act)

    assert (admin.role, admin.is_active) in {("lead", True), ("admin", False)}


def test_deactivating_ends_visits_and_links_and_activating_restores_neither(db: Session) -> None:
    user = make_user(db)
    start_visit(db, user)
    make_link(db, user, by=uuid.uuid4())
    db.flush()

    people.deactivate(db, user, by=uuid.uuid4())
    people.activate(db, user, by=uuid.uuid4())

    assert user.is_active
    assert db.scalars(select(SignIn)).all() == []
    assert db.scalars(select(ResetLink)).all() == []
    assert actions_of(db)[-2:] == ["user.deactivated", "user.activated"]


def test_a_team_gets_a_name_that_no_other_has(db: Session) -> None:
    parcels = people.add_team(db, " Parcels ", by=uuid.uuid4())
    with pytest.raises(Invalid):
        people.add_team(db, "Parcels", by=uuid.uuid4())

    people.rename_team(db, parcels.id, "Post", by=uuid.uuid4())

    assert db.scalars(select(Team.name)).all() == ["Post"]


def test_the_team_of_unknown_agents_keeps_its_name(db: Session) -> None:
    find_or_make_agent(db, "ben.o")
    team = db.scalars(select(Team)).one()

    with pytest.raises(Invalid):
        people.rename_team(db, team.id, "Others", by=uuid.uuid4())
    with pytest.raises(NotFound):
        people.rename_team(db, uuid.uuid4(), "Others", by=uuid.uuid4())


def test_people_are_listed_by_name_page_after_page(database: Database) -> None:
    with database.writing() as db:
        for n in range(60):
            make_user(db, name=f"Person {n:02}", teams=("Parcels",))
        make_user(db, name="Lead", role="lead", teams=("Returns",))

    with database.reading() as db:
        first = people_page(db, role="reviewer")
        second = people_page(db, role="reviewer", after=first.after)
        parcels = next(row for row in team_rows(db) if row.name == "Parcels")
        returns = next(row for row in team_rows(db) if row.name == "Returns")

        assert [user.name for user in first.people] == [f"Person {n:02}" for n in range(50)]
        assert [user.name for user in second.people] == [f"Person {n}" for n in range(50, 60)]
        assert second.after is None
        assert set(map(tuple, first.teams.values())) == {("Parcels",)}
        assert (parcels.people, returns.people) == (60, 1)
        assert [user.name for user in people_page(db, team=returns.id).people] == ["Lead"]
