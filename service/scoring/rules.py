"""Which of the machine's proposals a person should look at. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

CRITICAL_DOUBT = 0.2  # probability of a fail that is worth a look where a fail is critical


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the machine says of one criterion, as far as it decides who looks at it."""

    criterion: str
    value: str
    confidence: float
    p_fail: float


def reasons(proposal: Proposal, *, is_critical: bool, unsure_below: float) -> tuple[str, ...]:
    """Return why a person should look: "critical", "fail", "unsure"; empty when nothing calls.

    Args:
        proposal: of one criterion.
        is_critical: whether a confirmed fail of it is a critical error.
        unsure_below: the confidence that is enough by itself, 0 to 1.
    """
    found = []
    if is_critical and (proposal.value == "fail" or proposal.p_fail >= CRITICAL_DOUBT):
        found.append("critical")
    if proposal.value == "fail":
        found.append("fail")
    if proposal.confidence < unsure_below:
        found.append("unsure")
    return tuple(found)


def needs_eyes(
    proposals: Iterable[Proposal], *, critical: Collection[str], unsure_below: float
) -> tuple[str, ...]:
    """Return the criteria that a person should look at, in the order given."""
    return tuple(
        proposal.criterion
        for proposal in proposals
        if reasons(proposal, is_critical=proposal.criterion in critical, unsure_below=unsure_below)
    )
