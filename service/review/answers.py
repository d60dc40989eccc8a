"""What the review's routes answer with: the page, one row, the next conversation, both sides."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session
from starlette.routing import NoMatchFound

from prompts.library import load_names
from service.config import Settings
from service.database import now
from service.errors import DomainError, NotFound
from service.identity.policies import may
from service.identity.rules import Principal
from service.language import language_name, translate
from service.review import actions, audit_queries, auditing, queries
from service.review.bench import build
from service.review.merging import merge_view
from service.review.refusals import Locked, StaleReview
from service.review.tables import Review
from service.review.today import Today, todays_queue
from service.review.views import Bench
from service.review.words import SKIPS, chips, duration
from service.web.problems import status_of
from service.web.rendering import is_htmx, render, render_text


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


def bench_of(
    request: Request, db: Session, review_id: UUID, user: Principal, at: str | None
) -> Bench:
    """Return the page of a review as this person sees it."""
    return build(
        queries.get_review(db, review_id, principal=user),
        principal=user,
        language=request.state.language,
        unsure_below=settings_of(request).unsure_below,
        at=at,
    )


def page_of(
    request: Request, bench: Bench, user: Principal, *, refusal: DomainError | None = None
) -> Response:
    """Answer with the whole review page; with a refusal above the scorecard."""
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


def after_act(
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
    bench = bench_of(request, db, review.id, user, criterion)
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


def open_next(request: Request, db: Session, user: Principal) -> Response:
    """Open what comes next today, a review or a blind audit, or show that there is nothing."""
    minutes = settings_of(request).lock_minutes
    rows = today_of(request, db, user).rows
    try:
        for row in rows[:1]:
            if isinstance(row, audit_queries.Waiting):
                audit = auditing.open_audit(db, row.audit.id, principal=user, lock_minutes=minutes)
                return _to(request, "show_audit", audit_id=audit.id)
            review = actions.open_review(
                db, row.conversation.id, principal=user, lock_minutes=minutes
            )
            return _to(request, "show_review", review_id=review.id)
    except (Locked, NotFound):
        pass
    return _to(request, "show_queue")


def today_of(request: Request, db: Session, user: Principal) -> Today:
    """Return what is left of a person's day, which begins at midnight in their time zone."""
    since = midnight(request.state.time_zone)
    week = since - timedelta(days=now().astimezone(ZoneInfo(request.state.time_zone)).weekday())
    quota = settings_of(request).reviews_per_day
    return todays_queue(db, principal=user, quota=quota, since=since, week=week)


def midnight(zone: str) -> datetime:
    """Return when today began in a time zone."""
    local = now().astimezone(ZoneInfo(zone))
    return datetime.combine(local.date(), time(), local.tzinfo).astimezone(UTC)


def _to(request: Request, name: str, **values: object) -> Response:
    return RedirectResponse(str(request.app.url_path_for(name, **values)), 303)


def show_both(
    request: Request,
    db: Session,
    review_id: UUID,
    user: Principal,
    *,
    refusal: StaleReview | None,
) -> Response:
    """Answer with both sides of a review, or with the review when there is nothing to merge."""
    bench = bench_of(request, db, review_id, user, None)
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
