"""Pages of jobs: progress, failures, another try; by events, by asking again, without scripts."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select
from starlette.testclient import TestClient

from service import job_pages, job_progress, jobs
from service.audit.tables import AuditRow
from service.database import Database, now
from service.identity.tables import SignIn as SignInRow
from service.identity.tables import User
from service.job_batches import DIED
from service.job_tables import Job, JobBatch
from service.web import events
from service.web.rendering import render_text
from tests.factories import make_user

HTMX = {"hx-request": "true"}
SignIn = Callable[[UUID], TestClient]


def make_job(database: Database, *, state: str = "running", by: UUID | None = None) -> UUID:
    with database.writing() as db:
        job = jobs.enqueue(db, "score", ["a", "b", "c", "d"], by=by, batch=2)
        job.state, job.started_at, job.done = state, now(), 1
        if state == "failed":
            for batch in db.scalars(select(JobBatch)):
                batch.state, batch.items = "done", []
            job.failed, job.finished_at = 3, now()
            job_progress.single_out(db, job.id, "a", "ValueError")
            job_progress.single_out(db, job.id, "b", DIED)
        return job.id


def person(database: Database, role: str = "lead") -> UUID:
    with database.writing() as db:
        return make_user(db, role=role).id


def test_a_running_job_shows_its_progress_and_asks_again(
    database: Database, sign_in: SignIn
) -> None:
    job_id = make_job(database)
    client = sign_in(person(database))

    page = client.get(f"/jobs/{job_id}").text
    fragment = client.get(f"/jobs/{job_id}", headers=HTMX).text

    assert '<progress id="bar" max="4" value="1">' in page
    assert f'hx-sse:connect="/jobs/{job_id}/events"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert fragment.lstrip().startswith('<div id="job"')
    assert 'hx-trigger="every 10s"' in fragment


def test_a_job_that_ended_asks_nothing_more(database: Database, sign_in: SignIn) -> None:
    page = sign_in(person(database)).get(f"/jobs/{make_job(database, state='done')}").text

    assert "hx-sse" not in page.split("<main")[1]
    assert "hx-trigger" not in page.split("<main")[1]
    assert "http-equiv" not in page


def test_a_failed_job_names_its_items_and_can_be_tried_again(
    database: Database, sign_in: SignIn
) -> None:
    job_id = make_job(database, state="failed")
    client = sign_in(person(database))
    page = client.get(f"/jobs/{job_id}").text
    assert re.findall(r"<code>([^<]+)</code>", page) == ["a", "ValueError", "b", "JOB-001"]

    answer = client.post(f"/jobs/{job_id}/retry")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job_id}")
    with database.reading() as db:
        assert db.get_one(Job, job_id).state == "running"
        waiting = db.scalars(select(JobBatch.items).where(JobBatch.state == "waiting")).all()
        told = db.scalars(select(AuditRow).where(AuditRow.action == "job.retried")).one()
    assert sorted(waiting) == [["a"], ["b"]]
    assert told.details == {"items": 3}
    assert client.post(f"/jobs/{job_id}/retry").status_code == 409


def test_events_end_with_the_job(database: Database, sign_in: SignIn) -> None:
    job_id = make_job(database, state="done")

    answer = sign_in(person(database)).get(f"/jobs/{job_id}/events")

    assert answer.headers["content-type"].startswith("text/event-stream")
    first, end = answer.text.strip().split("\n\n")
    assert first.startswith('data: <div id="job"')
    assert end.startswith("event: end")


def test_a_lead_sees_own_and_the_systems_jobs_an_admin_all(
    database: Database, sign_in: SignIn
) -> None:
    lead, other, admin = person(database), person(database), person(database, "admin")
    own, systems, foreign = (make_job(database, by=by) for by in (lead, None, other))

    client = sign_in(lead)
    listed = client.get("/jobs").text
    assert [f"/jobs/{job}" in listed for job in (own, systems, foreign)] == [True, True, False]
    assert client.get(f"/jobs/{foreign}").status_code == 404
    assert client.get(f"/jobs/{foreign}/events").status_code == 404
    assert client.post(f"/jobs/{foreign}/retry").status_code == 404

    listed = sign_in(admin).get("/jobs").text
    assert all(f"/jobs/{job}" in listed for job in (own, systems, foreign))


def test_the_list_takes_as_many_queries_for_three_jobs_as_for_one(
    database: Database,
    sign_in: SignIn,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    client = sign_in(person(database))
    counts = []
    for more in (1, 2):
        for _ in range(more):
            make_job(database)
        with count_queries() as statements:
            client.get("/jobs")
        counts.append(len(statements))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("loss", ["visit", "role", "team mate's job"])
def test_events_end_when_the_right_to_see_them_is_lost(
    database: Database, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    lead, other = person(database), person(database)
    job_id = make_job(database, by=lead)
    client = sign_in(lead)

    def lose(*args: Any, **named: Any) -> str:
        with database.writing() as db:  # between the first event and the second
            if loss == "visit":
                db.execute(delete(SignInRow))
            elif loss == "role":
                db.get_one(User, lead).role = "agent"
            else:
                db.get_one(Job, job_id).by = other
        return render_text(*args, **named)

    monkeypatch.setattr(job_pages, "render_text", lose)
    monkeypatch.setattr(events, "EVERY", 0.0)

    answer = client.get(f"/jobs/{job_id}/events")

    first, end = answer.text.strip().split("\n\n")
    assert first.startswith('data: <div id="job"')
    assert end.startswith("event: end")
