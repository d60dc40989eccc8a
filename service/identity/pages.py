"""Sign in and out; one's own language and theme."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import update

from service.identity import access, actions
from service.identity.access import CurrentUser
from service.identity.tables import User
from service.web.rendering import render
from service.web.transactions import Db, database_of

router = APIRouter()


class SignInForm(BaseModel):
    """What the sign-in page sends."""

    model_config = ConfigDict(extra="forbid")
    email: str = Field(max_length=254)
    password: str = Field(max_length=1024)


class Preferences(BaseModel):
    """A language or a theme that somebody chose."""

    model_config = ConfigDict(extra="forbid")
    language: Literal["en", "pl", "ru"] | None = None
    theme: Literal["light", "dark", "system"] | None = None
    back: str = Field("/", max_length=300)


@router.get("/sign-in", name="show_sign_in")
def show_sign_in(request: Request) -> Response:
    """Show the sign-in page."""
    if request.state.viewer is not None:
        return RedirectResponse("/", 303)
    return render(request, "identity/sign_in.html", email="", error=None)


@router.post("/sign-in", name="sign_in")
def sign_in(request: Request, form: Annotated[SignInForm, Form()]) -> Response:
    """Begin a visit, or say that e-mail and password do not match."""
    outcome = actions.sign_in(
        database_of(request), form.email, form.password, address=access.address_of(request)
    )
    if outcome.token is None:
        return render(
            request, "identity/sign_in.html", status=outcome.status, email=form.email, error=outcome
        )
    response = RedirectResponse("/", 303)
    access.give_cookie(request, response, outcome.token)
    return response


@router.post("/sign-out", name="sign_out")
def sign_out(request: Request, db: Db) -> Response:
    """End this visit."""
    token = request.cookies.get(access.cookie_name(request))
    if token:
        access.end_visit(db, token)
    response = RedirectResponse("/sign-in", 303)
    access.take_cookie(request, response)
    return response


@router.post("/preferences", name="save_preferences")
def save_preferences(request: Request, form: Annotated[Preferences, Form()], db: Db) -> Response:
    """Keep a language or a theme: for the person, or in a cookie before they sign in."""
    path = (
        form.back if form.back.startswith("/") and not form.back.startswith(("//", "/\\")) else "/"
    )
    response = RedirectResponse(path, 303)
    chosen = {name: value for name in ("language", "theme") if (value := getattr(form, name))}
    for name, value in chosen.items():
        response.set_cookie(name, value, max_age=31536000, samesite="lax", httponly=True, path="/")
    if request.state.viewer is not None and chosen:
        db.execute(update(User).where(User.id == request.state.viewer.id).values(**chosen))
    return response


@router.get("/settings", name="show_settings")
def show_settings(request: Request, user: CurrentUser) -> Response:
    """Show one's own settings."""
    return render(request, "identity/settings.html", user=user)
