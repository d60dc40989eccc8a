"""Load the demo: people, conversations and cases that were written for it."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audit.actions import record
from service.cases.importing import import_cases
from service.conversations import files as imports
from service.conversations.files import Choice
from service.conversations.importing import import_records
from service.conversations.neutral import NeutralConversation
from service.conversations.refusals import Refused
from service.conversations.validation import conversation_of
from service.database import Database, now
from service.demo.cast import SOURCE, Agent, Person, agents, conversations, people
from service.identity.actions import add_user, find_or_make_team, join
from service.identity.passwords import hash_password
from service.identity.tables import AgentName, User

SIGN_IN_FILE = "demo-sign-in.txt"
DAYS_A_MONTH = 30.4


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded; nothing when the demo was here already."""

    conversations: int
    cases: int


def is_loaded(db: Session) -> bool:
    """Whether the demo's people are here."""
    addresses = [person.email for person in people()]
    return db.scalar(select(User.id).where(User.email.in_(addresses)).limit(1)) is not None


def load(database: Database, folder: Path) -> Loaded:
    """Load the demo once, each part whole; a second call changes nothing.

    Args:
        folder: where the file with the sign-ins goes, readable by its owner alone.
    """
    with database.reading() as db:
        if is_loaded(db):
            return Loaded(0, 0)
    import_id = _people(database, folder)
    counts = import_records(database, import_id, _records(now()))
    with database.writing() as db:
        imports.finish(db, import_id, counts)
    return Loaded(counts.imported, _cases(database))


def _people(database: Database, folder: Path) -> UUID:
    passwords = {person.key: secrets.token_urlsafe(9) for person in people()}
    with database.writing() as db:
        made: dict[str, User] = {}
        for agent in agents():
            made[agent.name] = _agent(db, agent)
        for person in people():
            _sign_in(db, person, made.get(person.name), passwords[person.key])
        row = imports.begin(db, Choice("neutral", SOURCE), file_name="demo", size=0, by=None)
        record(db, "demo.loaded", subject=f"import:{row.id}", actor=None)
        _write_sign_ins(folder / SIGN_IN_FILE, passwords)
    return row.id


def _agent(db: Session, agent: Agent) -> User:
    user = add_user(db, email=None, name=agent.name, role="agent")
    user.joined_on = now() - timedelta(days=DAYS_A_MONTH * agent.months)
    user.language = agent.language
    join(db, user, find_or_make_team(db, agent.team))
    if db.get(AgentName, agent.name) is None:
        db.add(AgentName(name=agent.name, user_id=user.id))
    return user


def _sign_in(db: Session, person: Person, known: User | None, password: str) -> None:
    if known is None:
        user = add_user(
            db, email=person.email, name=person.name, role=person.role, password=password
        )
    else:
        known.email, known.password_hash = person.email, hash_password(password)
        user = known
    for team in person.teams:
        join(db, user, find_or_make_team(db, team))


def _write_sign_ins(path: Path, passwords: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{person.role:9} {person.email:24} {passwords[person.key]:14} {person.name}"
        for person in people()
    ]
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    draft.replace(path)


def sign_ins(folder: Path) -> str:
    """Return the lines that say how to sign in; empty when the file is gone."""
    path = folder / SIGN_IN_FILE
    return path.read_text("utf-8") if path.exists() else ""


def _records(until: datetime) -> Iterator[NeutralConversation | Refused]:
    for number, row in enumerate(conversations(until), start=1):
        yield conversation_of(row, row=number)


def _cases(database: Database) -> int:
    folder = files("service.demo")
    parts = [folder.joinpath(f"cases.{code}.jsonl").read_bytes() for code in ("en", "pl", "ru")]
    return import_cases(database, BytesIO(b"\n".join(parts)), source=SOURCE).imported
