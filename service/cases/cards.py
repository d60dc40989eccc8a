"""A similar case as a page shows it: everything in the reader's words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from prompts.library import load_names
from service.cases.likeness import Likeness
from service.cases.rules import one_line
from service.cases.search import Hit
from service.cases.tables import Case
from service.cases.words import BANDS, BARS, OUTCOMES
from service.language import language_name, translate

MASK = re.compile(r"\[[A-Z][A-Z_]+\]")


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case in words.

    Attributes:
        title: its problem in one line.
        age_from: since when it is solved.
        placeholders: what was masked in the solution, each once: an agent fills it in.
    """

    id: UUID
    title: str
    problem: str
    solution: str
    language: str
    language_name: str
    topic: str
    channel: str | None
    channel_name: str | None
    outcome: str
    csat: float | None
    age_from: datetime
    source: str
    placeholders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A hit in words. `bars` of three are filled; `likeness` says why it is similar."""

    number: int
    case: CaseView
    band: str
    bars: int
    likeness: Likeness


def case_view(case: Case, language: str) -> CaseView:
    """Return a case in the reader's language."""
    names = load_names(language)
    return CaseView(
        id=case.id,
        title=one_line(case.problem),
        problem=case.problem,
        solution=case.solution,
        language=case.language,
        language_name=language_name(case.language, language),
        topic=names.topics.get(case.topic, case.topic),
        channel=case.channel,
        channel_name=names.channels.get(case.channel) if case.channel else None,
        outcome=translate(OUTCOMES[case.outcome], {}, language=language),
        csat=case.csat,
        age_from=case.solved_at,
        source=case.source,
        placeholders=tuple(dict.fromkeys(MASK.findall(case.solution))),
    )


def cards(hits: Iterable[Hit], language: str) -> list[Card]:
    """Return hits in the reader's language, numbered from 1."""
    return [
        Card(
            number=number,
            case=case_view(hit.case, language),
            band=translate(BANDS[hit.band], {}, language=language),
            bars=BARS[hit.band],
            likeness=hit.likeness,
        )
        for number, hit in enumerate(hits, start=1)
    ]
