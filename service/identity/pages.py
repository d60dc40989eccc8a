"""Sign in and out; one's own language and theme; the first admin; a password by a link."""

import math
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from service.errors import Invalid, NotFound
from service.identity import access, actions, links
from service.identity.forms import FirstAdmin, NewPassword, Preferences, SignInForm
from service.identity.setup import Setup
from service.identity.throttle import minutes
from service.language import translate
from service.web.addresses import address_of, is_this_machine
from service.web.rendering import render
from service.web.transactions import Db, database_of

router = APIRouter()
YEAR = 31_536_000  # seconds


def told(request: Request, refusal: Invalid) -> str:
    """Return a refusal in the reader's language, to stand beside the field it is about."""
    return translate(refusal.message, refusal.values, language=request.state.language)


@router.get("/sign-in", name="show_sign_in")
def show_sign_in(request: Request) -> Response:
    """Show the sign-in page."""
    if request.state.viewer is not None:
        return RedirectResponse("/", 303)
    return _sign_in_page(request)


def _sign_in_page(
    request: Request, *, email: str = "", error: actions.SignInOutcome | None = None
) -> Response:
    response = render(
        request,
        "identity/sign_in.html",
        status=error.status if error else 200,
        email=email,
        error=error,
        minutes=minutes(error.wait) if error and error.wait else None,
        is_first_day=request.app.state.setup is not None,
    )
    if error and error.wait:
        response.headers["retry-after"] = str(math.ceil(error.wait.total_seconds()))
    return response


@router.post("/sign-in", name="sign_in")
def sign_in(request: Request, form: Annotated[SignInForm, Form()]) -> Response:
    """Begin a visit, or say that e-mail and password do not match."""
    outcome = actions.sign_in(
        database_of(request),
        form.email,
        form.password,
        address=address_of(request),
        leaving=request.cookies.get(access.cookie_name(request)),
    )
    if outcome.token is None:
        return _sign_in_page(request, email=form.email, error=outcome)
    return _arrived(request, outcome.token)


def _arrived(request: Request, token: str) -> Response:
    response = RedirectResponse("/", 303)
    access.give_cookie(request, response, token)
    return response


@router.post("/sign-out", name="sign_out")
def sign_out(request: Request, _form: Annotated[Preferences, Form()], db: Db) -> Response:
    """End this visit. The button stands in the form of the menu, whose fields come along."""
    token = request.cookies.get(access.cookie_name(request))
    if token:
        actions.end_visit(db, token)
    response = RedirectResponse("/sign-in", 303)
    access.take_cookie(request, response)
    return response


@router.post("/preferences", name="save_preferences")
def save_preferences(request: Request, form: Annotated[Preferences, Form()], db: Db) -> Response:
    """Keep a language or a theme: for the person, or in a cookie before they sign in."""
    response = RedirectResponse(own_path(form.back), 303)
    chosen = {name: value for name in ("language", "theme") if (value := getattr(form, name))}
    remember(response, **chosen)
    if request.state.viewer is not None and chosen:
        actions.save_own(db, request.state.viewer.id, **chosen)
    return response


def own_path(back: str) -> str:
    """Return a path of ours to go back to; anything that a browser could take elsewhere is `/`."""
    parts = urlsplit(back) if back.isprintable() and "\\" not in back else None
    if parts is None or parts.scheme or parts.netloc or not back.startswith("/"):
        return "/"
    return "/" if back.startswith("//") else back


def remember(response: Response, **chosen: str) -> None:
    """Keep language and theme in cookies, for the pages before somebody has signed in."""
    for name, value in chosen.items():
        response.set_cookie(name, value, max_age=YEAR, samesite="lax", httponly=True, path="/")


@router.get("/reset/{token}", name="show_reset")
def show_reset(request: Request, token: str, db: Db) -> Response:
    """Show the form for a new password to who has a one-time link."""
    user = links.person_of(db, token)
    return _reset_page(request, token, user.email or "")


def _reset_page(request: Request, token: str, email: str, refusal: str = "") -> Response:
    return render(
        request,
        "identity/reset.html",
        status=422 if refusal else 200,
        token=token,
        email=email,
        refusal=refusal,
    )


@router.post("/reset/{token}", name="save_reset")
def save_reset(request: Request, token: str, form: Annotated[NewPassword, Form()]) -> Response:
    """Set the password of a one-time link, and begin a visit."""
    database = database_of(request)
    try:
        visit = links.use_link(database, token, form.password)
    except Invalid as refusal:
        with database.reading() as db:
            email = links.person_of(db, token).email or ""
        return _reset_page(request, token, email, told(request, refusal))
    return _arrived(request, visit)


def _setup_of(request: Request, token: str) -> Setup:
    setup: Setup | None = request.app.state.setup
    if setup is None or not is_this_machine(request) or not setup.fits(token):
        raise NotFound
    return setup


@router.get("/setup", name="show_setup")
def show_setup(request: Request, token: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Show the form for the first admin, at this machine, to who has the terminal's token."""
    _setup_of(request, token)
    return _setup_page(request, token)


def _setup_page(
    request: Request, token: str, *, name: str = "", email: str = "", refusal: str = ""
) -> Response:
    return render(
        request,
        "identity/setup.html",
        status=422 if refusal else 200,
        token=token,
        name=name,
        email=email,
        refusal=refusal,
    )


@router.post("/setup", name="make_first_admin")
def make_first_admin(request: Request, form: Annotated[FirstAdmin, Form()]) -> Response:
    """Make the first admin and begin their visit."""
    setup = _setup_of(request, form.token)
    try:
        visit = setup.make_admin(
            database_of(request),
            form.token,
            email=form.email,
            name=form.name,
            password=form.password,
        )
    except Invalid as refusal:
        return _setup_page(
            request, form.token, name=form.name, email=form.email, refusal=told(request, refusal)
        )
    request.app.state.setup = None
    return _arrived(request, visit)
