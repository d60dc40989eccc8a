"""`afterword import` and `afterword export`."""

import csv
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from service.commands import open_database
from service.config import Settings
from service.conversations import files, queries
from service.conversations.exporting import export_lines
from service.conversations.files import Choice
from service.conversations.formats.options import HelpDeskUser
from service.conversations.formats.zendesk import read_users
from service.conversations.importing import Counts
from service.conversations.refusals import Refused, explain
from service.conversations.validation import Flaw
from service.database import Database
from service.errors import Invalid

SCORED_AT_ONCE = 64
SHOWN = 100  # refusals on the terminal; the report has all


def import_files(
    paths: Sequence[Path],
    choice: Choice,
    *,
    format_name: str | None,
    source: str | None,
    users_file: Path | None,
    report: Path | None,
    is_json: bool,
    is_scored: bool,
    waits: bool,
) -> int:
    """Import files one after another, once the format of each is known; return the exit status.

    Args:
        choice: the choices that hold for all of them; its format and source are filled in by file.
        is_json: print the counts as the last line of standard output.
        is_scored: put down a job for what came in.
        waits: score it before the command ends.
    """
    settings = Settings()
    database = open_database(settings)
    users = _users(users_file)
    formats = [files.format_of(path, format_name) for path in paths]
    total = Counts()
    refused: list[tuple[Path, Refused]] = []
    for path, named in zip(paths, formats, strict=True):
        chosen = Choice(**{**asdict(choice), "format": named, "source": source or named})
        import_id, counts = _import_one(database, path, chosen, users)
        for name in ("imported", "unchanged", "revised", "refused"):
            setattr(total, name, getattr(total, name) + getattr(counts, name))
        with database.reading() as db:
            refused += [(path, one) for one in queries.refusals(db, import_id)]
    _tell(refused, report)
    if is_scored and (total.imported or total.revised):
        _score(database, settings, waits=waits)
    counts_text = asdict(total)
    typer.echo(json.dumps(counts_text) if is_json else _sentence(total))
    database.close()
    return 1 if total.refused else 0


def _import_one(
    database: Database, path: Path, choice: Choice, users: dict[str, HelpDeskUser]
) -> tuple[UUID, Counts]:
    size = path.stat().st_size
    with database.writing() as db:
        import_id = files.begin(db, choice, file_name=path.name, size=size, by=None).id
    columns = (
        "[progress.description]{task.description}",
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(path.name, total=size)
        counts = files.run(
            database,
            import_id,
            path,
            users=users,
            notice=lambda read: bar.update(task, completed=read),
        )
    return import_id, counts


def _users(path: Path | None) -> dict[str, HelpDeskUser]:
    if path is None:
        return {}
    try:
        return read_users(path.read_bytes())
    except Flaw as flaw:
        told = explain(flaw.refused(0))
        raise Invalid(f"{told.found} {told.advice}".replace("{", "{{").replace("}", "}}")) from flaw


def _tell(refused: list[tuple[Path, Refused]], report: Path | None) -> None:
    for path, one in refused[:SHOWN]:
        told = explain(one)
        place = f"row {one.row}" if one.row else "the file"
        field = f", {one.field}" if one.field else ""
        typer.echo(f"{path.name}: {told.code} {place}{field}: {told.found} {told.advice}", err=True)
    if len(refused) > SHOWN:
        typer.echo(f"… and {len(refused) - SHOWN} more; --report FILE lists all.", err=True)
    if report is not None:
        with report.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["file", "row", "field", "code", "found", "advice"])
            for path, one in refused:
                told = explain(one)
                writer.writerow([path.name, one.row, one.field, told.code, told.found, told.advice])


def _sentence(total: Counts) -> str:
    return (
        f"{total.imported} imported, {total.unchanged} unchanged, {total.revised} revised, "
        f"{total.refused} refused."
    )


def _score(database: Database, settings: Settings, *, waits: bool) -> None:
    from service import worker  # noqa: PLC0415 -- torch and the job library, only where needed
    from service.scoring.queries import unscored_ids  # noqa: PLC0415 -- the same
    from service.scoring.scorer import Scorer  # noqa: PLC0415 -- the same

    if not waits:
        with database.writing() as db:
            worker.enqueue_unscored(db)
        return
    with database.reading() as db:
        ids = unscored_ids(db)
    scorer = Scorer(settings)
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("Scoring", total=len(ids))
        for start in range(0, len(ids), SCORED_AT_ONCE):
            worker.score_now(database, settings, scorer, ids[start : start + SCORED_AT_ONCE])
            bar.advance(task, SCORED_AT_ONCE)


def import_cases(path: Path, *, is_json: bool) -> int:
    """Import a file of resolved tickets; return the exit status. A worker makes their vectors."""
    from service.cases import importing  # noqa: PLC0415 -- only where needed

    database = open_database()
    with path.open("rb") as file:
        outcome = importing.import_cases(database, file)
    _tell([(path, one) for one in outcome.refusals], None)
    total = Counts(outcome.imported, outcome.unchanged, outcome.revised, outcome.refused)
    typer.echo(json.dumps(asdict(total)) if is_json else _sentence(total))
    database.close()
    return 1 if total.refused else 0


def export() -> None:
    """Write every stored conversation in the neutral format to standard output, in UTF-8.

    Whoever reads it may stop at any line: then the command ends as well, and nothing is wrong.
    """
    database = open_database()
    try:
        for line in export_lines(database):
            sys.stdout.buffer.write(line.encode() + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # What is left in the buffer is written at exit, and must not fail there again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        database.close()
