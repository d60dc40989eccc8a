"""The states of coaching in words, marked for translation; they are translated where shown."""

from collections.abc import Mapping
from typing import Final

from service.errors import N_

STATES: Final[Mapping[str, str]] = {
    "draft": N_("Draft, not announced"),
    "announced": N_("Announced"),
    "held": N_("Held"),
    "acknowledged": N_("Held and acknowledged"),
}
RHYTHMS: Final[Mapping[str, str]] = {
    "weekly": N_("Every week"),
    "two_weekly": N_("Every two weeks"),
    "monthly": N_("Every month"),
}
REASONS: Final[Mapping[str, str]] = {
    "new": N_("In the team for 60 days or less."),
    "below_target": N_("{criteria} below target by more than the interval."),
    "on_target": N_("Experienced, and no criterion below target."),
    "usual": N_("Nothing calls for another rhythm."),
}
CHANGES: Final[Mapping[str, str]] = {
    "not_enough": N_("Not enough data for a comparison."),
    "better": N_("Better: the change is larger than chance."),
    "worse": N_("Worse: the change is larger than chance."),
    "unclear": N_("No change that can be told from chance."),
}
ACTION_NAMES: Final[Mapping[str, str]] = {
    "open": N_("Open"),
    "done": N_("Done"),
    "dropped": N_("Dropped"),
}
