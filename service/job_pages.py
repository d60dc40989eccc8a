"""Jobs as people watch them: a list, one with its progress, and another try."""

import math
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from service import jobs
from service.audit.actions import record
from service.conversations.forms import NoFields
from service.database import now
from service.errors import N_, NotFound
from service.identity.access import CurrentUser, current_principal, enforce
from service.identity.rules import Principal, sees_all
from service.job_batches import DIED
from service.job_tables import Job, JobFailure
from service.web.events import Look, follow
from service.web.rendering import is_htmx, render, render_text
from service.web.transactions import Db, database_of

router = APIRouter()
SHOWN = 50
FAILURES_SHOWN = 100
KIND_NAMES = {
    "score": N_("Scoring of conversations"),
    "import": N_("Import of a file"),
    "index_cases": N_("Similar cases"),
    "tell_answers": N_("Mails about answered disputes"),
}
STATE_NAMES = {
    "waiting": N_("Waiting"),
    "running": N_("Running"),
    "done": N_("Done"),
    "failed": N_("Failed"),
}
DIED_TEXT = N_("The worker ended each time while it was busy with this.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A job as the page shows it.

    Attributes:
        job: the row.
        failures: what was singled out, at most `FAILURES_SHOWN`.
        minutes_left: None before anything is known, and at the end.
    """

    job: Job
    failures: list[JobFailure]
    minutes_left: int | None

    @property
    def is_open(self) -> bool:
        """Whether there is more to come."""
        return self.job.state in {"waiting", "running"}


def jobs_visible_to(principal: Principal) -> ColumnElement[bool]:
    """Limit jobs to those a person may see: their own and the system's; an admin sees all."""
    if sees_all(principal):
        return true()
    return or_(Job.by == principal.id, Job.by.is_(None))


def get_job(db: Session, job_id: UUID, *, principal: Principal) -> Job:
    """Return one job.

    Raises:
        NotFound: also when it exists and is not for this person.
    """
    job = db.scalar(select(Job).where(Job.id == job_id, jobs_visible_to(principal)))
    if job is None:
        raise NotFound
    return job


def shown(db: Session, job: Job) -> Shown:
    """Return a job with what was singled out and how long it will take."""
    failures = db.scalars(
        select(JobFailure)
        .where(JobFailure.job_id == job.id)
        .order_by(JobFailure.at)
        .limit(FAILURES_SHOWN)
    )
    return Shown(job, list(failures), _minutes_left(job))


def _minutes_left(job: Job) -> int | None:
    finished = job.done + job.failed
    if job.state != "running" or job.started_at is None or not finished:
        return None
    seconds = (now() - job.started_at).total_seconds() / finished * (job.total - finished)
    return max(1, math.ceil(seconds / 60))


@router.get("/jobs", name="list_jobs")
def list_jobs(request: Request, user: CurrentUser, db: Db) -> Response:
    """List the newest jobs."""
    found = db.scalars(
        select(Job).where(jobs_visible_to(user)).order_by(Job.created_at.desc()).limit(SHOWN)
    )
    return render(request, "jobs/list.html", jobs=list(found), kinds=KIND_NAMES, states=STATE_NAMES)


@router.get("/jobs/{job_id}", name="show_job")
def show_job(request: Request, job_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Show one job; with htmx only its progress."""
    job = get_job(db, job_id, principal=user)
    template = "jobs/_job.html" if is_htmx(request) else "jobs/show.html"
    return render(request, template, **_context(shown(db, job)))


def _context(found: Shown) -> dict[str, Any]:
    return {
        "found": found,
        "job": found.job,
        "kinds": KIND_NAMES,
        "states": STATE_NAMES,
        "died": DIED,
        "died_text": DIED_TEXT,
    }


def existing_job(request: Request, job_id: UUID, user: CurrentUser) -> UUID:
    """Refuse before the answer begins: a stream cannot say 404 any more."""
    with database_of(request).reading() as db:
        return get_job(db, job_id, principal=user).id


@router.get("/jobs/{job_id}/events", name="job_events", response_class=EventSourceResponse)
async def job_events(
    request: Request, job: Annotated[UUID, Depends(existing_job)]
) -> AsyncIterator[ServerSentEvent]:
    """Send the progress each time it moves, and `end` with the last of it."""
    async for event in follow(lambda: _look(request, job)):
        yield event


def _look(request: Request, job_id: UUID) -> Look:
    enforce(request)  # the visit may have ended since the last event, or the role be lost
    with database_of(request).reading() as db:
        found = shown(db, get_job(db, job_id, principal=current_principal(request)))
        return Look(render_text(request, "jobs/_job.html", **_context(found)), found.is_open)


@router.post("/jobs/{job_id}/retry", name="retry_job")
def retry_job(
    request: Request, job_id: UUID, form: Annotated[NoFields, Form()], user: CurrentUser, db: Db
) -> Response:
    """Try again what failed."""
    job = get_job(db, job_id, principal=user)
    failed = job.failed
    jobs.retry(db, job)
    record(db, "job.retried", subject=f"job:{job.id}", actor=user.id, items=failed)
    return RedirectResponse(str(request.app.url_path_for("show_job", job_id=job.id)), 303)
