"""The page on which a lead shares the reviewers' time among the streams."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from service.identity.access import CurrentUser
from service.review import sharing
from service.review.shares import SHARES
from service.review.streams import SECOND
from service.review.words import STREAMS
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()

Percent = Annotated[int, Field(ge=0, le=100)]


class SharesForm(BaseModel):
    """A share of each stream in percent; less blind audits need a confirmation."""

    model_config = ConfigDict(extra="forbid")
    critical: Percent
    dispute: Percent
    unsure: Percent
    coverage: Percent
    blind: Percent
    praise: Percent
    second: Percent
    less_blind: bool = False


@router.get("/queue/shares", name="show_shares")
def show_shares(request: Request, user: CurrentUser, db: Db) -> Response:
    """Show the shares and the form to change them."""
    found = sharing.shares(db)
    return render(
        request,
        "queue/shares.html",
        rows=[(stream, STREAMS[stream], round(100 * found[stream])) for stream in SHARES],
        second=round(100 * found[SECOND]),
    )


@router.post("/queue/shares", name="save_shares")
def save_shares(
    request: Request, form: Annotated[SharesForm, Form()], user: CurrentUser, db: Db
) -> Response:
    """Change the shares."""
    given = {stream: getattr(form, stream) / 100 for stream in (*SHARES, SECOND)}
    sharing.save_shares(db, given, principal=user, allows_less_blind=form.less_blind)
    return RedirectResponse(str(request.app.url_path_for("show_shares")), 303)
