"""`afterword doctor`: whether what is stored holds together."""

from collections.abc import Callable, Iterator

import sqlalchemy as sa
import typer
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from prompts.library import UnknownTextError, load_scorecard
from service import leases, migrate
from service.audit.actions import broken_links
from service.commands import open_database
from service.conversations.tables import Conversation, Revision, Turn
from service.job_tables import Job, JobBatch, WorkerLease
from service.scoring.tables import AutoScore, HeadVersion, LatestRun, ScoringRun

LOST_AFTER = 120.0  # seconds without a beat after which somebody should have adopted the jobs
SHOWN = 10


def run() -> int:
    """Check everything and say what is broken; the exit status."""
    database = open_database()
    with database.reading() as db:
        found = [problem for check in CHECKS for problem in check(db)]
        healthy = migrate.current(db.connection()) == migrate.newest()
    if not healthy:
        found.append("the schema is not this program's")
    for problem in found:
        typer.echo(problem)
    if not found:
        typer.echo("OK")
    database.close()
    return 1 if found else 0


def _integrity(db: Session) -> Iterator[str]:
    if db.get_bind().dialect.name != "sqlite":
        return
    for (answer,) in db.execute(sa.text("PRAGMA integrity_check")):
        if answer != "ok":
            yield f"the database file is damaged: {answer}"
    rows = db.execute(sa.text("PRAGMA foreign_key_check")).all()
    if rows:
        yield f"{len(rows)} rows point at rows that are gone, first in {rows[0][0]}"


def _audit(db: Session) -> Iterator[str]:
    for sequence in list(broken_links(db))[:SHOWN]:
        yield f"the audit chain is broken at entry {sequence}"


def _turns(db: Session) -> Iterator[str]:
    counted = (
        select(func.count())
        .select_from(Turn)
        .join(Revision, Revision.id == Turn.revision_id)
        .where(
            Revision.conversation_id == Conversation.id,
            Revision.number == Conversation.revision,
        )
        .correlate(Conversation)
        .scalar_subquery()
    )
    wrong = db.scalars(select(Conversation.id).where(Conversation.turn_count != counted))
    for conversation_id in wrong.fetchmany(SHOWN):
        yield f"conversation {conversation_id} has not the turns it came with"


def _scores(db: Session) -> Iterator[str]:
    cards = db.scalars(select(ScoringRun.scorecard).distinct()).all()
    for card in cards:
        try:
            load_scorecard(card)
        except UnknownTextError:
            yield f"scores name the scorecard {card}, which this program lacks"
    unknown = db.scalar(
        select(func.count())
        .select_from(ScoringRun)
        .where(ScoringRun.model_sha.not_in(select(HeadVersion.sha)))
    )
    if unknown:
        yield f"{unknown} scorings name heads that are not known"
    empty = db.scalar(
        select(func.count())
        .select_from(ScoringRun)
        .where(~select(AutoScore.run_id).where(AutoScore.run_id == ScoringRun.id).exists())
    )
    if empty:
        yield f"{empty} scorings hold no scores"
    strays = db.scalar(
        select(func.count())
        .select_from(LatestRun)
        .join(ScoringRun, ScoringRun.id == LatestRun.run_id)
        .where(ScoringRun.conversation_id != LatestRun.conversation_id)
    )
    if strays:
        yield f"{strays} conversations show another one's scoring"


def _jobs(db: Session) -> Iterator[str]:
    for job in db.scalars(select(Job).where(Job.done + Job.failed > Job.total)):
        yield f"job {job.id} has done more than it had to"
    ended = select(JobBatch.job_id).where(
        JobBatch.job_id == Job.id, JobBatch.state.in_(("waiting", "handed"))
    )
    for job in db.scalars(
        select(Job).where(or_(Job.state == "done", Job.state == "failed"), ended.exists())
    ):
        yield f"job {job.id} has ended with batches open"
    clock = leases.clock(db)
    for worker in db.scalars(select(WorkerLease.id).where(WorkerLease.beat < clock - LOST_AFTER)):
        if _is_anybody_running(db):
            yield f"worker {worker} is gone and nobody adopted its jobs"


def _is_anybody_running(db: Session) -> bool:
    age = leases.age_of_youngest(db)
    return age is not None and age < LOST_AFTER


CHECKS: tuple[Callable[[Session], Iterator[str]], ...] = (
    _integrity,
    _audit,
    _turns,
    _scores,
    _jobs,
)
