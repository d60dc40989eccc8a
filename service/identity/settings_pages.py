"""One's own settings: password, language, theme, time zone, single keys."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.config import Settings
from service.errors import N_, Invalid
from service.identity import access, actions
from service.identity.access import CurrentUser
from service.identity.forms import OwnPassword, OwnSettings
from service.identity.pages import remember, told
from service.identity.rules import Principal, time_zones
from service.web.addresses import address_of
from service.web.rendering import render
from service.web.transactions import Db, database_of

router = APIRouter()


@router.get("/settings", name="show_settings")
def show_settings(
    request: Request, user: CurrentUser, done: Literal["settings", "password"] | None = None
) -> Response:
    """Show one's own settings."""
    return _page(request, user, done=done)


def _page(
    request: Request,
    user: Principal,
    *,
    done: str | None = None,
    refusal: str = "",
    zone: str | None = None,
    zone_refusal: str = "",
) -> Response:
    settings: Settings = request.app.state.settings
    return render(
        request,
        "identity/settings.html",
        status=422 if refusal or zone_refusal else 200,
        user=user,
        zones=time_zones(),
        zone=user.time_zone or "" if zone is None else zone,
        default_zone=settings.timezone,
        done=done,
        refusal=refusal,
        zone_refusal=zone_refusal,
    )


@router.post("/settings", name="save_settings")
def save_settings(
    request: Request, form: Annotated[OwnSettings, Form()], user: CurrentUser, db: Db
) -> Response:
    """Keep language, theme, time zone and whether single keys act."""
    if form.time_zone and form.time_zone not in time_zones():
        refusal = Invalid(N_("There is no such time zone. Take one from the list."))
        return _page(request, user, zone=form.time_zone, zone_refusal=told(request, refusal))
    actions.save_own(
        db,
        user.id,
        language=form.language or None,
        theme=form.theme,
        time_zone=form.time_zone or None,
        has_single_keys=form.has_single_keys,
    )
    response = _back(request, "settings")
    remember(response, theme=form.theme)
    if form.language:
        remember(response, language=form.language)
    else:
        response.delete_cookie(access.LANGUAGE_COOKIE, path="/")
    return response


@router.post("/settings/password", name="save_password")
def save_password(
    request: Request, form: Annotated[OwnPassword, Form()], user: CurrentUser
) -> Response:
    """Replace one's own password; every other visit ends."""
    try:
        token = actions.change_own_password(
            database_of(request), user.id, old=form.old, new=form.new, address=address_of(request)
        )
    except Invalid as refusal:
        return _page(request, user, refusal=told(request, refusal))
    response = _back(request, "password")
    access.give_cookie(request, response, token)
    return response


def _back(request: Request, done: str) -> Response:
    return RedirectResponse(f"{request.app.url_path_for('show_settings')}?done={done}", 303)
