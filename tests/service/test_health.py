"""/readyz: database, schema and somebody who runs the jobs."""

from sqlalchemy import update
from starlette.testclient import TestClient

from service import leases
from service.config import Settings
from service.database import Database
from service.job_tables import WorkerLease


def test_the_embedded_server_is_ready_while_its_worker_is_about_to_begin(
    client: TestClient, settings: Settings
) -> None:
    answer = client.get("/readyz")

    assert answer.json()["worker"] is settings.is_embedded
    assert answer.json()["model"] == "not loaded yet"
    assert answer.status_code == (200 if settings.is_embedded else 503)


def test_any_worker_with_a_fresh_lease_will_do_and_an_old_one_not(
    client: TestClient, database: Database, settings: Settings
) -> None:
    with database.writing() as db:
        leases.beat(db, "elsewhere")
    assert client.get("/readyz").status_code == 200

    with database.writing() as db:
        db.execute(update(WorkerLease).values(beat=WorkerLease.beat - 61))
    assert client.get("/readyz").status_code == (200 if settings.is_embedded else 503)


def test_the_process_answers_without_the_database(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok"
