"""Import pages: upload a file, choose its columns, watch it being read, take the report home."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from service.config import Settings
from service.conversations import actions, queries, uploads
from service.conversations.files import Choice, format_of
from service.conversations.formats.columns import FIELDS, propose_mapping
from service.conversations.formats.options import FormatOptions
from service.conversations.formats.table import preview
from service.conversations.forms import MappingForm, NoFields, UploadForm
from service.conversations.masking import mask_text
from service.conversations.refusals import Explanation, Refused, explain
from service.conversations.tables import Import
from service.conversations.validation import Flaw
from service.conversations.words import ENCODING_NAMES, FIELD_NAMES, FORMAT_NAMES, STATE_NAMES
from service.database import new_id
from service.errors import DomainError
from service.identity.access import CurrentUser
from service.language import translate, translations
from service.web.problems import status_of
from service.web.rendering import is_htmx, render
from service.web.transactions import Db

router = APIRouter()
SHOWN = 100  # refusals on the page; the report has all
SAMPLE_CHARS = 60
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """A refusal as the page shows it."""

    row: int
    field: str
    told: Explanation


@dataclass(frozen=True, slots=True)
class Column:
    """A field of ours with the file's column proposed for it, and what stands there."""

    field: str
    chosen: str
    sample: str


def settings_of(request: Request) -> Settings:
    """Return what the operator chose."""
    settings: Settings = request.app.state.settings
    return settings


def translator(request: Request) -> Callable[[str], str]:
    """Return the reader's gettext."""
    return translations(request.state.language).gettext


@router.get("/imports", name="list_imports")
def list_imports(request: Request, user: CurrentUser, db: Db) -> Response:
    """Show the form for a file, and what was imported lately."""
    return _list_page(request, db, queries.recent_imports(db, principal=user))


def _list_page(
    request: Request, db: Session, imports: list[Import], *, problem: str = "", status: int = 200
) -> Response:
    del db
    return render(
        request,
        "conversations/imports.html",
        status=status,
        imports=imports,
        problem=problem,
        formats=FORMAT_NAMES,
        encodings=ENCODING_NAMES,
        states=STATE_NAMES,
    )


@router.post("/imports", name="upload_import")
def upload_import(
    request: Request,
    form: Annotated[UploadForm, Form(media_type="multipart/form-data")],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Keep an uploaded file and begin: with its columns if it is a table, else with reading."""
    data_dir, import_id = settings_of(request).data_dir, new_id()
    path = uploads.path_of(data_dir, import_id)
    size = uploads.keep(form.file.file, path)
    if form.users is not None and form.users.filename:
        uploads.keep(form.users.file, uploads.users_path_of(data_dir, import_id))
    name = form.file.filename or "upload"
    try:
        found = format_of(path, form.format or None, file_name=name)
    except DomainError as refusal:
        uploads.forget(data_dir, import_id)
        told = translate(refusal.message, refusal.values, language=request.state.language)
        recent = queries.recent_imports(db, principal=user)
        return _list_page(request, db, recent, problem=told, status=status_of(refusal))
    choice = Choice(
        format=found,
        source=form.source.strip() or found,
        encoding=form.encoding,
        channel=form.channel or None,
        zone=request.state.time_zone,
    )
    actions.note_upload(db, import_id, choice, file_name=name, size=size, by=user.id)
    return _to(request, import_id)


def _to(request: Request, import_id: UUID) -> Response:
    path = request.app.url_path_for("show_import", import_id=import_id)
    return RedirectResponse(path, 303)


@router.get("/imports/{import_id}", name="show_import")
def show_import(request: Request, import_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Show where an import is: its columns, its progress, or its report."""
    row = queries.get_import(db, import_id, principal=user)
    if row.state == "mapping":
        return _mapping_page(request, row, row.options.get("encoding", "utf-8"))
    name = "conversations/_import.html" if is_htmx(request) else "conversations/import.html"
    return render(request, name, **_progress(request, db, row))


def _progress(request: Request, db: Session, row: Import) -> dict[str, Any]:
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


def _mapping_page(
    request: Request,
    row: Import,
    encoding: str,
    *,
    chosen: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> Response:
    lines: list[list[str]] = []
    path = uploads.path_of(settings_of(request).data_dir, row.id)
    try:
        with path.open("rb") as stream:
            lines = preview(stream, FormatOptions(encoding=encoding), rows=1)
    except Flaw as flaw:
        refused = refused or flaw.refused(0)
    except FileNotFoundError:
        refused = Refused(0, "", "IMP-061")
    header = [name.strip() for name in lines[0]] if lines else []
    first = lines[1] if len(lines) > 1 else []
    mapping = propose_mapping(header) if chosen is None else chosen
    return render(
        request,
        "conversations/columns.html",
        status=422 if refused is not None else 200,
        row=row,
        header=[name for name in dict.fromkeys(header) if name],
        columns=[_column(field, mapping.get(field, ""), header, first) for field in FIELDS],
        fields=FIELD_NAMES,
        encoding=encoding,
        encodings=ENCODING_NAMES,
        problem=explain(refused, translator(request)) if refused is not None else None,
    )


def _column(field: str, chosen: str, header: list[str], first: list[str]) -> Column:
    at = header.index(chosen) if chosen in header else len(first)
    sample = first[at] if at < len(first) else ""
    shown = " ".join(mask_text(sample[:2000]).split())
    is_long = len(shown) > SAMPLE_CHARS
    return Column(field, chosen, shown[:SAMPLE_CHARS] + ("…" if is_long else ""))


@router.post("/imports/{import_id}/mapping", name="save_mapping")
def save_mapping(
    request: Request,
    import_id: UUID,
    form: Annotated[MappingForm, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Take the columns and put the file in the line to be read."""
    row = queries.get_import(db, import_id, principal=user)
    path = uploads.path_of(settings_of(request).data_dir, import_id)
    try:
        refused = actions.choose_columns(
            db, row, mapping=form.mapping(), encoding=form.encoding, path=path, by=user.id
        )
    except FileNotFoundError:
        refused = Refused(0, "", "IMP-061")
    if refused is not None:
        # In another encoding the columns have other names: propose anew.
        chosen = None if refused.code in {"IMP-003", "IMP-031"} else form.mapping()
        return _mapping_page(request, row, form.encoding, chosen=chosen, refused=refused)
    return _to(request, import_id)


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
        uploads.forget(settings_of(request).data_dir, import_id)
    return _to(request, import_id)


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
