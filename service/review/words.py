"""The queue's codes in words: why a conversation waits, in which language it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from babel.dates import format_timedelta

from prompts.library import load_scorecard
from service.errors import N_
from service.language import translate

LABELS = {
    "critical": N_("Critical error nominated"),
    "risk": N_("A lead should look"),
    "csat": N_("Auto-scores disagree with CSAT"),
    "fail": N_("Fail proposed"),
    "unsure": N_("Machine unsure"),
    "sure": N_("Machine sure, to be sampled"),
    "coverage": N_("Coverage due: nobody reviewed this agent this week"),
    "praise": N_("Praise candidate"),
}
KINDS = {
    "critical": ("chip-nominated", "critical"),
    "risk": ("chip-nominated", "warn"),
    "csat": ("chip-line", None),
    "fail": ("chip-nominated", "fail"),
    "unsure": ("", "auto"),
    "sure": ("", "auto"),
    "coverage": ("chip-line", None),
    "praise": ("chip-line", "star"),
}
SKIPS = {
    "not_my_language": N_("Not my language"),
    "technical_test": N_("Technical test, no customer"),
    "know_the_customer": N_("I know the customer"),
    "needs_a_lead": N_("Needs a lead"),
}
STREAMS = {
    "critical": N_("Critical errors nominated"),
    "dispute": N_("Open disputes"),
    "unsure": N_("Uncertain, high weight"),
    "coverage": N_("Coverage due"),
    "blind": N_("Blind audits, random"),
    "praise": N_("Praise candidates"),
}
NAMED_FULLY = 1  # one criterion is named, several are numbered


@dataclass(frozen=True, slots=True)
class Chip:
    """One reason in words, with the criteria it is about."""

    code: str
    label: str
    kind: str
    icon: str | None
    details: str


def chips(why: Sequence[dict[str, Any]], scorecard_id: str, language: str) -> list[Chip]:
    """Return the reasons in words, those of one code joined, in the order of the first of each."""
    codes: dict[str, list[dict[str, Any]]] = {}
    for reason in why:
        if reason.get("code") in LABELS:
            codes.setdefault(reason["code"], []).append(reason)
    return [
        Chip(
            code,
            translate(LABELS[code], {}, language=language),
            *KINDS[code],
            _details(code, reasons, scorecard_id, language),
        )
        for code, reasons in codes.items()
    ]


def _details(code: str, reasons: list[dict[str, Any]], scorecard_id: str, language: str) -> str:
    scorecard = load_scorecard(scorecard_id)
    named = [(scorecard[r["criterion"]], r) for r in reasons if r.get("criterion") in scorecard]
    if len(named) == NAMED_FULLY and code != "unsure":
        criterion = named[0][0]
        return f"C{criterion.number} {criterion.name(language)}"
    found = []
    for criterion, reason in named:
        share = reason.get("confidence")
        if code == "unsure" and isinstance(share, int | float):
            found.append(
                translate(
                    N_("C{number} at {percent} %"),
                    {"number": criterion.number, "percent": round(100 * share)},
                    language=language,
                )
            )
        else:
            found.append(f"C{criterion.number}")
    return ", ".join(found)


def duration(span: timedelta | None, language: str) -> str:
    """Return a span as minutes and seconds when it is short, in words when it is not."""
    if span is None:
        return ""
    seconds = int(span.total_seconds())
    if seconds < 10 * 60:
        return f"{seconds // 60}:{seconds % 60:02}"
    return str(format_timedelta(span, threshold=1.5, format="short", locale=language))
