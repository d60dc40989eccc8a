"""Disputes in words, marked for translation; they are translated where shown."""

from collections.abc import Mapping
from typing import Final

from service.errors import N_

STATES: Final[Mapping[str, str]] = {
    "open": N_("Under dispute"),
    "answered": N_("Answered"),
    "escalated": N_("Under dispute, with a lead"),
    "closed": N_("Answered by a lead, final"),
}
OUTCOMES: Final[Mapping[str, str]] = {
    "accepted": N_("Accepted: the agent's level stands."),
    "partly": N_("Partly accepted: another level stands."),
    "rejected": N_("Rejected: the level stays as it was."),
    "criterion_unclear": N_("Criterion unclear: in no number until calibration has settled it."),
}
WHY_NOT: Final[Mapping[str, str]] = {
    "own": N_("It is about your own conversation. Somebody else answers."),
    "answered": N_("It is answered."),
    "reviewed": N_("It is about your own review. Another reviewer answers."),
    "once": N_("You gave the first answer. Another lead gives the last."),
    "lead": N_("It has gone to the leads. One of them answers."),
}
