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

from service import jobs
from service.audit.actions import record
from service.cases.importing import import_cases
from service.conversations import files as imports
from service.conversations.files import Choice
from service.conversations.importing import import_records
from service.conversations.neutral import NeutralConversation
from service.conversations.refusals import Refused
from service.conversations.tables import Import
from service.conversations.validation import conversation_of
from service.database import Database, now
from service.demo.cast import SOURCE, Agent, Person, agents, conversations, people
from service.identity.actions import add_user, find_by_email, find_or_make_team, join
from service.identity.passwords import hash_password
from service.identity.tables import AgentName, User
from service.scoring.queries import unscored_ids

SIGN_IN_FILE = "demo-sign-in.txt"
FILE_NAME = "demo"  # of the import: it has no file
SCORED_TOGETHER = 25  # a few: progress shows within seconds
DAYS_A_MONTH = 30.4


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded; nothing when the demo was here already."""

    conversations: int
    cases: int


def is_present(db: Session) -> bool:
    """Whether somebody can sign in as one of the demo's people, however far it was loaded."""
    addresses = [person.email for person in people()]
    found = select(User.id).where(User.email.in_(addresses), User.is_active)
    return db.scalar(found.limit(1)) is not None


def is_loaded(db: Session) -> bool:
    """Whether the whole demo is here: its import ends with the last step of loading."""
    row = _import(db)
    return row is not None and row.state == "done"


def load(database: Database, folder: Path) -> Loaded:
    """Load the demo once; a call after an interrupted one goes on, one after a whole one does nothing.

    Each step commits for itself and changes nothing where it was done before. The last puts down
    the job that scores the conversations, of which the worker reviews a part, and ends the import.

    Args:
        folder: where the file with the sign-ins goes, readable by its owner alone.
    """
    with database.reading() as db:
        row = _import(db)
        if row is not None and row.state == "done":
            return Loaded(0, 0)
        begun = (row.id, row.created_at) if row is not None else None
    import_id, begun_at = begun or _people(database, folder)
    # Times are counted from when the load began: another start would make every text another one.
    # Any position but 0 tells a second run that it goes on.
    counts = import_records(database, import_id, _records(begun_at), position=lambda: 1)
    cases = _cases(database)
    with database.writing() as db:
        if ids := unscored_ids(db):
            jobs.enqueue(db, "score", ids, batch=SCORED_TOGETHER)
        imports.finish(db, import_id, counts)
        record(db, "demo.loaded", subject=f"import:{import_id}", actor=None)
    return Loaded(counts.imported, cases)


def _import(db: Session) -> Import | None:
    """Return the demo's own import; people may call a source of theirs demo, too."""
    return db.scalar(select(Import).where(Import.source == SOURCE, Import.file_name == FILE_NAME))


def _people(database: Database, folder: Path) -> tuple[UUID, datetime]:
    passwords = {person.key: secrets.token_urlsafe(9) for person in people()}
    addresses = {person.name: person.email for person in people()}
    with database.writing() as db:
        made: dict[str, User] = {}
        for agent in agents():
            made[agent.name] = _agent(db, agent, addresses.get(agent.name))
        for person in people():
            _sign_in(db, person, made.get(person.name), passwords[person.key])
        row = imports.begin(db, Choice("neutral", SOURCE), file_name=FILE_NAME, size=0, by=None)
        _write_sign_ins(folder / SIGN_IN_FILE, passwords)
        return row.id, row.created_at


def _agent(db: Session, agent: Agent, email: str | None) -> User:
    # Who stayed behind when the demo was taken out, for work on other conversations, comes back.
    kept = find_by_email(db, email) if email else None
    user = kept or add_user(db, email=None, name=agent.name, role="agent")
    user.joined_on = now() - timedelta(days=DAYS_A_MONTH * agent.months)
    user.language = agent.language
    join(db, user, find_or_make_team(db, agent.team))
    if db.get(AgentName, agent.name) is None:
        db.add(AgentName(name=agent.name, user_id=user.id))
    return user


def _sign_in(db: Session, person: Person, known: User | None, password: str) -> None:
    user = known or find_by_email(db, person.email)
    user = user or add_user(db, email=None, name=person.name, role=person.role)
    user.email, user.password_hash, user.is_active = person.email, hash_password(password), True
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
    outcome = import_cases(database, BytesIO(b"\n".join(parts)), source=SOURCE)
    return outcome.imported + outcome.revised + outcome.unchanged
