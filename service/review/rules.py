"""What needs a person's eyes, in which order, and what a review's decisions add up to. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from prompts.schema import Criterion, Scorecard
from prompts.scoring import quality_score

CRITICAL_FROM: Final = 10.0  # a priority from here up nominates a critical error
MINUTES_A_TURN: Final = 0.1
MINUTES_A_DECISION: Final = 0.4
UNHAPPY_CSAT: Final = 2.0
HAPPY_CSAT: Final = 4.0
GOOD_SCORE: Final = 80.0
WEAK_SCORE: Final = 50.0
MOST_REASONS: Final = 4
RISKY: Final = 0.5


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the machine says about one criterion."""

    criterion: str
    value: str
    confidence: float  # 0 to 1
    evidence: tuple[int, ...] = ()
    is_found: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person says about one criterion; `undone` is no decision, but keeps the comment."""

    criterion: str
    value: str
    decision: str  # confirmed, corrected, undone
    root_cause: str | None = None
    comment: str = ""
    reason: str | None = None  # of a correction

    @property
    def is_made(self) -> bool:
        """Whether the criterion is decided."""
        return self.decision != "undone"


@dataclass(frozen=True, slots=True)
class Difference:
    """One criterion that two people decided differently, and whose side is suggested, if any."""

    criterion: str
    mine: Decision
    theirs: Decision
    suggested: str | None  # mine, theirs


def is_nominated(proposal: Proposal, criterion: Criterion) -> bool:
    """Whether the machine proposes a critical error; only a person can confirm it."""
    return criterion.is_critical and proposal.value == "fail"


def needs_eyes(proposal: Proposal, criterion: Criterion, *, unsure_below: float) -> bool:
    """Whether a person has to decide: the machine is unsure, or proposes a fail or something
    that lies on the way to a critical error.
    """
    return (
        proposal.confidence < unsure_below
        or proposal.value == "fail"
        or (criterion.is_critical and proposal.value == "partial")
    )


def grouped(
    proposals: Mapping[str, Proposal], scorecard: Scorecard, *, unsure_below: float
) -> tuple[list[Criterion], list[Criterion]]:
    """Return the criteria that need eyes and those the machine is sure of.

    Nominated critical errors come first, then the scorecard's order. The order depends on the
    machine's proposals alone, so no row jumps when a person decides. A criterion without a
    proposal is in neither.
    """
    proposed = [criterion for criterion in scorecard.criteria if criterion.key in proposals]
    eyes = [c for c in proposed if needs_eyes(proposals[c.key], c, unsure_below=unsure_below)]
    eyes.sort(key=lambda criterion: not is_nominated(proposals[criterion.key], criterion))
    return eyes, [criterion for criterion in proposed if criterion not in eyes]


def priority(proposals: Mapping[str, Proposal], scorecard: Scorecard, *, risk: float = 0) -> float:
    """Return how soon a conversation is to be reviewed; higher comes first.

    Between 0 and 2: how unsure the machine is, weighted by the criteria's weights, plus the
    probability that a lead should look at it. A nominated critical error puts it above all others.
    """
    weights = {c.key: c.weight for c in scorecard.criteria if c.key in proposals}
    doubt = sum(weight * (1 - proposals[key].confidence) for key, weight in weights.items())
    base = doubt / max(1, sum(weights.values())) + risk
    nominated = [
        proposals[c.key].confidence
        for c in scorecard.criteria
        if c.key in proposals and is_nominated(proposals[c.key], c)
    ]
    return base + (CRITICAL_FROM + max(nominated) if nominated else 0.0)


def disagrees_with_csat(score: float | None, csat: float | None) -> bool:
    """Whether the customer's own mark (1 to 5) contradicts the auto-scores (0 to 100)."""
    if score is None or csat is None:
        return False
    return (score >= GOOD_SCORE and csat <= UNHAPPY_CSAT) or (
        score <= WEAK_SCORE and csat >= HAPPY_CSAT
    )


def why(
    proposals: Mapping[str, Proposal],
    scorecard: Scorecard,
    *,
    unsure_below: float,
    risk: float = 0,
    score: float | None = None,
    csat: float | None = None,
) -> list[dict[str, Any]]:
    """Return why a conversation waits, as codes with their facts; the page puts them into words.

    Codes: critical, risk, csat, fail, unsure, and sure when there is nothing to worry about. What
    matters most comes first; unsure criteria by what they put at stake.
    """
    eyes, _ = grouped(proposals, scorecard, unsure_below=unsure_below)
    nominated = [c for c in eyes if is_nominated(proposals[c.key], c)]
    found: list[dict[str, Any]] = [_reason("critical", proposals[c.key]) for c in nominated]
    if risk >= RISKY:
        found.append({"code": "risk", "confidence": round(risk, 2)})
    if disagrees_with_csat(score, csat):
        found.append({"code": "csat"})
    rest = [c for c in eyes if c not in nominated]
    unsure = [c for c in rest if proposals[c.key].confidence < unsure_below]
    unsure.sort(key=lambda c: -c.weight * (1 - proposals[c.key].confidence))
    fails = [c for c in rest if proposals[c.key].value == "fail" and c not in unsure]
    found += [_reason("fail", proposals[c.key]) for c in fails]
    found += [_reason("unsure", proposals[c.key]) for c in unsure]
    return found[:MOST_REASONS] or [{"code": "sure"}]


def _reason(code: str, proposal: Proposal) -> dict[str, Any]:
    return {
        "code": code,
        "criterion": proposal.criterion,
        "confidence": round(proposal.confidence, 2),
    }


def expected_minutes(*, turns: int, open_criteria: int) -> float:
    """Return the effort of one review in minutes, at least 1: reading, then deciding."""
    return max(1.0, round(MINUTES_A_TURN * turns + MINUTES_A_DECISION * open_criteria, 1))


def default_reason(proposal: Proposal, value: str) -> str:
    """Return the likeliest reason for replacing the machine's value; it stands unless changed."""
    if value == "na":
        return "does_not_apply"
    if proposal.value == "na" or not proposal.is_found:
        return "evidence_missed"
    if value == "fail":
        return "evidence_does_not_show_it"
    return "wrong_level"


def default_root_cause(criterion: Criterion, value: str) -> str | None:
    """Return the likeliest cause of a fail; other values need none."""
    return criterion.default_root_cause if value == "fail" else None


def decided(decisions: Mapping[str, Decision]) -> dict[str, str]:
    """Return the values that people decided: the only ones that enter a number (RULING 8)."""
    return {key: made.value for key, made in decisions.items() if made.is_made}


def review_score(scorecard: Scorecard, decisions: Mapping[str, Decision]) -> float | None:
    """Return the quality score of a review in percent; None while too little weight is decided."""
    return quality_score(scorecard, decided(decisions))


def critical_errors(scorecard: Scorecard, decisions: Mapping[str, Decision]) -> list[str]:
    """Return the critical criteria that a person failed: the flag beside the score."""
    values = decided(decisions)
    return [c.key for c in scorecard.criteria if c.is_critical and values.get(c.key) == "fail"]


def undecided(eyes: Sequence[Criterion], decisions: Mapping[str, Decision]) -> list[Criterion]:
    """Return the criteria that still need a decision before the review can be submitted."""
    values = decided(decisions)
    return [criterion for criterion in eyes if criterion.key not in values]


def differences(
    scorecard: Scorecard, mine: Mapping[str, Decision], theirs: Mapping[str, Decision]
) -> list[Difference]:
    """Return the criteria that two people decided differently, in the scorecard's order.

    What only one of them decided is no difference: it stands. A side is suggested where only one
    of the two found something against the machine.
    """
    found = []
    for key in scorecard.keys:
        own, other = mine.get(key), theirs.get(key)
        if own is None or other is None or not (own.is_made and other.is_made):
            continue
        if (own.value, own.root_cause, own.comment) != (
            other.value,
            other.root_cause,
            other.comment,
        ):
            found.append(Difference(key, own, other, _suggested(own, other)))
    return found


def _suggested(mine: Decision, theirs: Decision) -> str | None:
    if mine.decision == theirs.decision:
        return None
    return "mine" if mine.decision == "corrected" else "theirs"


def merged(
    scorecard: Scorecard,
    mine: Mapping[str, Decision],
    theirs: Mapping[str, Decision],
    choices: Mapping[str, str],
) -> dict[str, Decision]:
    """Return one set of decisions from two people's.

    Args:
        choices: `mine` or `theirs` for each criterion that differs.

    Raises:
        KeyError: for a criterion that differs and was not chosen.
    """
    differing = {difference.criterion for difference in differences(scorecard, mine, theirs)}
    result: dict[str, Decision] = {}
    for key in scorecard.keys:
        sides = {"mine": mine.get(key), "theirs": theirs.get(key)}
        made = [side for side in sides.values() if side is not None and side.is_made]
        chosen = sides[choices[key]] if key in differing else next(iter(made), None)
        if chosen is not None:
            result[key] = chosen
    return result
