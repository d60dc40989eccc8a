"""The agent's own pages as values, finished for the templates."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from prompts.library import load_names, load_scorecard
from prompts.schema import Criterion, Scorecard
from service.coaching.material import Excerpt
from service.coaching.own_queries import OwnReview, OwnReviewPage
from service.coaching.quotes import QuoteView, quote_view
from service.disputes.queries import FullDispute
from service.disputes.rules import window_ends
from service.disputes.views import Disagreement, disagreement
from service.review.confirmed import ConfirmedRating
from service.review.evidence import quote
from service.review.tables import Review

QUOTES = 2  # of one criterion


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One review in the list of an agent's own."""

    review: Review
    title: str  # the customer's first words
    conversation: str
    language: str
    fails: str  # C7, C11
    praises: str
    disputed: str
    unclear: str


@dataclass(frozen=True, slots=True)
class Decided:
    """One criterion that a person decided, with its evidence."""

    criterion: Criterion
    name: str
    value: str
    value_name: str
    definition: str
    is_corrected: bool
    is_ruling: bool  # an answer to a dispute put it in force
    withheld: str  # dispute, criterion_unclear: in no number; else empty
    dispute: FullDispute | None
    form: Disagreement | None  # for disagreeing, while that is possible
    root_cause: str
    counts: bool
    comment: str
    quotes: tuple[QuoteView, ...]


def reviewed(own: OwnReview) -> Reviewed:
    """Return a review's line."""
    scorecard = load_scorecard(own.review.scorecard)
    fails = [rating.criterion for rating in own.ratings if rating.value == "fail"]
    praises = [pin.criterion for pin in own.pins if pin.is_praise]
    return Reviewed(
        own.review,
        quote(own.conversation.opening) or own.conversation.external_id,
        own.conversation.external_id,
        own.conversation.language or "und",
        _numbers(scorecard, fails),
        _numbers(scorecard, praises),
        _numbers(scorecard, [key for key, cause in own.withheld.items() if cause == "dispute"]),
        _numbers(scorecard, [key for key, cause in own.withheld.items() if cause != "dispute"]),
    )


def _numbers(scorecard: Scorecard, keys: list[str]) -> str:
    return ", ".join(f"C{c.number}" for c in scorecard.criteria if c.key in keys)


def decided(
    page: OwnReviewPage, language: str, *, dispute_days: int, at: datetime
) -> list[Decided]:
    """Return the decided criteria of a review; what nobody decided is not shown.

    Args:
        dispute_days: how long the agent can disagree.
    """
    assert page.own.review.submitted_at is not None, "agents read submitted reviews only"
    until = window_ends(page.own.review.submitted_at, days=dispute_days)
    scorecard = load_scorecard(page.own.review.scorecard)
    names = load_names(language)
    ratings = {rating.criterion: rating for rating in page.own.ratings}
    return [
        _decided(
            page,
            c,
            ratings[c.key],
            language,
            names.values[ratings[c.key].value],
            until=until if at <= until else None,
        )
        for c in scorecard.criteria
        if c.key in ratings
    ]


def _decided(
    page: OwnReviewPage,
    criterion: Criterion,
    rating: ConfirmedRating,
    language: str,
    value_name: str,
    *,
    until: datetime | None,
) -> Decided:
    """Return one criterion; without `until` it is too late to disagree."""
    key = criterion.key
    dispute = next((one for one in page.disputes if one.dispute.criterion == key), None)
    scorecard = load_scorecard(page.own.review.scorecard)
    cause = scorecard.root_cause(rating.root_cause) if rating.root_cause else None
    return Decided(
        criterion=criterion,
        name=criterion.name(language),
        value=rating.value,
        value_name=value_name,
        definition=criterion.definition(rating.value, language),
        is_corrected=rating.decision == "corrected",
        is_ruling=rating.is_ruling,
        withheld=page.own.withheld.get(key, ""),
        dispute=dispute,
        form=disagreement(criterion, rating.value, language, until=until)
        if until is not None and dispute is None
        else None,
        root_cause=cause.name(language) if cause else "",
        counts=cause.counts_against_agent if cause else True,
        comment=rating.comment,
        quotes=_quotes(page, criterion, rating.value, scorecard.id, language),
    )


def _quotes(
    page: OwnReviewPage, criterion: Criterion, value: str, scorecard_id: str, language: str
) -> tuple[QuoteView, ...]:
    """Return what a person pinned or confirmed as showing the value."""
    pinned = [pin.position for pin in page.own.pins if pin.criterion == criterion.key]
    shown = page.evidence.get(criterion.key, ()) if value != "na" else ()
    positions = [p for p in dict.fromkeys([*pinned, *shown]) if p in page.turns][:QUOTES]
    return tuple(
        quote_view(
            _excerpt(page, position, page.own.review.id),
            criterion=criterion,
            scorecard_id=scorecard_id,
            language=language,
            value=value,
        )
        for position in positions
    )


def _excerpt(page: OwnReviewPage, position: int, review_id: UUID) -> Excerpt:
    turn, conversation = page.turns[position], page.own.conversation
    return Excerpt(
        review_id,
        position,
        turn.text,
        turn.speaker,
        conversation.language or "und",
        conversation.external_id,
        conversation.started_at,
    )
