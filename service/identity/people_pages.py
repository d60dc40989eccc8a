"""People, for an admin."""

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from service.config import Settings
from service.errors import Conflict, Invalid
from service.identity import actions, links, people, queries
from service.identity.access import CurrentUser
from service.identity.forms import ChangedPerson, NewPerson, NoFields, PeopleQuery
from service.identity.pages import told
from service.identity.tables import ROLES, User
from service.identity.words import ROLE_NAMES
from service.language import translate
from service.web.problems import status_of
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()


@router.get("/people", name="list_people")
def list_people(request: Request, query: Annotated[PeopleQuery, Query()], db: Db) -> Response:
    """List people with roles, teams and when they last signed in."""
    found = queries.people_page(
        db,
        role=query.role,
        team=query.team,
        is_active=query.state == "active",
        after=query.after,
    )
    return render(
        request,
        "identity/people.html",
        found=found,
        query=query,
        teams=queries.team_rows(db),
        roles=ROLES,
        role_names=ROLE_NAMES,
    )


@router.get("/people/new", name="show_new_person")
def show_new_person(request: Request, db: Db) -> Response:
    """Show the form for somebody to add."""
    return _new_page(request, db, NewPerson.model_construct(name="", email="", role="reviewer"))


def _new_page(request: Request, db: Session, form: NewPerson, refusal: str = "") -> Response:
    return render(
        request,
        "identity/new_person.html",
        status=422 if refusal else 200,
        form=form,
        refusal=refusal,
        **_choices(db, form.teams),
    )


def _choices(db: Session, chosen: Collection[UUID]) -> dict[str, object]:
    return {
        "teams": queries.team_rows(db),
        "chosen": set(chosen),
        "roles": ROLES,
        "role_names": ROLE_NAMES,
    }


@router.post("/people", name="add_person")
def add_person(
    request: Request, form: Annotated[NewPerson, Form()], user: CurrentUser, db: Db
) -> Response:
    """Add somebody and show, once, the link by which they choose a password."""
    try:
        added = actions.add_person(db, email=form.email, name=form.name, role=form.role, by=user.id)
    except Invalid as refusal:
        return _new_page(request, db, form, told(request, refusal))
    people.set_teams(db, added, form.teams, by=user.id)
    return _link_page(request, added, links.make_link(db, added, by=user.id))


def _link_page(request: Request, person: User, token: str) -> Response:
    settings: Settings = request.app.state.settings
    base = settings.public_url or str(request.base_url)
    path = request.app.url_path_for("show_reset", token=token)
    return render(request, "identity/link.html", person=person, link=base.rstrip("/") + str(path))


@router.get("/people/{user_id}", name="show_person")
def show_person(
    request: Request, user_id: UUID, query: Annotated[PeopleQuery, Query()], db: Db
) -> Response:
    """Show one person to change."""
    return _person_page(request, db, people.get_person(db, user_id), done=query.done)


def _person_page(
    request: Request,
    db: Session,
    person: User,
    *,
    form: ChangedPerson | None = None,
    refusal: Invalid | Conflict | None = None,
    done: str | None = None,
) -> Response:
    language = request.state.language
    teams = form.teams if form else queries.teams_of(db, person.id)
    return render(
        request,
        "identity/person.html",
        status=status_of(refusal) if refusal else 200,
        person=person,
        form=form,
        refusal=translate(refusal.message, refusal.values, language=language) if refusal else "",
        done=done,
        import_names=queries.import_names(db, person.id),
        **_choices(db, teams),
    )


@router.post("/people/{user_id}", name="save_person")
def save_person(
    request: Request,
    user_id: UUID,
    form: Annotated[ChangedPerson, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Change a person's name, address, role, teams and first day."""
    person = people.get_person(db, user_id)
    try:
        people.change_person(
            db,
            person,
            name=form.name,
            email=form.email,
            role=form.role,
            teams=form.teams,
            joined_on=form.joined_on,
            by=user.id,
        )
    except (Invalid, Conflict) as refusal:
        return _person_page(request, db, person, form=form, refusal=refusal)
    return _back(request, user_id, "saved")


def _back(request: Request, user_id: UUID, done: str) -> Response:
    path = request.app.url_path_for("show_person", user_id=user_id)
    return RedirectResponse(f"{path}?done={done}", 303)


@router.post("/people/{user_id}/deactivate", name="deactivate_person")
def deactivate_person(
    request: Request,
    user_id: UUID,
    _form: Annotated[NoFields, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Keep somebody out."""
    person = people.get_person(db, user_id)
    try:
        people.deactivate(db, person, by=user.id)
    except Conflict as refusal:
        return _person_page(request, db, person, refusal=refusal)
    return _back(request, user_id, "deactivated")


@router.post("/people/{user_id}/activate", name="activate_person")
def activate_person(
    request: Request,
    user_id: UUID,
    _form: Annotated[NoFields, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Let somebody in again."""
    people.activate(db, people.get_person(db, user_id), by=user.id)
    return _back(request, user_id, "activated")


@router.post("/people/{user_id}/reset-link", name="make_reset_link")
def make_reset_link(
    request: Request,
    user_id: UUID,
    _form: Annotated[NoFields, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Make a one-time link and show it, this once."""
    person = people.get_person(db, user_id)
    try:
        token = links.make_link(db, person, by=user.id)
    except Invalid as refusal:
        return _person_page(request, db, person, refusal=refusal)
    return _link_page(request, person, token)
