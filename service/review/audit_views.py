"""The audit page and its comparison as values, finished for the templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from prompts.library import load_names, load_scorecard
from prompts.schema import Criterion
from service.conversations.tables import Turn
from service.quoting import quoted_from
from service.review.audit_queries import Blind, Compared
from service.review.rules import Decision

VALUES = ("pass", "partial", "fail", "na")


@dataclass(frozen=True, slots=True)
class Level:
    """One of the four levels of a criterion; without a definition it cannot be chosen."""

    value: str
    name: str
    definition: str
    is_checked: bool


@dataclass(frozen=True, slots=True)
class ToRate:
    """A criterion that is rated blind."""

    key: str
    number: int
    name: str
    levels: list[Level]
    is_missing: bool  # the form came without it


@dataclass(frozen=True, slots=True)
class Said:
    """One turn, with nothing marked in it."""

    turn: Turn
    number: int
    speaker: str
    text: str
    quoted: str  # the mails it answers, folded


@dataclass(frozen=True, slots=True)
class AuditView:
    """The audit page."""

    rows: list[ToRate]
    turns: list[Said]
    left: int


@dataclass(frozen=True, slots=True)
class Change:
    """A value that was changed after the comparison, and why."""

    before: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A criterion in the comparison. Names of values are in the reader's language."""

    key: str
    number: int
    name: str
    value: str
    value_name: str
    changes: list[Change]
    machine: str | None
    machine_name: str
    confidence: float | None
    other: str | None
    other_name: str
    levels: list[Level]  # the audit's own value is checked

    @property
    def differs(self) -> bool:
        """Whether the machine or the other review says something else."""
        return any(value not in {None, self.value} for value in (self.machine, self.other))


@dataclass(frozen=True, slots=True)
class ComparedView:
    """The comparison page."""

    rows: list[Row]
    like_machine: int
    by_machine: int  # criteria the machine proposed a value for
    like_other: int
    by_other: int  # criteria the other review decided


def audit_view(blind: Blind, *, language: str, values: Mapping[str, str]) -> AuditView:
    """Return the audit page in a language.

    Args:
        values: what the person has chosen already; empty before.
    """
    scorecard = load_scorecard(blind.scorecard)
    names = load_names(language)
    rows = [
        ToRate(
            key=criterion.key,
            number=criterion.number,
            name=criterion.name(language),
            levels=_levels(criterion, language, values.get(criterion.key)),
            is_missing=bool(values) and criterion.key not in values,
        )
        for criterion in scorecard.criteria
    ]
    turns = [
        Said(turn, turn.position + 1, names.speakers[turn.speaker], turn.text[:at], turn.text[at:])
        for turn in blind.turns
        for at in (quoted_from(turn.text),)
    ]
    left = sum(criterion.key not in values for criterion in scorecard.criteria)
    return AuditView(rows, turns, left)


def _levels(criterion: Criterion, language: str, chosen: str | None) -> list[Level]:
    names = load_names(language).values
    return [
        Level(
            value,
            names[value],
            criterion.definition(value, language) if value in criterion.levels else "",
            is_checked=value == chosen,
        )
        for value in VALUES
    ]


def compared_view(compared: Compared, *, language: str) -> ComparedView:
    """Return the comparison in a language, in the scorecard's order."""
    scorecard = load_scorecard(compared.scorecard)
    rows = [
        _row(criterion, compared, language)
        for criterion in scorecard.criteria
        if criterion.key in compared.ratings
    ]
    by_machine = [row for row in rows if row.machine is not None]
    by_other = [row for row in rows if row.other is not None]
    return ComparedView(
        rows=rows,
        like_machine=sum(row.value == row.machine for row in by_machine),
        by_machine=len(by_machine),
        like_other=sum(row.value == row.other for row in by_other),
        by_other=len(by_other),
    )


def _row(criterion: Criterion, compared: Compared, language: str) -> Row:
    names = load_names(language).values
    given = compared.ratings[criterion.key]
    proposal = compared.proposals.get(criterion.key)
    other = _decided(compared.decisions.get(criterion.key))
    return Row(
        key=criterion.key,
        number=criterion.number,
        name=criterion.name(language),
        value=given[-1].value,
        value_name=names[given[-1].value],
        changes=[
            Change(names[before.value], after.reason or "", after.at)
            for before, after in pairwise(given)
        ],
        machine=proposal.value if proposal else None,
        machine_name=names[proposal.value] if proposal else "",
        confidence=proposal.confidence if proposal else None,
        other=other,
        other_name=names[other] if other else "",
        levels=_levels(criterion, language, given[-1].value),
    )


def _decided(decision: Decision | None) -> str | None:
    return decision.value if decision is not None and decision.is_made else None
