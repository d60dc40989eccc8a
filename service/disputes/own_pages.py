"""Disputes for the agents whose conversations they are about."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from prompts.library import load_names, load_scorecard
from service.conversations.queries import turns_of
from service.database import now
from service.disputes import actions, queries, rules, views
from service.disputes.actions import Claim
from service.disputes.forms import DisputeForm, EscalationForm, positions
from service.disputes.pages import limits_of, refused, settings_of, view_of
from service.disputes.refusals import NothingToDispute
from service.errors import DomainError, NotFound
from service.identity.access import CurrentUser
from service.identity.rules import Principal
from service.review import standing
from service.web.problems import status_of
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()


@router.post("/me/reviews/{review_id}/disputes", name="open_dispute")
def open_dispute(
    request: Request,
    review_id: UUID,
    form: Annotated[DisputeForm, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Disagree with one decided criterion; a refusal keeps what was typed."""
    try:
        if form.value is None:
            raise NothingToDispute
        claim = Claim(form.criterion, form.value, form.text, positions(form.turns))
        limits = limits_of(request)
        actions.open_dispute(db, review_id, claim, principal=user, limits=limits, at=now())
    except NotFound:
        raise
    except DomainError as refusal:
        return _form_again(request, db, review_id, form, user, refusal)
    review = request.app.url_path_for("show_my_review", review_id=review_id)
    return RedirectResponse(f"{review}#{form.criterion}", 303)


def _form_again(
    request: Request,
    db: Session,
    review_id: UUID,
    form: DisputeForm,
    user: Principal,
    refusal: DomainError,
) -> Response:
    review = queries.lock_own_review(db, review_id, principal=user)
    scorecard, language = load_scorecard(review.scorecard), request.state.language
    decision = standing.official(db, review).get(form.criterion)
    if decision is None or not decision.is_made or review.submitted_at is None:
        raise NotFound
    until = rules.window_ends(review.submitted_at, days=settings_of(request).dispute_days)
    criterion = scorecard[form.criterion]
    return render(
        request,
        "disputes/new.html",
        status=status_of(refusal),
        review=review,
        original=views.level_of(criterion, decision.value, language),
        form=views.disagreement(
            criterion, decision.value, language, until=until, chosen=form.value
        ),
        text=form.text,
        typed_turns=form.turns,
        turns=turns_of(db, review.revision_id),
        speakers=load_names(language).speakers,
        longest=rules.LONGEST_TEXT,
        **refused(request, refusal),
    )


@router.get("/me/disputes/{dispute_id}", name="show_my_dispute")
def show_my_dispute(request: Request, dispute_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Show agents where their dispute stands."""
    return _page(request, db, dispute_id, user, typed="", refusal=None)


def _page(
    request: Request,
    db: Session,
    dispute_id: UUID,
    user: Principal,
    *,
    typed: str,
    refusal: DomainError | None,
) -> Response:
    full = queries.find_own(db, dispute_id, principal=user)
    return render(
        request,
        "disputes/mine.html",
        status=status_of(refusal) if refusal else 200,
        typed=typed,
        **view_of(request, db, full),
        **refused(request, refusal),
    )


@router.post("/me/disputes/{dispute_id}/escalate", name="escalate_dispute")
def escalate_dispute(
    request: Request,
    dispute_id: UUID,
    form: Annotated[EscalationForm, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Take an answer to a lead, once; a refusal keeps what was typed."""
    limits = limits_of(request)
    try:
        actions.escalate(db, dispute_id, form.text, principal=user, limits=limits, at=now())
    except NotFound:
        raise
    except DomainError as refusal:
        return _page(request, db, dispute_id, user, typed=form.text, refusal=refusal)
    path = request.app.url_path_for("show_my_dispute", dispute_id=dispute_id)
    return RedirectResponse(str(path), 303)
