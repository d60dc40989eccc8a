"""Refusals as people and programs see them: a page, a fragment, or problem+json (RFC 9457)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from service import errors
from service.errors import N_, DomainError
from service.language import translate
from service.web.rendering import is_htmx, render

LOG = structlog.get_logger()
STATUS: dict[type[DomainError], int] = {
    errors.NotFound: 404,
    errors.Forbidden: 403,
    errors.SignInNeeded: 401,
    errors.TooManyTries: 429,
    errors.Invalid: 422,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.Unavailable: 503,
    errors.DiskFull: 507,
}
TITLES = {
    400: N_("This request cannot be read"),
    401: N_("Sign in"),
    403: N_("Not allowed"),
    404: N_("Nothing here"),
    405: N_("Not allowed"),
    409: N_("Somebody else was faster"),
    413: N_("Too large"),
    422: N_("Something does not fit"),
    429: N_("Too many tries"),
    500: N_("Something went wrong here"),
    503: N_("Not available now"),
    507: N_("The disk is full"),
}
BROKEN = N_("This is our fault. Nothing was saved. Tell an administrator the request number below.")
AWAY = N_("The database does not answer. We try again every few seconds. Nothing was lost.")
RETRYABLE = {409, 429, 503, 507}


def status_of(error: DomainError) -> int:
    """Return the HTTP status of a refusal: its own class's, or its nearest parent's."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def answer(
    request: Request,
    *,
    status: int,
    code: str,
    message: str,
    values: dict[str, Any] | None = None,
    where: list[dict[str, Any]] | None = None,
) -> Response:
    """Say what was refused, in the reader's language and the form they asked for."""
    _prepare(request)
    language = request.state.language
    detail = translate(message, values or {}, language=language)
    title = translate(TITLES.get(status, TITLES[400]), {}, language=language)
    request_id = request.state.request_id
    if wants_json(request):
        body = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "code": code,
            "detail": detail,
            "where": where or [],
            "request_id": request_id,
            "retryable": status in RETRYABLE,
        }
        return JSONResponse(body, status, media_type="application/problem+json")
    context = {
        "title": title,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        "number": status,
    }
    if not is_htmx(request):
        return render(request, "problem.html", status=status, **context)
    response = render(request, "_problem.html", status=status, **context)
    response.headers["HX-Retarget"] = "#problem"  # leave what they typed in place
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def _prepare(request: Request) -> None:
    """Learn who reads where no route did: an address that does not exist, a database away."""
    if hasattr(request.state, "language"):
        return
    request.state.viewer, request.state.language = None, "en"
    request.state.theme, request.state.time_zone = "", "UTC"
    with suppress(DBAPIError):
        request.app.state.learn(request)


def wants_json(request: Request) -> bool:
    """Whether a program asks: it prefers JSON, or sent it, or calls the API."""
    accept = request.headers.get("accept", "")
    sent = request.headers.get("content-type", "")
    return (
        request.url.path.startswith("/api/")
        or ("json" in accept and "text/html" not in accept)
        or sent.startswith("application/json")
        or (accept in {"", "*/*"} and not is_htmx(request))
    )


def install(app: FastAPI, *, learn: Callable[[Request], None]) -> None:
    """Make every refusal of the app leave through `answer`; `learn` tells who reads it."""
    app.state.learn = learn
    app.add_exception_handler(DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(StaleDataError, _stale)
    app.add_exception_handler(DBAPIError, _database)


def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)
    status = status_of(error)
    if status == 401 and not wants_json(request) and not is_htmx(request):
        return Response(status_code=303, headers={"location": "/sign-in"})
    return answer(
        request, status=status, code=error.code, message=error.message, values=error.values
    )


def _validation(request: Request, error: Exception) -> Response:
    """Name the fields that do not fit and echo nothing of what was sent."""
    assert isinstance(error, RequestValidationError)
    if any(item["loc"][0] == "path" for item in error.errors()):
        return _domain(request, errors.NotFound())  # an id that cannot be one is nobody's
    fields = [".".join(str(part) for part in item["loc"][1:])[:80] for item in error.errors()[:20]]
    return answer(
        request,
        status=422,
        code="REQ-422",
        message=N_("These fields do not fit: {fields}. Nothing was saved."),
        values={"fields": ", ".join(sorted({field for field in fields if field})) or "body"},
        where=[
            {"field": field, "reason": item["type"]}
            for field, item in zip(fields, error.errors(), strict=False)
        ],
    )


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    messages = {
        404: N_("There is nothing here for you."),
        405: N_("This address does not take that kind of request."),
        413: N_("The request is larger than this address takes."),
    }
    message = messages.get(
        error.status_code, N_("This request cannot be read. Nothing was changed.")
    )
    return answer(
        request, status=error.status_code, code=f"REQ-{error.status_code}", message=message
    )


def _stale(request: Request, _error: Exception) -> Response:
    return answer(
        request,
        status=409,
        code="REQ-409",
        message=N_(
            "Somebody else saved this a moment ago. Reload it; what you typed is still in this page."
        ),
    )


def _database(request: Request, error: Exception) -> Response:
    text = str(getattr(error, "orig", error))
    if "disk is full" in text or "No space left" in text:
        return _domain(request, errors.DiskFull())
    LOG.error("database.failed", kind=type(error).__name__, path=request.url.path)
    if isinstance(error, OperationalError):
        return answer(request, status=503, code="SYS-503", message=AWAY)
    if isinstance(error, IntegrityError):
        return _stale(request, error)
    return answer(request, status=500, code="SYS-500", message=BROKEN)


def unexpected(request: Request) -> Response:
    """Say that the fault is ours, and the number under which the log knows it."""
    return answer(request, status=500, code="SYS-500", message=BROKEN)
