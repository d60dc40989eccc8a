"""Import pages: upload a file, choose its columns; what follows is in `import_progress`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.config import Settings
from service.conversations import actions, queries, uploads
from service.conversations.files import Choice, format_of
from service.conversations.formats.columns import FIELDS, propose_mapping
from service.conversations.formats.options import FormatOptions
from service.conversations.formats.table import preview
from service.conversations.forms import MappingForm, UploadForm
from service.conversations.import_progress import progress, translator
from service.conversations.masking import mask_text
from service.conversations.refusals import Refused, explain
from service.conversations.tables import Import
from service.conversations.validation import Flaw
from service.conversations.words import ENCODING_NAMES, FIELD_NAMES, FORMAT_NAMES, STATE_NAMES
from service.database import new_id, now
from service.errors import DomainError
from service.identity.access import CurrentUser
from service.language import translate
from service.web.problems import status_of
from service.web.rendering import is_htmx, render
from service.web.transactions import Db, database_of

router = APIRouter()
SAMPLE_CHARS = 60


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


@router.get("/imports", name="list_imports")
def list_imports(request: Request, user: CurrentUser, db: Db) -> Response:
    """Show the form for a file, and what was imported lately."""
    return _list_page(request, queries.recent_imports(db, principal=user))


def _list_page(
    request: Request, imports: list[Import], *, problem: str = "", status: int = 200
) -> Response:
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
) -> Response:
    """Keep an uploaded file and begin: with its columns if it is a table, else with reading.

    The file is copied and looked at before the transaction opens: nobody waits for it.
    """
    database, data_dir = database_of(request), settings_of(request).data_dir
    actions.forget_abandoned(database, data_dir, at=now())
    import_id = new_id()
    try:
        size = _keep(form, data_dir, import_id)
        choice = _choice(request, form, uploads.path_of(data_dir, import_id))
        name = form.file.filename or "upload"
        with database.writing() as db:
            actions.note_upload(db, import_id, choice, file_name=name, size=size, by=user.id)
    except DomainError as refusal:
        uploads.forget(data_dir, import_id)
        told = translate(refusal.message, refusal.values, language=request.state.language)
        with database.reading() as db:
            recent = queries.recent_imports(db, principal=user)
        return _list_page(request, recent, problem=told, status=status_of(refusal))
    except BaseException:
        uploads.forget(data_dir, import_id)
        raise
    return _to(request, import_id)


def _keep(form: UploadForm, data_dir: Path, import_id: UUID) -> int:
    size = uploads.keep(form.file.file, uploads.path_of(data_dir, import_id))
    if form.users is not None and form.users.filename:
        uploads.keep(form.users.file, uploads.users_path_of(data_dir, import_id))
    return size


def _choice(request: Request, form: UploadForm, path: Path) -> Choice:
    found = format_of(path, form.format or None, file_name=form.file.filename or "upload")
    return Choice(
        format=found,
        source=form.source.strip() or found,
        encoding=form.encoding,
        channel=form.channel or None,
        zone=request.state.time_zone,
    )


def _to(request: Request, import_id: UUID) -> Response:
    path = request.app.url_path_for("show_import", import_id=import_id)
    return RedirectResponse(path, 303)


@router.get("/imports/{import_id}", name="show_import")
def show_import(request: Request, import_id: UUID, user: CurrentUser) -> Response:
    """Show where an import is: its columns, its progress, or its report."""
    with database_of(request).reading() as db:
        row = queries.get_import(db, import_id, principal=user)
        context = progress(request, db, row)
    if row.state == "mapping":
        return _mapping_page(request, row, row.options.get("encoding", "utf-8"))
    name = "conversations/_import.html" if is_htmx(request) else "conversations/import.html"
    return render(request, name, **context)


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
    request: Request, import_id: UUID, form: Annotated[MappingForm, Form()], user: CurrentUser
) -> Response:
    """Take the columns and put the file in the line to be read.

    Its header is read before the transaction opens: of a workbook that takes seconds.
    """
    database = database_of(request)
    with database.reading() as db:
        row = queries.get_import(db, import_id, principal=user)
        actions.refuse_unless_mapping(row)
    header = actions.header_of(
        uploads.path_of(settings_of(request).data_dir, import_id), form.encoding
    )
    if isinstance(header, Refused):
        refused: Refused | None = header
    else:
        with database.writing() as db:
            row = queries.get_import(db, import_id, principal=user)
            refused = actions.choose_columns(
                db, row, header=header, mapping=form.mapping(), encoding=form.encoding, by=user.id
            )
    if refused is not None:
        # In another encoding the columns have other names: propose anew.
        chosen = None if refused.code in {"IMP-003", "IMP-031"} else form.mapping()
        return _mapping_page(request, row, form.encoding, chosen=chosen, refused=refused)
    return _to(request, import_id)
