"""Two people's decisions side by side, finished for the merge page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from prompts.library import load_names, load_scorecard
from prompts.schema import Scorecard
from service.review import rules
from service.review.queries import SUBMITTED
from service.review.rules import Decision
from service.review.views import Bench, CriterionView


@dataclass(frozen=True, slots=True)
class Side:
    """One person's decision, in words."""

    value: str
    value_name: str
    is_confirmed: bool
    root_cause: str | None
    reason: str | None
    comment: str
    is_suggested: bool


@dataclass(frozen=True, slots=True)
class Differing:
    """A criterion with two decisions."""

    criterion: CriterionView
    mine: Side
    theirs: Side


@dataclass(frozen=True, slots=True)
class Same:
    """A criterion without a choice: decided alike, by one of the two, or by nobody."""

    criterion: CriterionView
    value: str
    value_name: str
    decided_by: str  # both, mine, theirs, nobody


@dataclass(frozen=True, slots=True)
class MergeView:
    """The merge page."""

    name: str
    submitted_at: datetime | None
    version: int
    differing: list[Differing]
    same: list[Same]


def merge_view(bench: Bench, *, language: str) -> MergeView | None:
    """Return both sides of a review; None when there is nothing to merge."""
    opened = bench.opened
    mine, theirs = opened.mine, opened.theirs
    if opened.review.state not in SUBMITTED or not theirs or not rules.decided(mine):
        return None
    scorecard = load_scorecard(opened.review.scorecard)
    rows = {view.key: view for view in (*bench.eyes, *bench.sure)}
    found = rules.differences(scorecard, mine, theirs)
    differing = [
        Differing(
            rows[d.criterion],
            _side(scorecard, d.mine, language=language, is_suggested=d.suggested == "mine"),
            _side(scorecard, d.theirs, language=language, is_suggested=d.suggested == "theirs"),
        )
        for d in found
    ]
    alike = {key: view for key, view in rows.items() if all(d.criterion != key for d in found)}
    return MergeView(
        name=opened.names.get(opened.review.reviewer_id, ""),
        submitted_at=opened.review.submitted_at,
        version=opened.review.version,
        differing=differing,
        same=[
            _same(alike[key], rules.decided(mine), rules.decided(theirs), language=language)
            for key in scorecard.keys
            if key in alike
        ],
    )


def _side(scorecard: Scorecard, made: Decision, *, language: str, is_suggested: bool) -> Side:
    cause = scorecard.root_cause(made.root_cause) if made.root_cause else None
    reason = scorecard.correction_reason(made.reason) if made.reason else None
    return Side(
        value=made.value,
        value_name=load_names(language).values[made.value],
        is_confirmed=made.decision == "confirmed",
        root_cause=cause.name(language) if cause else None,
        reason=reason.name(language) if reason else None,
        comment=made.comment,
        is_suggested=is_suggested,
    )


def _same(
    row: CriterionView, mine: Mapping[str, str], theirs: Mapping[str, str], *, language: str
) -> Same:
    value = mine.get(row.key) or theirs.get(row.key) or row.auto.value
    by = {(True, True): "both", (True, False): "mine", (False, True): "theirs"}
    return Same(
        row,
        value,
        load_names(language).values[value],
        by.get((row.key in mine, row.key in theirs), "nobody"),
    )
