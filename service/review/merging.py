"""Two people's decisions side by side, finished for the merge page."""

from dataclasses import dataclass
from datetime import datetime

from prompts.library import load_names, load_scorecard
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
    names = load_names(language)
    rows = {view.key: view for view in (*bench.eyes, *bench.sure)}

    def side(made: Decision, suggested: bool) -> Side:
        cause = scorecard.root_cause(made.root_cause) if made.root_cause else None
        reason = scorecard.correction_reason(made.reason) if made.reason else None
        return Side(
            value=made.value,
            value_name=names.values[made.value],
            is_confirmed=made.decision == "confirmed",
            root_cause=cause.name(language) if cause else None,
            reason=reason.name(language) if reason else None,
            comment=made.comment,
            is_suggested=suggested,
        )

    found = rules.differences(scorecard, mine, theirs)
    differing = [
        Differing(
            rows[d.criterion],
            side(d.mine, d.suggested == "mine"),
            side(d.theirs, d.suggested == "theirs"),
        )
        for d in found
    ]
    own, other = rules.decided(mine), rules.decided(theirs)
    same = []
    for key in scorecard.keys:
        if key not in rows or any(d.criterion == key for d in found):
            continue
        value = own.get(key) or other.get(key) or rows[key].auto.value
        by = {(True, True): "both", (True, False): "mine", (False, True): "theirs"}
        same.append(
            Same(
                rows[key],
                value,
                names.values[value],
                by.get((key in own, key in other), "nobody"),
            )
        )
    return MergeView(
        name=opened.names.get(opened.review.reviewer_id, ""),
        submitted_at=opened.review.submitted_at,
        version=opened.review.version,
        differing=differing,
        same=same,
    )
