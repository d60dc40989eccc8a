"""The queue page: what waits, opened or skipped with one key."""

from dataclasses import dataclass
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
from service.review import actions, audit_queries, sharing, waiting
from service.review.answers import path_if, settings_of, today_of
from service.review.audit_queries import WaitingPage
from service.review.forms import NoFields, SkipForm
from service.review.streams import BLIND, mixed
from service.review.today import Work, is_begun
from service.review.waiting import Filter, Row, Waiting
from service.review.words import SKIPS, STREAMS, Chip, chips
from service.scoring.queries import is_scoring
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()


class QueueQuery(BaseModel):
    """Which part of the queue to show."""

    model_config = ConfigDict(extra="forbid")
    language: Literal["en", "pl", "ru"] | None = None
    channel: Literal["chat", "email", "call", "social", "review"] | None = None
    stream: Literal["all", "critical", "unsure", "praise", "blind"] | None = None
    after: str | None = Field(None, max_length=80)


@router.get("/queue", name="show_queue")
def show_queue(
    request: Request, query: Annotated[QueueQuery, Query()], user: CurrentUser, db: Db
) -> Response:
    """Show this person's day, or with a filter all that waits there."""
    language = request.state.language
    shown = _shown(request, db, query, user)
    count = waiting.tally(db, principal=user)
    audits, audit_minutes = audit_queries.count_waiting(db, principal=user)
    is_first_day = count.total == 0 and not waiting.has_conversations(db, principal=user)
    begun = next((row for row in shown.rows if is_begun(row)), None)
    return render(
        request,
        "queue/empty.html" if is_first_day else "queue/show.html",
        shown=shown,
        count=count,
        audits=audits,
        waiting=count.total + audits,
        minutes=count.minutes + audit_minutes,
        query=query,
        begun=begun,
        is_scoring=count.total == 0 and is_scoring(db),
        first=begun or next((row for row in shown.rows if _is_free(row)), None),
        why=_why(shown, settings_of(request).scorecard, language),
        names=load_names(language),
        language_names={
            code: language_name(code, language)
            for code in {*count.languages, *(row.conversation.language for row in shown.rows)}
        },
        skips=SKIPS,
        streams=STREAMS,
        user=user,
        path_if=lambda name: path_if(request, name, user.role),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page lists; `after` opens the next page of a filter."""

    rows: list[Work]
    after: str | None
    coverage: frozenset[UUID]  # conversations that are here for their agent's sake
    is_today: bool
    done: int
    quota: int


def _shown(request: Request, db: Session, query: QueueQuery, user: Principal) -> Shown:
    today = today_of(request, db, user)
    if not (query.language or query.channel or query.stream or query.after):
        coverage = {one for one, stream in today.streams.items() if stream == "coverage"}
        return Shown(
            today.rows, None, frozenset(coverage), is_today=True, done=today.done, quota=today.quota
        )
    ordinary, blind = _pages(db, query, user)
    rows = list(mixed(ordinary.rows, blind.rows, share=sharing.shares(db)[BLIND]))
    after = blind.after if query.stream == BLIND else ordinary.after
    return Shown(rows, after, frozenset(), is_today=False, done=today.done, quota=today.quota)


def _pages(db: Session, query: QueueQuery, user: Principal) -> tuple[Waiting, WaitingPage]:
    """Return a page of each kind: blind audits on the first page, and in their own stream."""
    ordinary, blind = Waiting([], None), WaitingPage([], None)
    is_of_all = query.stream in {None, "all"}
    if query.stream != BLIND:
        stream = None if is_of_all else query.stream
        only = Filter(query.language, query.channel, stream=stream)
        ordinary = waiting.review_queue(db, principal=user, after=query.after, only=only)
    if query.stream == BLIND or (is_of_all and query.after is None):
        blind = audit_queries.waiting_audits(
            db,
            principal=user,
            language=query.language,
            channel=query.channel,
            after=query.after if query.stream == BLIND else None,
        )
    return ordinary, blind


def _why(shown: Shown, scorecard: str, language: str) -> dict[UUID, list[Chip]]:
    """Return why each ordinary review is here, in words."""
    found = {}
    for row in shown.rows:
        if isinstance(row, Row):
            codes = [{"code": "praise"}] if row.item.stream == "praise" else row.item.why
            if row.conversation.id in shown.coverage:
                codes = [{"code": "coverage"}, *codes]
            found[row.conversation.id] = chips(codes, scorecard, language)
    return found


def _is_free(row: Work) -> bool:
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
