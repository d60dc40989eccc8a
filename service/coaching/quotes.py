"""Quoted turns as values, finished for the templates."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from prompts.library import load_names
from prompts.schema import Criterion, Scorecard
from service.coaching import material, rules
from service.coaching.material import Excerpt
from service.database import now
from service.review.evidence import Marker, quote, wanted_words


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A quoted turn."""

    excerpt: Excerpt
    text: str  # the turn's words that show it, cut when they are long
    number: int  # of the turn, as people count
    said: str  # who spoke
    value: str | None  # of the confirmed rating it shows
    value_name: str
    is_critical: bool  # a confirmed critical error


@dataclass(frozen=True, slots=True)
class SparePin:
    """A pinned turn that is not on the agenda."""

    id: UUID
    criterion: str
    is_praise: bool
    label: str  # C5
    quote: QuoteView


def quote_view(
    excerpt: Excerpt,
    *,
    criterion: Criterion | None,
    scorecard_id: str,
    language: str,
    value: str | None = None,
) -> QuoteView:
    """Return a quoted turn with its names in the reader's language."""
    names = load_names(language)
    value = value or excerpt.value
    return QuoteView(
        excerpt,
        _words(excerpt, criterion, scorecard_id),
        excerpt.position + 1,
        names.speakers.get(excerpt.speaker, excerpt.speaker),
        value,
        names.values[value] if value else "",
        criterion is not None and criterion.is_critical and value == "fail",
    )


def _words(excerpt: Excerpt, criterion: Criterion | None, scorecard_id: str) -> str:
    if criterion is None:
        return quote(excerpt.text)
    wanted = wanted_words(scorecard_id, criterion.key, excerpt.language)
    begin, end = Marker(excerpt.text, excerpt.language).span(wanted)
    return quote(excerpt.text[begin:end])


def pin_views(
    db: Session, agent_id: UUID, *, scorecard: Scorecard, language: str
) -> list[SparePin]:
    """Return what was pinned for an agent in the last weeks, newest first."""
    pins = material.pins_of(db, agent_id, since=now() - rules.WINDOW)
    excerpts = material.excerpts_at(db, [(pin.review_id, pin.position) for pin in pins])
    return [
        SparePin(
            pin.id,
            pin.criterion,
            pin.is_praise,
            f"C{scorecard[pin.criterion].number}",
            quote_view(
                excerpts[pin.review_id, pin.position],
                criterion=scorecard[pin.criterion],
                scorecard_id=scorecard.id,
                language=language,
            ),
        )
        for pin in pins
        if pin.criterion in scorecard and (pin.review_id, pin.position) in excerpts
    ]
