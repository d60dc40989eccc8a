"""The words of cases: codes as people read them."""

from service.errors import N_

BANDS = {
    "very_close": N_("Very close"),
    "close": N_("Close"),
    "some": N_("Some resemblance"),
    "words": N_("By its words alone"),
}
BARS = {"very_close": 3, "close": 2, "some": 1, "words": 1}
OUTCOMES = {
    "first_contact": N_("Solved at first contact"),
    "follow_up": N_("Solved after a follow-up"),
    "escalated": N_("Solved by somebody higher up"),
    "solved": N_("Solved"),
}
FILTERS = {
    "all": N_("All"),
    "rejected": N_("Rejected by agents"),
    "retired": N_("Retired"),
}
