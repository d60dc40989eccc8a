"""The words of suggestions: why an agent rejects one."""

from service.errors import N_

REASONS = {
    "wrong_problem": N_("Another problem"),
    "outdated": N_("Outdated"),
    "wrong_procedure": N_("Wrong procedure"),
    "language": N_("Language does not help"),
}
