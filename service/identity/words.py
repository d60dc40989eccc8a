"""What roles are called, to be translated where they are shown."""

from service.errors import N_

ROLE_NAMES = {
    "reviewer": N_("Reviewer"),
    "mentor": N_("Mentor"),
    "lead": N_("Lead"),
    "agent": N_("Agent"),
    "admin": N_("Admin"),
}
