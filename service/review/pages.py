"""The review page: show, decide, submit, merge."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from service.identity.access import CurrentUser
from service.identity.rules import Principal
from service.review import actions, queries
from service.review.answers import (
    after_act,
    bench_of,
    open_next,
    page_of,
    settings_of,
    show_both,
)
from service.review.forms import (
    CommentForm,
    NoFields,
    PinForm,
    RatingForm,
    Sent,
    SentMerge,
    SentReview,
)
from service.review.refusals import NothingDecided, StaleReview, StillOpen
from service.review.tables import Review
from service.web.transactions import Db

router = APIRouter()


@router.get("/reviews/{review_id}", name="show_review")
def show_review(
    request: Request, review_id: UUID, user: CurrentUser, db: Db, at: str | None = None
) -> Response:
    """Show a review: a draft to decide on, a submitted one to read."""
    return page_of(request, bench_of(request, db, review_id, user, at), user)


@router.post("/reviews/{review_id}/ratings/{criterion}", name="rate_criterion")
def rate_criterion(
    request: Request,
    review_id: UUID,
    criterion: str,
    form: Annotated[RatingForm, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Confirm or correct one criterion."""
    review = queries.find_review(db, review_id, principal=user)
    actions.rate(
        db,
        review,
        criterion,
        principal=user,
        value=form.value,
        root_cause=form.root_cause,
        reason=form.reason,
        comment=form.comment,
        lock_minutes=settings_of(request).lock_minutes,
    )
    return after_act(request, db, review, user, criterion)


@router.post("/reviews/{review_id}/ratings/{criterion}/undo", name="undo_rating")
def undo_rating(
    request: Request,
    review_id: UUID,
    criterion: str,
    _form: Annotated[NoFields, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Take back one's decision about a criterion."""
    review = queries.find_review(db, review_id, principal=user)
    minutes = settings_of(request).lock_minutes
    actions.undo(db, review, criterion, principal=user, lock_minutes=minutes)
    return after_act(request, db, review, user, criterion)


@router.post("/reviews/{review_id}/comments", name="comment_criterion")
def comment_criterion(
    request: Request,
    review_id: UUID,
    form: Annotated[CommentForm, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Keep a comment on a criterion."""
    review = queries.find_review(db, review_id, principal=user)
    minutes = settings_of(request).lock_minutes
    actions.comment(db, review, form.criterion, form.comment, principal=user, lock_minutes=minutes)
    return after_act(request, db, review, user, form.criterion)


@router.post("/reviews/{review_id}/pins", name="pin_turn")
def pin_turn(
    request: Request,
    review_id: UUID,
    form: Annotated[PinForm, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Pin a turn for coaching, or take the pin off."""
    review = queries.find_review(db, review_id, principal=user)
    actions.pin(
        db,
        review,
        form.criterion,
        form.position,
        principal=user,
        is_praise=form.is_praise,
        lock_minutes=settings_of(request).lock_minutes,
    )
    return after_act(request, db, review, user, form.criterion, turn=form.position)


@router.post("/reviews/{review_id}", name="submit_review")
def submit_review(
    request: Request, review_id: UUID, sent: SentReview, user: CurrentUser, db: Db
) -> Response:
    """Keep all that the form holds, then do what its button says.

    A refusal to submit is a page, not an error: the decisions that came with it are kept.
    """
    review = queries.find_review(db, review_id, principal=user)
    _keep(request, db, review, user, sent)
    if sent.act != "submit":
        return after_act(request, db, review, user, _first_key(sent, review))
    try:
        actions.submit(
            db,
            review_id,
            principal=user,
            version=sent.version,
            unsure_below=settings_of(request).unsure_below,
        )
    except StaleReview as refusal:
        return show_both(request, db, review_id, user, refusal=refusal)
    except (StillOpen, NothingDecided) as refusal:
        return page_of(request, bench_of(request, db, review_id, user, None), user, refusal=refusal)
    return open_next(request, db, user)


def _first_key(sent: Sent, review: Review) -> str:
    keys = load_scorecard(review.scorecard).keys
    key = sent.criterion if sent.criterion in keys else next(iter(sent.values), keys[0])
    return key


def _keep(request: Request, db: Session, review: Review, user: Principal, sent: Sent) -> None:
    """Keep what a form without JavaScript sends at once: values, causes, reasons, comments."""
    minutes = settings_of(request).lock_minutes
    if sent.act == "undo":
        actions.undo(db, review, sent.criterion, principal=user, lock_minutes=minutes)
        return
    values: dict[str, str | None] = dict(sent.values)
    if sent.act == "confirm":
        values[sent.criterion] = None
    mine = queries.decisions_of(db, review.id).get(user.id, {})
    for key, value in values.items():
        before = mine.get(key)
        is_same = before is not None and before.is_made and before.value == value
        actions.rate(
            db,
            review,
            key,
            principal=user,
            value=value,
            root_cause=(sent.causes.get(key) or None) if is_same else None,
            reason=(sent.reasons.get(key) or None) if is_same else None,
            lock_minutes=minutes,
        )
    for key, text in sent.comments.items():
        actions.comment(db, review, key, text, principal=user, lock_minutes=minutes)


@router.get("/reviews/{review_id}/merge", name="show_merge")
def show_merge(request: Request, review_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Show one's draft beside the review that somebody else submitted."""
    return show_both(request, db, review_id, user, refusal=None)


@router.post("/reviews/{review_id}/merge", name="merge_review")
def merge_review(
    request: Request, review_id: UUID, sent: SentMerge, user: CurrentUser, db: Db
) -> Response:
    """Put the chosen sides in force, or let the other's review stand."""
    try:
        if sent.keeps_theirs:
            actions.keep_theirs(db, review_id, principal=user, version=sent.version)
        else:
            actions.merge(db, review_id, principal=user, version=sent.version, choices=sent.choices)
    except StaleReview as refusal:
        return show_both(request, db, review_id, user, refusal=refusal)
    return open_next(request, db, user)
