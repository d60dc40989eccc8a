"""Who is asking: the cookie, read and checked in one place, before every route."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request, Response
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.config import Settings
from service.database import now
from service.errors import N_, Forbidden, NotFound, SignInNeeded
from service.identity.policies import policies
from service.identity.queries import principal_of
from service.identity.rules import Principal
from service.identity.tables import SignIn, User
from service.language import LANGUAGES, choose
from service.web.addresses import is_https
from service.web.transactions import database_of

IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=5)
LANGUAGE_COOKIE = "language"


def learn(request: Request) -> None:
    """Learn who asks and how they read: principal, language, theme, time zone.

    The person is read anew each time: a lost role or an ended visit counts from the next request.
    """
    settings: Settings = request.app.state.settings
    principal = _principal(request)
    request.state.viewer = principal
    request.state.language = _language(request, principal, settings.language)
    request.state.theme = (principal and principal.theme) or request.cookies.get("theme", "")
    request.state.time_zone = (principal and principal.time_zone) or settings.timezone


def enforce(request: Request) -> None:
    """Refuse what the route's policy refuses. Runs before every route of the app.

    Raises:
        SignInNeeded: nobody is signed in and the route is not public.
        Forbidden: the person's role may not call the route.
        NotFound: the path names an id that cannot be one.
    """
    learn(request)
    policy = policies()[request.scope["route"].name]
    if policy.is_public:
        return
    principal: Principal | None = request.state.viewer
    if principal is None:
        raise SignInNeeded
    if principal.role not in policy.roles:
        raise Forbidden(N_("Your role does not include this page."))
    if not all(
        _is_id(value) for name, value in request.path_params.items() if name.endswith("_id")
    ):
        raise NotFound  # before the route reads a form, whatever is wrong with that


def _is_id(value: str) -> bool:
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True


def current_principal(request: Request) -> Principal:
    """Return the person who is signed in.

    Raises:
        SignInNeeded: on a public route that nobody is signed in on.
    """
    principal: Principal | None = request.state.viewer
    if principal is None:
        raise SignInNeeded
    return principal


CurrentUser = Annotated[Principal, Depends(current_principal)]


def _language(request: Request, principal: Principal | None, default: str) -> str:
    chosen = (principal and principal.language) or request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return choose(request.headers.get("accept-language", ""), default=default)


def _principal(request: Request) -> Principal | None:
    token = request.cookies.get(cookie_name(request))
    if not token:
        return None
    database, at = database_of(request), now()
    with database.reading() as db:
        found = db.execute(
            select(SignIn, User)
            .join(User, User.id == SignIn.user_id)
            .where(SignIn.token_sha256 == digest_of(token), User.is_active)
        ).one_or_none()
        if found is None or not is_valid(found.SignIn, at=at):
            return None
        seen_at, digest = found.SignIn.seen_at, found.SignIn.token_sha256
        principal = principal_of(db, found.User)
    if at - seen_at > SEEN_EVERY:
        with database.writing() as db:
            db.execute(update(SignIn).where(SignIn.token_sha256 == digest).values(seen_at=at))
    return principal


def is_valid(visit: SignIn, *, at: datetime) -> bool:
    """Whether a visit is neither idle for too long nor too old."""
    return at - visit.seen_at < IDLE and at - visit.created_at < ABSOLUTE


def start_visit(db: Session, user: User) -> str:
    """Begin a signed-in visit and return its token, 256 random bits."""
    token = secrets.token_urlsafe(32)
    moment = now()
    db.add(
        SignIn(token_sha256=digest_of(token), user_id=user.id, created_at=moment, seen_at=moment)
    )
    return token


def end_all_visits(db: Session, user_id: uuid.UUID) -> None:
    """End every visit of a person: after a new password, a lost role or a deactivation."""
    db.execute(delete(SignIn).where(SignIn.user_id == user_id))


def give_cookie(request: Request, response: Response, token: str) -> None:
    """Hand the visit's token to the browser, for this host alone and never to scripts."""
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_https(request),
        path="/",
    )


def take_cookie(request: Request, response: Response) -> None:
    """Remove the visit's cookie."""
    response.delete_cookie(
        cookie_name(request), path="/", secure=is_https(request), httponly=True, samesite="lax"
    )


def cookie_name(request: Request) -> str:
    """Return `__Host-afterword` over https, `afterword` over http (RULINGS 6)."""
    return "__Host-afterword" if is_https(request) else "afterword"


def digest_of(token: str) -> str:
    """Return the sha256 that the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
