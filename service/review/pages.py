"""The review page: show, decide, submit, merge."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session
from starlette.routing import NoMatchFound

from prompts.library import load_names, load_scorecard
from service.config import Settings
from service.errors import DomainError, NotFound
from service.identity.access import CurrentUser
from service.identity.policies import may
from service.identity.rules import Principal
from service.language import language_name, translate
from service.review import actions, queries, waiting
from service.review.bench import Bench, build
from service.review.forms import (
    CommentForm,
    NoFields,
    PinForm,
    RatingForm,
    Sent,
    SentMerge,
    SentReview,
)
from service.review.merging import merge_view
from service.review.refusals import Locked, NothingDecided, StaleReview, StillOpen
from service.review.tables import Review
from service.review.words import SKIPS, chips, duration
from service.web.problems import status_of
from service.web.rendering import is_htmx, render, render_text
from service.web.transactions import Db

router = APIRouter()


def settings_of(request: Request) -> Settings:
    """Return what the operator chose."""
    settings: Settings = request.app.state.settings
    return settings


def path_if(request: Request, name: str, role: str, **values: object) -> str | None:
    """Return the path of a page that this product has and this role may open."""
    try:
        path = str(request.app.url_path_for(name, **values))
    except NoMatchFound:
        return None
    return path if may(role, name) else None


def _bench(
    request: Request, db: Session, review_id: UUID, user: Principal, at: str | None
) -> Bench:
    return build(
        queries.get_review(db, review_id, principal=user),
        principal=user,
        language=request.state.language,
        unsure_below=settings_of(request).unsure_below,
        at=at,
    )


@router.get("/reviews/{review_id}", name="show_review")
def show_review(
    request: Request, review_id: UUID, user: CurrentUser, db: Db, at: str | None = None
) -> Response:
    """Show a review: a draft to decide on, a submitted one to read."""
    return _page(request, _bench(request, db, review_id, user, at), user)


def _page(
    request: Request, bench: Bench, user: Principal, *, refusal: DomainError | None = None
) -> Response:
    language = request.state.language
    return render(
        request,
        "review/show.html",
        status=status_of(refusal) if refusal else 200,
        bench=bench,
        user=user,
        skip_reasons=SKIPS,
        refusal=translate(refusal.message, refusal.values, language=language) if refusal else None,
        refusal_code=refusal.code if refusal else None,
        **_words(request, bench, user),
    )


def _words(request: Request, bench: Bench, user: Principal) -> dict[str, object]:
    opened, language = bench.opened, request.state.language
    names = load_names(language)
    return {
        "review": opened.review,
        "conversation": opened.conversation,
        "topic": names.topics.get(opened.run.topic, opened.run.topic),
        "channel": names.channels[opened.conversation.channel],
        "resolved": names.resolved.get(opened.run.resolved, opened.run.resolved),
        "resolved_share": opened.run.resolved_probabilities.get(opened.run.resolved),
        "spoken_language": language_name(opened.conversation.language, language),
        "first_response": duration(bench.first_response, language),
        "length": duration(bench.length, language),
        "similar_path": path_if(
            request, "similar_cases", user.role, conversation_id=opened.conversation.id
        ),
        "chips": chips(bench.why, opened.review.scorecard, language)[:2],
    }


def _after_act(
    request: Request,
    db: Session,
    review: Review,
    user: Principal,
    criterion: str,
    *,
    turn: int | None = None,
) -> Response:
    """Answer an act: the criterion's row with the foot of the page, or the page again."""
    db.flush()
    bench = _bench(request, db, review.id, user, criterion)
    if not is_htmx(request):
        path = request.app.url_path_for("show_review", review_id=review.id)
        return RedirectResponse(f"{path}?at={criterion}#c{bench.criterion(criterion).number}", 303)
    text = render_text(
        request,
        "review/_acted.html",
        bench=bench,
        user=user,
        view=bench.criterion(criterion),
        turn=next((view for view in bench.turns if view.turn.position == turn), None),
        **_words(request, bench, user),
    )
    return HTMLResponse(text)


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
    return _after_act(request, db, review, user, criterion)


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
    return _after_act(request, db, review, user, criterion)


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
    return _after_act(request, db, review, user, form.criterion)


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
    return _after_act(request, db, review, user, form.criterion, turn=form.position)


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
        return _after_act(request, db, review, user, _first_key(sent, review))
    try:
        actions.submit(
            db,
            review_id,
            principal=user,
            version=sent.version,
            unsure_below=settings_of(request).unsure_below,
        )
    except StaleReview as refusal:
        return _show_both(request, db, review_id, user, refusal=refusal)
    except (StillOpen, NothingDecided) as refusal:
        return _page(request, _bench(request, db, review_id, user, None), user, refusal=refusal)
    return _open_next(request, db, user)


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


def _open_next(request: Request, db: Session, user: Principal) -> Response:
    """Open the next conversation of the queue, or show that there is none."""
    minutes = settings_of(request).lock_minutes
    conversation_id = waiting.next_waiting(db, principal=user)
    if conversation_id is not None:
        try:
            review = actions.open_review(db, conversation_id, principal=user, lock_minutes=minutes)
        except (Locked, NotFound):
            return RedirectResponse(request.app.url_path_for("show_queue"), 303)
        path = request.app.url_path_for("show_review", review_id=review.id)
        return RedirectResponse(str(path), 303)
    return RedirectResponse(request.app.url_path_for("show_queue"), 303)


@router.get("/reviews/{review_id}/merge", name="show_merge")
def show_merge(request: Request, review_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Show one's draft beside the review that somebody else submitted."""
    return _show_both(request, db, review_id, user, refusal=None)


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
        return _show_both(request, db, review_id, user, refusal=refusal)
    return _open_next(request, db, user)


def _show_both(
    request: Request,
    db: Session,
    review_id: UUID,
    user: Principal,
    *,
    refusal: StaleReview | None,
) -> Response:
    bench = _bench(request, db, review_id, user, None)
    view = merge_view(bench, language=request.state.language)
    if view is None:
        path = request.app.url_path_for("show_review", review_id=review_id)
        return RedirectResponse(str(path), 303)
    return render(
        request,
        "review/merge.html",
        status=409 if refusal else 200,
        view=view,
        seen=refusal.seen if refusal else None,
        **_words(request, bench, user),
    )
