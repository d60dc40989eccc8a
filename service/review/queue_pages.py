"""The queue page: what waits, opened or skipped with one key."""

from datetime import UTC, datetime, time
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from prompts.library import load_names
from service.database import now
from service.identity.access import CurrentUser
from service.language import language_name
from service.review import actions, waiting
from service.review.answers import path_if, settings_of
from service.review.forms import NoFields, SkipForm
from service.review.waiting import Filter
from service.review.words import SKIPS, chips
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()


class QueueQuery(BaseModel):
    """Which part of the queue to show."""

    model_config = ConfigDict(extra="forbid")
    language: Literal["en", "pl", "ru"] | None = None
    channel: Literal["chat", "email", "call", "social", "review"] | None = None
    stream: Literal["critical"] | None = None
    after: str | None = Field(None, max_length=80)


@router.get("/queue", name="show_queue")
def show_queue(
    request: Request, query: Annotated[QueueQuery, Query()], user: CurrentUser, db: Db
) -> Response:
    """Show what waits for this person, critical and least sure first."""
    language = request.state.language
    only = Filter(query.language, query.channel, query.stream == "critical")
    found = waiting.review_queue(db, principal=user, after=query.after, only=only)
    count = waiting.tally(db, principal=user)
    is_first_day = count.total == 0 and not waiting.has_conversations(db, principal=user)
    names = load_names(language)
    draft = next((row for row in found.rows if row.draft_id), None)
    return render(
        request,
        "queue/empty.html" if is_first_day else "queue/show.html",
        found=found,
        count=count,
        query=query,
        done=waiting.submitted_since(db, principal=user, since=_midnight(request.state.time_zone)),
        draft=draft,
        first=draft or next((row for row in found.rows if row.lock is None), None),
        why={
            row.item.conversation_id: chips(row.item.why, settings_of(request).scorecard, language)
            for row in found.rows
        },
        names=names,
        language_names={
            code: language_name(code, language)
            for code in {*count.languages, *(row.conversation.language for row in found.rows)}
        },
        skips=SKIPS,
        user=user,
        path_if=lambda name: path_if(request, name, user.role),
    )


def _midnight(zone: str) -> datetime:
    local = now().astimezone(ZoneInfo(zone))
    return datetime.combine(local.date(), time(), local.tzinfo).astimezone(UTC)


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
