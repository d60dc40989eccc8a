"""Similar cases beside a conversation, and "Find an answer". Nothing here sends anything."""

from collections.abc import Collection
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.orm import Session

from service.cases.cards import Card, cards
from service.cases.search import CaseSearch, Question
from service.content_words import says_nothing
from service.conversations.queries import get_conversation
from service.database import now
from service.errors import Unavailable
from service.identity.access import CurrentUser
from service.identity.rules import Principal
from service.suggestions import actions, queries
from service.suggestions.words import REASONS
from service.web.rendering import is_htmx, render
from service.web.transactions import Db, database_of

router = APIRouter()
SHOWN = 3


class Asked(BaseModel):
    """A conversation whose customer's problem is to be answered."""

    model_config = ConfigDict(extra="forbid")
    conversation: UUID | None = None


class AskForm(Asked):
    """A question. It comes in the body, so that it stands in no address and no log."""

    question: str = Field("", max_length=8000)

    @model_validator(mode="after")
    def prefer_what_was_typed(self) -> Self:
        """Whoever types a question wants it answered, whatever conversation was open before."""
        if self.question.strip():
            self.conversation = None
        return self


class RejectForm(AskForm):
    """Why a case does not fit, and from where it was rejected."""

    reason: Literal["wrong_problem", "outdated", "wrong_procedure", "language"]
    place: Literal["answers", "similar"] = "answers"


def search_of(request: Request) -> CaseSearch:
    """Return the search this app was made with."""
    search: CaseSearch = request.app.state.search
    return search


@router.get("/conversations/{conversation_id}/similar", name="similar_cases")
def similar_cases(request: Request, conversation_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Show the cases most like a conversation: a fragment for htmx, a page without."""
    question = queries.question_of_conversation(db, conversation_id, principal=user)
    return _similar(request, db, conversation_id, question, user)


@router.get("/answers", name="show_answers")
def show_answers(
    request: Request, query: Annotated[Asked, Query()], user: CurrentUser, db: Db
) -> Response:
    """Show the form, and the answers for a conversation that was opened from elsewhere."""
    return _answers(request, db, AskForm(conversation=query.conversation), user)


@router.post("/answers", name="find_answers")
def find_answers(request: Request, form: Annotated[AskForm, Form()], user: CurrentUser) -> Response:
    """Show what solved the cases most like a question. Asking changes nothing."""
    with database_of(request).reading() as db:
        return _answers(request, db, form, user)


@router.post("/answers/{case_id}/copy", name="copy_answer")
def copy_answer(
    request: Request, case_id: UUID, form: Annotated[AskForm, Form()], user: CurrentUser
) -> Response:
    """Note that a solution was taken as a draft; the draft stands on the page."""
    with database_of(request).writing() as db:
        _check(db, form, user)
        actions.copy_answer(db, case_id, principal=user, conversation_id=form.conversation)
    if is_htmx(request):
        return render(request, "suggestions/_copied.html")
    with database_of(request).reading() as db:
        return _answers(request, db, form, user, taken=case_id)


@router.post("/answers/{case_id}/reject", name="reject_answer")
def reject_answer(
    request: Request, case_id: UUID, form: Annotated[RejectForm, Form()], user: CurrentUser
) -> Response:
    """Lower a case at once, and show what is left without it."""
    with database_of(request).writing() as db:
        _check(db, form, user)
        actions.reject_answer(
            db, case_id, principal=user, conversation_id=form.conversation, reason=form.reason
        )
    # The models work after the transaction: nobody waits for them.
    with database_of(request).reading() as db:
        if form.place == "similar" and form.conversation is not None:
            return _after_not_similar(request, db, case_id, form.conversation, user)
        return _answers(request, db, form, user, rejected=case_id)


def _check(db: Session, form: Asked, user: Principal) -> None:
    if form.conversation is not None:
        get_conversation(db, form.conversation, principal=user)


def _after_not_similar(
    request: Request, db: Session, case_id: UUID, conversation_id: UUID, user: Principal
) -> Response:
    if not is_htmx(request):
        path = request.app.url_path_for("similar_cases", conversation_id=conversation_id)
        return RedirectResponse(path, 303)
    question = queries.question_of_conversation(
        db, conversation_id, principal=user, without={case_id}
    )
    return _similar(request, db, conversation_id, question, user)


def _similar(
    request: Request, db: Session, conversation_id: UUID, question: Question, user: Principal
) -> HTMLResponse:
    found, off = _find(request, db, question)
    return render(
        request,
        "cases/_similar.html" if is_htmx(request) else "cases/similar.html",
        cards=found,
        off=off,
        has_nothing=says_nothing(question.text, question.language),
        conversation_id=conversation_id,
        reasons=REASONS,
        at=now(),
    )


def _answers(
    request: Request,
    db: Session,
    form: AskForm,
    user: Principal,
    *,
    taken: UUID | None = None,
    rejected: UUID | None = None,
) -> HTMLResponse:
    without = {rejected} if rejected else set()
    question = _question(request, db, form, user, without=without)
    found, off = _find(request, db, question) if question else ([], None)
    context: dict[str, Any] = {
        "cards": found,
        "off": off,
        "question": question,
        "has_nothing": question is not None and says_nothing(question.text, question.language),
        "typed": form.question,
        "conversation": form.conversation,
        "taken": taken,
        "is_rejected": rejected is not None,
        "reasons": REASONS,
        "at": now(),
    }
    if is_htmx(request):
        return render(request, "suggestions/_answers.html", **context)
    own = queries.own_conversations(db, principal=user)
    return render(request, "suggestions/show.html", own=own, **context)


def _question(
    request: Request, db: Session, form: AskForm, user: Principal, *, without: Collection[UUID]
) -> Question | None:
    if form.conversation is not None:
        return queries.question_of_conversation(
            db, form.conversation, principal=user, without=without
        )
    if request.method == "GET":
        return None  # nothing was asked yet
    reader = request.state.language
    return queries.question_of_text(form.question, reader=reader, without=without)


def _find(request: Request, db: Session, question: Question) -> tuple[list[Card], str | None]:
    """Return the cards, or why there are none: without models, suggestions are off."""
    try:
        hits = search_of(request).find(db, question, limit=SHOWN)
    except Unavailable as error:
        return [], error.code
    return cards(hits, request.state.language), None
