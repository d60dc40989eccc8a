"""The agent's own pages: results, sessions, reviewed conversations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from prompts.library import load_names, load_scorecard
from service.coaching import material, own_queries, queries, rules, words
from service.coaching.forms import NoFields
from service.coaching.own_views import decided, reviewed
from service.coaching.pages import numbers_of, path_to, settings_of
from service.coaching.views import criterion_rows
from service.database import now
from service.disputes.queries import own_disputes
from service.disputes.rules import LONGEST_TEXT
from service.disputes.words import STATES
from service.identity.access import CurrentUser
from service.identity.queries import names_of
from service.review.acknowledging import acknowledge
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()


@router.get("/me", name="show_me")
def show_me(request: Request, user: CurrentUser, db: Db) -> Response:
    """Show agents what people confirmed about them, what was agreed, and who sees it."""
    scorecard = load_scorecard(settings_of(request).scorecard)
    since = now() - rules.WINDOW
    ratings = material.ratings_of(db, [user.id], since=since)[user.id]
    sessions = queries.sessions_of(db, [user.id], principal=user)
    disputes = own_disputes(db, principal=user, limit=own_queries.LATEST)
    return render(
        request,
        "coaching/me.html",
        rows=criterion_rows(ratings, scorecard, request.state.language),
        sessions=sessions,
        mentors=names_of(db, {session.mentor_id for session in sessions}),
        upcoming=[one for one in sessions if one.state == "announced"],
        actions=queries.open_actions(db, user.id),
        reviews=[reviewed(own) for own in own_queries.own_reviews(db, principal=user, since=since)],
        heads=own_queries.head_versions(db, principal=user, since=since),
        scorecard=scorecard.id,
        numbers=numbers_of(scorecard.id),
        states=words.STATES,
        disputes=disputes,
        dispute_states=STATES,
        dispute_numbers={
            one.dispute.id: numbers_of(one.review.scorecard)[one.dispute.criterion]
            for one in disputes
        },
    )


@router.get("/me/reviews/{review_id}", name="show_my_review")
def show_my_review(request: Request, review_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Show agents a review of their own conversation: the decided values with their evidence."""
    page = own_queries.own_review(db, review_id, principal=user)
    scorecard = load_scorecard(page.own.review.scorecard)
    days = settings_of(request).dispute_days
    rows = decided(page, request.state.language, dispute_days=days, at=now())
    return render(
        request,
        "coaching/my_review.html",
        page=page,
        review=page.own.review,
        conversation=page.own.conversation,
        rows=rows,
        left=len(scorecard.criteria) - len(rows),
        turns=[page.turns[position] for position in sorted(page.turns)],
        line=reviewed(page.own),
        dispute_states=STATES,
        longest=LONGEST_TEXT,
        speakers=load_names(request.state.language).speakers,
    )


@router.post("/me/reviews/{review_id}/acknowledge", name="acknowledge_review")
def acknowledge_review(
    request: Request,
    review_id: UUID,
    _form: Annotated[NoFields, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Note that the agent has read a review."""
    acknowledge(db, review_id, principal=user, at=now())
    return RedirectResponse(path_to(request, "show_my_review", review_id=review_id), 303)
