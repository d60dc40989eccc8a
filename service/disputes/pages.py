"""Disputes for those who answer them: what waits, and one with all that was said."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from prompts.library import load_names, load_scorecard
from service.config import Settings
from service.conversations.queries import turns_of
from service.database import now
from service.disputes import actions, mailing, queries, rules, views, words
from service.disputes.actions import Limits, Ruling
from service.disputes.forms import AnswerForm, ListQuery
from service.disputes.queries import FullDispute
from service.disputes.refusals import AlreadyAnswered, NoSentence
from service.errors import N_, DomainError, Invalid
from service.identity.access import CurrentUser
from service.identity.queries import names_of
from service.identity.rules import Principal
from service.identity.tables import User
from service.language import translate
from service.review.queries import proposals_of
from service.web.problems import status_of
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()


def settings_of(request: Request) -> Settings:
    """Return what the operator chose."""
    settings: Settings = request.app.state.settings
    return settings


def limits_of(request: Request) -> Limits:
    """Return the times and numbers that disputes keep to."""
    settings = settings_of(request)
    return Limits(
        settings.dispute_days,
        settings.dispute_answer_days,
        settings.disputes_open,
        settings.timezone,
    )


def view_of(request: Request, db: Session, full: FullDispute) -> dict[str, object]:
    """Return what the templates of one dispute need."""
    review, language = full.review, request.state.language
    turns = turns_of(db, review.revision_id)
    proposals = proposals_of(db, [review.run_id]).get(review.run_id, {})
    view = views.dispute_view(
        full,
        turns=turns,
        proposal=proposals.get(full.dispute.criterion),
        names=names_of(db, views.people_in(full)),
        language=language,
        days=settings_of(request).dispute_days,
        at=now(),
    )
    return {
        "view": view,
        "review": review,
        "conversation": full.conversation,
        "turns": turns,
        "language": full.conversation.language or "und",
        "speakers": load_names(language).speakers,
        "longest": rules.LONGEST_TEXT,
    }


def refused(request: Request, refusal: DomainError | None) -> dict[str, object]:
    """Return a refusal in words, for a page that keeps what was typed."""
    if refusal is None:
        return {"refusal": "", "refusal_code": ""}
    text = translate(refusal.message, refusal.values, language=request.state.language)
    return {"refusal": text, "refusal_code": refusal.code}


@router.get("/disputes", name="list_disputes")
def list_disputes(
    request: Request, query: Annotated[ListQuery, Query()], user: CurrentUser, db: Db
) -> Response:
    """Show what this person may answer, the one due first on top."""
    found = queries.waiting_for(db, principal=user, after=query.after)
    language, at = request.state.language, now()
    return render(
        request,
        "disputes/list.html",
        lines=[views.line(row, language, at=at) for row in found.rows],
        after=found.after,
        is_first=query.after is None,
        names=load_names(language),
    )


@router.get("/disputes/{dispute_id}", name="show_dispute")
def show_dispute(request: Request, dispute_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Show one dispute: the machine's value, the reviewer's, the agent's, and the answers."""
    full = queries.find_dispute(db, dispute_id, principal=user)
    return _page(request, db, full, user, form=None, refusal=None)


def _page(
    request: Request,
    db: Session,
    full: FullDispute,
    user: Principal,
    *,
    form: AnswerForm | None,
    refusal: DomainError | None,
) -> Response:
    code = rules.why_not_answer(user.id, user.role, full.standing, at=now())
    found = view_of(request, db, full)
    view = found["view"]
    assert isinstance(view, views.DisputeView)
    criterion = load_scorecard(full.review.scorecard)[full.dispute.criterion]
    return render(
        request,
        "disputes/show.html",
        status=status_of(refusal) if refusal else 200,
        options=views.options(
            criterion,
            request.state.language,
            chosen=form.value if form else None,
            auto=view.machine.value if view.machine else None,
        ),
        why_not=words.WHY_NOT[code] if code else "",
        typed=form.reason if form else "",
        **found,
        **refused(request, refusal),
    )


@router.post("/disputes/{dispute_id}", name="answer_dispute")
def answer_dispute(
    request: Request,
    dispute_id: UUID,
    form: Annotated[AnswerForm, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Answer a dispute; a refusal keeps what was typed."""
    full = queries.find_dispute(db, dispute_id, principal=user)
    try:
        if form.value is None and form.unclear is None:
            raise Invalid(N_("Choose a level, or say that the criterion is unclear."))
        ruling = Ruling(None if form.unclear else form.value, form.reason, form.version)
        made = actions.answer(db, dispute_id, ruling, principal=user, at=now())
    except (AlreadyAnswered, NoSentence, Invalid) as refusal:
        full = queries.find_dispute(db, dispute_id, principal=user)
        return _page(request, db, full, user, form=form, refusal=refusal)
    agent = db.get_one(User, full.dispute.by)
    if settings_of(request).smtp_host and agent.email:
        mailing.enqueue_mail(db, made, by=user.id)
    return RedirectResponse(str(request.app.url_path_for("list_disputes")), 303)
