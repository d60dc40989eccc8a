"""The pages of blind audits: begin, rate, compare, change with a reason."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from prompts.library import load_names
from service.identity.access import CurrentUser
from service.identity.rules import Principal
from service.language import language_name, translate
from service.review import auditing
from service.review.answers import settings_of
from service.review.audit_queries import find_audit, get_blind, get_compared
from service.review.audit_views import audit_view, compared_view
from service.review.forms import NoFields, SentAudit, SkipForm
from service.review.refusals import NotRated
from service.review.tables import Audit
from service.review.words import SKIPS
from service.web.problems import status_of
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()


class ChangeForm(BaseModel):
    """Another value than the blind one, and why."""

    model_config = ConfigDict(extra="forbid")
    value: Literal["pass", "partial", "fail", "na"]
    reason: str = Field(max_length=2000)


@router.get("/audits/{audit_id}", name="show_audit")
def show_audit(request: Request, audit_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Show an audit: to rate blind, or, once submitted, beside what others say."""
    audit = find_audit(db, audit_id, principal=user)
    if audit.state == "submitted":
        return _compared(request, db, audit, user)
    if audit.reviewer_id != user.id:
        return _to(request, "show_queue", query="?stream=blind")
    return _blind(request, db, audit, user, values={}, note="", refusal=None)


def _blind(
    request: Request,
    db: Session,
    audit: Audit,
    user: Principal,
    *,
    values: dict[str, str],
    note: str,
    refusal: NotRated | None,
) -> Response:
    language = request.state.language
    blind = get_blind(db, audit)
    return render(
        request,
        "audits/show.html",
        status=status_of(refusal) if refusal else 200,
        audit=audit,
        conversation=blind.conversation,
        view=audit_view(blind, language=language, values=values),
        note=note,
        user=user,
        skip_reasons=SKIPS,
        refusal=translate(refusal.message, refusal.values, language=language) if refusal else None,
        channel=load_names(language).channels[blind.conversation.channel],
        spoken_language=language_name(blind.conversation.language, language),
    )


def _compared(request: Request, db: Session, audit: Audit, user: Principal) -> Response:
    language = request.state.language
    compared = get_compared(db, audit)
    return render(
        request,
        "audits/compared.html",
        compared=compared,
        audit=audit,
        conversation=compared.conversation,
        view=compared_view(compared, language=language),
        is_mine=audit.reviewer_id == user.id,
        user=user,
        channel=load_names(language).channels[compared.conversation.channel],
        spoken_language=language_name(compared.conversation.language, language),
    )


def _to(request: Request, name: str, *, query: str = "", **values: object) -> Response:
    return RedirectResponse(f"{request.app.url_path_for(name, **values)}{query}", 303)


@router.post("/audits/{audit_id}/open", name="open_audit")
def open_audit(
    request: Request,
    audit_id: UUID,
    _form: Annotated[NoFields, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Take an audit for this person and show it."""
    minutes = settings_of(request).lock_minutes
    audit = auditing.open_audit(db, audit_id, principal=user, lock_minutes=minutes)
    return _to(request, "show_audit", audit_id=audit.id)


@router.post("/audits/{audit_id}/skip", name="skip_audit")
def skip_audit(
    request: Request,
    audit_id: UUID,
    form: Annotated[SkipForm, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Leave an audit to others, with the reason."""
    auditing.skip_audit(db, audit_id, principal=user, reason=form.reason)
    return _to(request, "show_queue")


@router.post("/audits/{audit_id}", name="submit_audit")
def submit_audit(
    request: Request, audit_id: UUID, sent: SentAudit, user: CurrentUser, db: Db
) -> Response:
    """Keep the ratings and show the comparison; what is missing is said, the rest stays chosen."""
    try:
        audit = auditing.submit_audit(
            db, audit_id, principal=user, values=sent.values, note=sent.note
        )
    except NotRated as refusal:
        audit = find_audit(db, audit_id, principal=user)
        values = dict(sent.values)
        return _blind(request, db, audit, user, values=values, note=sent.note, refusal=refusal)
    return _to(request, "show_audit", audit_id=audit.id)


@router.post("/audits/{audit_id}/ratings/{criterion}", name="change_audit_rating")
def change_audit_rating(
    request: Request,
    audit_id: UUID,
    criterion: str,
    form: Annotated[ChangeForm, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Change a value after the comparison, with the reason."""
    auditing.change_rating(
        db, audit_id, criterion, principal=user, value=form.value, reason=form.reason
    )
    return _to(request, "show_audit", audit_id=audit_id)
