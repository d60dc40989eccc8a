"""An import under way and after: its progress by events or by asking, its end, its report."""

import csv
import io
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.orm import Session

from service.conversations import actions, queries, uploads
from service.conversations.forms import NoFields
from service.conversations.refusals import Explanation, Refused, explain
from service.conversations.tables import Import
from service.conversations.words import FORMAT_NAMES, STATE_NAMES
from service.identity.access import CurrentUser, current_principal, enforce
from service.language import translations
from service.web.events import Look, follow
from service.web.rendering import render_text
from service.web.transactions import Db, database_of

router = APIRouter()
SHOWN = 100  # refusals on the page; the report has all
RUNNING = {"waiting", "running"}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """A refusal as the page shows it."""

    row: int
    field: str
    told: Explanation


def translator(request: Request) -> Callable[[str], str]:
    """Return the reader's gettext."""
    return translations(request.state.language).gettext


def progress(request: Request, db: Session, row: Import) -> dict[str, Any]:
    """Return what the fragment `_import.html` needs."""
    read = translator(request)
    error = None
    if row.error is not None:
        error = explain(Refused(0, "", row.error["code"], row.error["values"]), read)
    return {
        "row": row,
        "error": error,
        "states": STATE_NAMES,
        "formats": FORMAT_NAMES,
        "refusals": [
            RefusalRow(one.row, one.field, explain(one, read))
            for one in queries.refusals(db, row.id, limit=SHOWN)
        ],
    }


def existing_import(request: Request, import_id: UUID, user: CurrentUser) -> UUID:
    """Refuse before the answer begins: a stream cannot say 404 any more."""
    with database_of(request).reading() as db:
        return queries.get_import(db, import_id, principal=user).id


@router.get("/imports/{import_id}/events", name="import_events", response_class=EventSourceResponse)
async def import_events(
    request: Request, import_id: Annotated[UUID, Depends(existing_import)]
) -> AsyncIterator[ServerSentEvent]:
    """Send the progress each time it moves, and `end` with the last of it."""
    async for event in follow(lambda: _look(request, import_id)):
        yield event


def _look(request: Request, import_id: UUID) -> Look:
    enforce(request)  # the visit may have ended since the last event, or the role be lost
    with database_of(request).reading() as db:
        row = queries.get_import(db, import_id, principal=current_principal(request))
        context = progress(request, db, row)
        text = render_text(request, "conversations/_import.html", **context)
        return Look(text, is_open=row.state in RUNNING)


@router.post("/imports/{import_id}/stop", name="stop_import")
def stop_import(
    request: Request,
    import_id: UUID,
    _form: Annotated[NoFields, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Stop an import; what was read stays."""
    row = queries.get_import(db, import_id, principal=user)
    was_idle = row.state in {"mapping", "waiting"}
    actions.stop(db, row, by=user.id)
    if was_idle:
        uploads.forget(request.app.state.settings.data_dir, import_id)
    return RedirectResponse(request.app.url_path_for("show_import", import_id=import_id), 303)


@router.get("/imports/{import_id}/report", name="download_report")
def download_report(request: Request, import_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Give everything that was refused, with reasons, as CSV."""
    row = queries.get_import(db, import_id, principal=user)
    read = translator(request)
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(
        [read("Line"), read("Field"), read("Code"), read("What was found"), read("What to do")]
    )
    for one in queries.refusals(db, row.id):
        told = explain(one, read)
        cells = (str(one.row), one.field, told.code, told.found, told.advice)
        writer.writerow([_harmless(cell) for cell in cells])
    return Response(
        "\ufeff" + file.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="refused-{import_id}.csv"'},
    )


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from running a cell as a formula."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell
