"""Whether agreement has fallen: a test after every audit, with a stated rate of false alarms. Pure.

The Shiryaev–Roberts e-detector of Shin, Ramdas and Rinaldo ("E-detectors: a nonparametric framework
for sequential change detection", New England Journal of Statistics in Data Science 2, 2024), on
likelihood ratios of an agreement that has dropped against one that has not, averaged over several
drops. While agreement is at least its reference, the detector minus the number of audits is a
supermartingale, so the chance of an alarm within m audits is at most m / limit, however it varies.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

DROPS: Final = (0.05, 0.1, 0.2, 0.35)
FALSE_ALARMS: Final = 0.05  # a year
LEAST: Final = 0.01  # an agreement is kept this far from 0 and 1, so that one audit is never proof


@dataclass(frozen=True, slots=True)
class Watch:
    """What is being watched for, and how far it has come.

    reference: agreement that is no alarm, 0 to 1. dropped: agreements that are looked for.
    limit: the evidence that raises the alarm. evidence: one number per agreement looked for.
    """

    reference: float
    dropped: tuple[float, ...]
    limit: float
    evidence: tuple[float, ...]
    audits: int = 0

    @property
    def level(self) -> float:
        """How near the alarm is: 0 none, 1 alarm."""
        return min(1.0, sum(self.evidence) / len(self.evidence) / self.limit)

    @property
    def is_alarm(self) -> bool:
        """Whether agreement has fallen."""
        return self.level >= 1


def watch(
    reference: float,
    *,
    audits_a_year: float,
    false_alarms: float = FALSE_ALARMS,
    drops: Sequence[float] = DROPS,
) -> Watch:
    """Return a watch that has seen nothing.

    Args:
        reference: agreement, 0 to 1, that is still well; take the lower end of the interval at
            which a mode was earned, so that the doubt about it is no false alarm.
        audits_a_year: how many audits a year will be told to it.
        false_alarms: the chance of an alarm within a year without a fall, above 0 and below 1.
        drops: how far agreement may fall, each above 0.

    Raises:
        ValueError: for a rate or a number of audits that is not above 0.
    """
    if false_alarms <= 0 or audits_a_year <= 0:
        raise ValueError("audits and false alarms a year are above 0")
    held = min(1 - LEAST, max(2 * LEAST, reference))
    dropped = tuple(max(LEAST, held - drop) for drop in drops)
    return Watch(held, dropped, audits_a_year / false_alarms, (0.0,) * len(dropped))


def update(state: Watch, agrees: bool, *, weight: float = 1.0) -> Watch:
    """Return the watch after one more audit.

    Args:
        state: before it.
        agrees: whether machine and person gave the same value.
        weight: 0 to 1, in proportion to 1 / inclusion probability where those differ.
    """
    evidence = tuple(
        (before + 1) * (1 + weight * (_ratio(state.reference, fallen, agrees=agrees) - 1))
        for before, fallen in zip(state.evidence, state.dropped, strict=True)
    )
    return replace(state, evidence=evidence, audits=state.audits + 1)


def _ratio(held: float, fallen: float, *, agrees: bool) -> float:
    return fallen / held if agrees else (1 - fallen) / (1 - held)
