"""The queue page: what waits, opened or skipped with one key."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from prompts.library import load_names
from service.identity.access import CurrentUser
from service.identity.rules import Principal
from service.language import language_name
from service.review import actions, audit_queries, lottery, waiting
from service.review.answers import midnight, path_if, settings_of
from service.review.audit_queries import WaitingPage
from service.review.forms import NoFields, SkipForm
from service.review.streams import BLIND, mixed
from service.review.waiting import Filter, Row, Waiting
from service.review.words import SKIPS, chips
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()


class QueueQuery(BaseModel):
    """Which part of the queue to show."""

    model_config = ConfigDict(extra="forbid")
    language: Literal["en", "pl", "ru"] | None = None
    channel: Literal["chat", "email", "call", "social", "review"] | None = None
    stream: Literal["critical", "blind"] | None = None
    after: str | None = Field(None, max_length=80)


@router.get("/queue", name="show_queue")
def show_queue(
    request: Request, query: Annotated[QueueQuery, Query()], user: CurrentUser, db: Db
) -> Response:
    """Show what waits for this person, critical and least sure first, blind audits among it."""
    language = request.state.language
    ordinary, blind = _pages(db, query, user)
    rows = list(mixed(ordinary.rows, blind.rows, share=lottery.shares(db)[BLIND]))
    count = waiting.tally(db, principal=user)
    audits, audit_minutes = audit_queries.count_waiting(db, principal=user)
    is_first_day = count.total == 0 and not waiting.has_conversations(db, principal=user)
    begun = next((row for row in rows if _is_begun(row)), None)
    since = midnight(request.state.time_zone)
    done = waiting.submitted_since(db, principal=user, since=since)
    shown = [row.conversation for row in rows]
    return render(
        request,
        "queue/empty.html" if is_first_day else "queue/show.html",
        rows=rows,
        after=blind.after if query.stream == BLIND else ordinary.after,
        count=count,
        audits=audits,
        waiting=count.total + audits,
        minutes=count.minutes + audit_minutes,
        query=query,
        done=done + audit_queries.submitted_since(db, principal=user, since=since),
        begun=begun,
        first=begun or next((row for row in rows if _is_free(row)), None),
        why={
            row.item.conversation_id: chips(row.item.why, settings_of(request).scorecard, language)
            for row in ordinary.rows
        },
        names=load_names(language),
        language_names={
            code: language_name(code, language)
            for code in {*count.languages, *(conversation.language for conversation in shown)}
        },
        skips=SKIPS,
        user=user,
        path_if=lambda name: path_if(request, name, user.role),
    )


def _pages(db: Session, query: QueueQuery, user: Principal) -> tuple[Waiting, WaitingPage]:
    """Return a page of each kind: blind audits on the first page, and in their own stream."""
    ordinary, blind = Waiting([], None), WaitingPage([], None)
    if query.stream != BLIND:
        only = Filter(query.language, query.channel, query.stream == "critical")
        ordinary = waiting.review_queue(db, principal=user, after=query.after, only=only)
    if query.stream == BLIND or (query.stream is None and query.after is None):
        blind = audit_queries.waiting_audits(
            db,
            principal=user,
            language=query.language,
            channel=query.channel,
            after=query.after if query.stream == BLIND else None,
        )
    return ordinary, blind


def _is_begun(row: Row | audit_queries.Waiting) -> bool:
    return row.draft_id is not None if isinstance(row, Row) else row.is_mine


def _is_free(row: Row | audit_queries.Waiting) -> bool:
    return not isinstance(row, Row) or row.lock is None


@router.post("/queue/{conversation_id}/open", name="open_review")
def open_review(
    request: Request,
    conversation_id: UUID,
    _form: Annotated[NoFields, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Lock a conversation for this person and show its review."""
    minutes = settings_of(request).lock_minutes
    review = actions.open_review(db, conversation_id, principal=user, lock_minutes=minutes)
    path = request.app.url_path_for("show_review", review_id=review.id)
    return RedirectResponse(str(path), 303)


@router.post("/queue/{conversation_id}/skip", name="skip_item")
def skip_item(
    request: Request,
    conversation_id: UUID,
    form: Annotated[SkipForm, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Pass over a conversation, with the reason."""
    actions.skip(db, conversation_id, principal=user, reason=form.reason)
    return RedirectResponse(str(request.app.url_path_for("show_queue")), 303)
