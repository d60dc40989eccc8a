"""`/healthz`: the process lives. `/readyz`: it can do its work."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy.exc import DBAPIError

from service import migrate
from service.web.transactions import database_of

router = APIRouter()


@router.get("/healthz", name="healthz")
def healthz() -> PlainTextResponse:
    """Say that the process answers."""
    return PlainTextResponse("ok")


@router.get("/readyz", name="readyz")
def readyz(request: Request) -> JSONResponse:
    """Say whether database, schema and worker are ready; the model is reported, not required."""
    checks = {"database": False, "schema": False}
    try:
        with database_of(request).engine.connect() as connection:
            checks["database"] = True
            checks["schema"] = migrate.current(connection) == migrate.newest()
    except DBAPIError:
        pass
    model = request.app.state.scorer.state
    is_ready = all(checks.values())
    return JSONResponse({"ready": is_ready, **checks, "model": model}, 200 if is_ready else 503)
