"""A lead with a browser who uploads files, and the work that waits afterwards."""

import uuid
from pathlib import Path

from sqlalchemy import select
from starlette.testclient import TestClient

from service.conversations.import_job import Importing
from service.conversations.tables import Import
from service.database import Database

JSONL = (
    b'{"id":"1","channel":"chat","turns":[{"speaker":"customer","text":"mail me: a@b.example"}]}\n'
    b'{"id":"2","channel":"fax","turns":[]}\n'
)
CSV = "id;kto;treść\n1;klient;Zażółć, jan@b.example\n1;konsultant;Jaźń\n"


def upload(client: TestClient, name: str, data: bytes, **fields: str) -> str:
    answer = client.post("/imports", files={"file": (name, data)}, data=fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def work(database: Database, folder: Path) -> list[uuid.UUID]:
    """Do what waits, as a worker does; return the imports after which scoring is put down."""
    after: list[uuid.UUID] = []
    importing = Importing(database, folder, after=lambda _db, identity: after.append(identity))
    with database.reading() as db:
        waiting = db.scalars(select(Import.id).where(Import.state == "waiting")).all()
    store = importing([str(identity) for identity in waiting], is_stopped=lambda: False)
    with database.writing() as db:
        store(db)
    return after
