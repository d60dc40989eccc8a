"""What the machine may do in one slice (criterion × language × channel), and how that changes. Pure.

A slice rises one mode at a time, and only while the lower end of its agreement's interval (Cohen's
kappa of machine and people, from blind audits) passes the bar of the next. It falls at once and as far
as needed. People may set a limit at any time, never a mode that was not earned.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

MODES: Final = ("human_only", "suggest", "prefill", "auto_confirm")
MARGIN: Final = 0.02  # a mode is held until so far below its bar, so that no slice flickers
BELOW_PEOPLE: Final = 0.05

PREFILL: Final[Mapping[str, float]] = MappingProxyType(
    {
        **dict.fromkeys(("greeting", "escalation", "closing", "data_protection"), 0.7),
        **dict.fromkeys(("discovery", "understanding", "plan", "courtesy", "complaint"), 0.55),
        **dict.fromkeys(("empathy", "clarity"), 0.5),
    }
)
NEAR_PEOPLE: Final = frozenset({"empathy", "clarity"})  # people themselves agree less on these
ASSIST_ONLY: Final = frozenset({"solution"})


@dataclass(frozen=True, slots=True)
class Bars:
    """What a slice has to show; kappas from -1 to 1.

    audits: the least number for any mode above human only. below_people: with it, so far below
    people's agreement with each other is enough to prefill. highest: the mode that is never passed.
    """

    suggest: float = 0.4
    prefill: float = 0.55
    auto_confirm: float = 0.7
    audits: int = 45
    below_people: float | None = None
    highest: str = "auto_confirm"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What blind audits show of a slice and the present model; after a drift, those since it.

    low: lower end of the 95 % interval of kappa, None where there is none. people: people's kappa
    with each other. keeps_budget: whether a threshold was found. has_drifted: the watch's alarm.
    """

    low: float | None
    audits: int
    people: float | None = None
    keeps_budget: bool = False
    has_drifted: bool = False


@dataclass(frozen=True, slots=True)
class Right:
    """The mode of a slice, and the highest that people allow it."""

    mode: str = "human_only"
    limit: str = "auto_confirm"


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of a slice's right, with its reason as a code.

    By the machine: bound_passed, bound_dropped, too_few_audits, budget_not_kept, above_highest,
    drift, new_model. By a person, with who and why: limited, limit_lifted.
    """

    before: Right
    after: Right
    reason: str
    by: str | None = None
    why: str = ""


def default_bars(criterion: str, *, is_critical: bool = False) -> Bars:
    """Return the bars of the product's reference figures; for a criterion of one's own too.

    A critical criterion is never auto-confirmed; "solution" is assistance only.
    """
    highest = "prefill" if is_critical else "auto_confirm"
    return Bars(
        prefill=PREFILL.get(criterion, Bars().prefill),
        below_people=BELOW_PEOPLE if criterion in NEAR_PEOPLE else None,
        highest="suggest" if criterion in ASSIST_ONLY else highest,
    )


def rank(mode: str) -> int:
    """Return the place of a mode, 0 for human only."""
    return MODES.index(mode)


def lower(first: str, second: str) -> str:
    """Return the mode that allows less."""
    return min(first, second, key=rank)


def earned(evidence: Evidence, bars: Bars, *, margin: float = 0.0) -> str:
    """Return the highest mode that the evidence allows, with bars lowered by a margin."""
    if evidence.low is None or evidence.audits < bars.audits:
        return "human_only"
    needed = (bars.suggest, _prefill(bars, evidence.people), bars.auto_confirm)
    found = "human_only"
    for mode, bar in zip(MODES[1:], needed, strict=True):
        if evidence.low < bar - margin or (mode == "auto_confirm" and not evidence.keeps_budget):
            break
        found = mode
    return lower(found, bars.highest)


def judge(right: Right, evidence: Evidence, bars: Bars) -> Transition | None:
    """Return what the evidence changes by itself, or None."""
    below = MODES[max(0, rank(right.mode) - 1)]
    held = lower(lower(earned(evidence, bars, margin=MARGIN), right.limit), right.mode)
    if evidence.has_drifted and right.mode != "human_only":
        return _moved(right, lower(below, held), "drift")
    if held != right.mode:
        return _moved(right, held, _why_fallen(right, evidence, bars))
    above = MODES[min(len(MODES) - 1, rank(right.mode) + 1)]
    allowed = lower(earned(evidence, bars), right.limit)
    if evidence.has_drifted or rank(allowed) <= rank(right.mode):
        return None
    return _moved(right, lower(above, allowed), "bound_passed")


def set_limit(right: Right, limit: str, *, by: str, why: str) -> Transition | None:
    """Return what a person's limit changes; it lowers at once, and lifting it raises nothing.

    Args:
        right: the present one.
        limit: the highest mode that is allowed; "human_only" pins the slice there.
        by, why: who and the reason for the record.
    """
    if limit == right.limit:
        return None
    after = Right(lower(right.mode, limit), limit)
    is_lifted = rank(limit) > rank(right.limit)
    return Transition(right, after, "limit_lifted" if is_lifted else "limited", by, why)


def start_again(right: Right) -> Transition | None:
    """Return the fall of a slice whose model was replaced; a person's limit stays."""
    return None if right.mode == "human_only" else _moved(right, "human_only", "new_model")


def effective(mode: str, *, is_stopped: bool) -> str:
    """Return the mode in force: under the stop switch the machine only suggests."""
    return lower(mode, "suggest") if is_stopped else mode


def _prefill(bars: Bars, people: float | None) -> float:
    if people is None or bars.below_people is None:
        return bars.prefill
    return max(bars.suggest, min(bars.prefill, people - bars.below_people))


def _moved(right: Right, mode: str, reason: str) -> Transition:
    return Transition(right, replace(right, mode=mode), reason)


def _why_fallen(right: Right, evidence: Evidence, bars: Bars) -> str:
    if rank(right.mode) > rank(bars.highest):
        return "above_highest"
    if evidence.low is None or evidence.audits < bars.audits:
        return "too_few_audits"
    if right.mode == "auto_confirm" and evidence.low >= bars.auto_confirm - MARGIN:
        return "budget_not_kept"
    return "bound_dropped"
