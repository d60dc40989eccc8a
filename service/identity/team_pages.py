"""Teams, for an admin."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from service.errors import Invalid
from service.identity import people, queries
from service.identity.access import CurrentUser
from service.identity.forms import TeamName
from service.identity.pages import told
from service.identity.tables import UNASSIGNED
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()


@router.get("/people/teams", name="list_teams")
def list_teams(request: Request, db: Db) -> Response:
    """List teams, each with its name to change."""
    return _teams_page(request, db)


def _teams_page(request: Request, db: Session, refusal: Invalid | None = None) -> Response:
    return render(
        request,
        "identity/teams.html",
        status=422 if refusal else 200,
        teams=queries.team_rows(db),
        unassigned=UNASSIGNED,
        refusal=told(request, refusal) if refusal else "",
    )


@router.post("/people/teams", name="add_team")
def add_team(
    request: Request, form: Annotated[TeamName, Form()], user: CurrentUser, db: Db
) -> Response:
    """Make a team."""
    try:
        people.add_team(db, form.name, by=user.id)
    except Invalid as refusal:
        return _teams_page(request, db, refusal)
    return RedirectResponse(str(request.app.url_path_for("list_teams")), 303)


@router.post("/people/teams/{team_id}", name="rename_team")
def rename_team(
    request: Request,
    team_id: UUID,
    form: Annotated[TeamName, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Give a team another name."""
    try:
        people.rename_team(db, team_id, form.name, by=user.id)
    except Invalid as refusal:
        return _teams_page(request, db, refusal)
    return RedirectResponse(str(request.app.url_path_for("list_teams")), 303)
