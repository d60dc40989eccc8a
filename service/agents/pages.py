"""Names in imports, for an admin: who they are."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from service.agents import actions, queries
from service.errors import Conflict, Invalid
from service.identity.access import CurrentUser
from service.identity.queries import team_rows
from service.language import translate
from service.web.problems import status_of
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()


class NamesQuery(BaseModel):
    """Which names to list."""

    model_config = ConfigDict(extra="forbid")
    only: Literal["all", "unassigned"] = "all"
    after: str = Field("", max_length=400, pattern=r"^[^\x00]*$")
    done: int | None = Field(None, ge=0, le=10**9)


class LinkForm(BaseModel):
    """A name and the person it means."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=400, pattern=r"^[^\x00]*$")
    user_id: UUID


class TeamForm(BaseModel):
    """A name and the team its agent belongs to."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=400, pattern=r"^[^\x00]*$")
    team_id: UUID


@router.get("/people/names", name="list_agent_names")
def list_agent_names(request: Request, query: Annotated[NamesQuery, Query()], db: Db) -> Response:
    """List the names by which imports know agents."""
    return _page(request, db, query)


def _page(
    request: Request, db: Session, query: NamesQuery, refusal: Invalid | Conflict | None = None
) -> Response:
    language = request.state.language
    return render(
        request,
        "agents/names.html",
        status=status_of(refusal) if refusal else 200,
        found=queries.names_page(db, is_unassigned=query.only == "unassigned", after=query.after),
        people=queries.possible_agents(db),
        teams=team_rows(db),
        only=query.only,
        done=query.done,
        refusal=translate(refusal.message, refusal.values, language=language) if refusal else "",
    )


@router.post("/people/names/person", name="link_agent_name")
def link_agent_name(
    request: Request, form: Annotated[LinkForm, Form()], user: CurrentUser, db: Db
) -> Response:
    """Make a name mean another person."""
    try:
        count = actions.link_to_person(db, form.name, form.user_id, by=user.id)
    except (Invalid, Conflict) as refusal:
        return _page(request, db, NamesQuery(), refusal)
    return _back(request, count)


@router.post("/people/names/team", name="assign_agent_name")
def assign_agent_name(
    request: Request, form: Annotated[TeamForm, Form()], user: CurrentUser, db: Db
) -> Response:
    """Put an agent who is only known from imports into a team."""
    try:
        actions.put_into_team(db, form.name, form.team_id, by=user.id)
    except Invalid as refusal:
        return _page(request, db, NamesQuery(), refusal)
    return _back(request, 0)


def _back(request: Request, count: int) -> Response:
    path = request.app.url_path_for("list_agent_names")
    return RedirectResponse(f"{path}?done={count}", 303)
