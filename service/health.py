"""`/healthz`: the process lives. `/readyz`: it can do its work."""

from contextlib import suppress

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service import leases, migrate
from service.config import Settings
from service.web.transactions import database_of
from service.worker import Embedded

router = APIRouter()
FRESH = 60.0  # seconds since a worker's last beat


@router.get("/healthz", name="healthz")
def healthz() -> PlainTextResponse:
    """Say that the process answers."""
    return PlainTextResponse("ok")


@router.get("/readyz", name="readyz")
def readyz(request: Request) -> JSONResponse:
    """Say whether database, schema and worker are ready; the model is reported, not required."""
    checks = {"database": False, "schema": False, "worker": False}
    with suppress(DBAPIError), database_of(request).reading() as db:
        connection = db.connection()
        checks["database"] = True
        checks["schema"] = migrate.current(connection) == migrate.newest()
        checks["worker"] = checks["schema"] and has_worker(request, db)
    model = request.app.state.scorer.state
    is_ready = all(checks.values())
    return JSONResponse({"ready": is_ready, **checks, "model": model}, 200 if is_ready else 503)


def has_worker(request: Request, db: Session) -> bool:
    """Whether somebody runs the jobs: this process, about to begin, or any with a fresh lease."""
    settings: Settings = request.app.state.settings
    worker: Embedded | None = request.app.state.worker
    if settings.is_embedded and (worker is None or worker.is_starting):
        return True
    age = leases.age_of_youngest(db)
    return age is not None and age < FRESH
