"""Cases to read, and for those who look after them: the list, retiring and offering again."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from service.cases import actions, queries
from service.cases.cards import case_view
from service.cases.rules import is_offered
from service.cases.words import FILTERS
from service.database import now
from service.identity.access import CurrentUser
from service.identity.policies import may
from service.identity.queries import names_of
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()


class CaseQuery(BaseModel):
    """Which cases are listed."""

    model_config = ConfigDict(extra="forbid")
    which: Literal["all", "rejected", "retired"] = "all"
    page: int = Field(1, ge=1, le=10_000)


class NoFields(BaseModel):
    """A form that is only a button."""

    model_config = ConfigDict(extra="forbid")


@router.get("/cases", name="list_cases")
def list_cases(
    request: Request, query: Annotated[CaseQuery, Query()], user: CurrentUser, db: Db
) -> Response:
    """List the cases, newest first."""
    found = queries.list_cases(db, which=query.which, page=query.page)
    offered, waiting = queries.count_cases(db)
    return render(
        request,
        "cases/list.html",
        rows=[
            (case, case_view(case, request.state.language), is_offered(case.rejected))
            for case in found[: queries.PAGE]
        ],
        has_more=len(found) > queries.PAGE,
        query=query,
        offered=offered,
        waiting=waiting,
        filters=FILTERS,
    )


@router.get("/cases/{case_id}", name="show_case")
def show_case(request: Request, case_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Show one case: its problem, what solved it, and where it comes from."""
    case = queries.get_case(db, case_id)
    names = names_of(db, {case.approved_by} - {None})
    return render(
        request,
        "cases/show.html",
        case=case,
        view=case_view(case, request.state.language),
        approver=names.get(case.approved_by) if case.approved_by else None,
        conversation=queries.visible_conversation(db, case, principal=user),
        is_held=case.is_active and not is_offered(case.rejected),
        may_change=may(user.role, "retire_case"),
        at=now(),
    )


@router.post("/cases/{case_id}/retire", name="retire_case")
def retire_case(
    request: Request, case_id: UUID, _form: Annotated[NoFields, Form()], user: CurrentUser, db: Db
) -> Response:
    """Take a case out of every search."""
    actions.retire_case(db, case_id, principal=user)
    return RedirectResponse(request.app.url_path_for("show_case", case_id=case_id), 303)


@router.post("/cases/{case_id}/offer", name="offer_case")
def offer_case(
    request: Request, case_id: UUID, _form: Annotated[NoFields, Form()], user: CurrentUser, db: Db
) -> Response:
    """Offer a case again after somebody looked at it."""
    actions.offer_case(db, case_id, principal=user)
    return RedirectResponse(request.app.url_path_for("show_case", case_id=case_id), 303)
