"""What coaching refuses, in words for the person who sees it."""

from service.errors import N_, Conflict, Invalid


class StaleSession(Conflict):
    """The session changed since the page was opened."""

    code = "COA-409"

    def __init__(self) -> None:
        super().__init__(
            N_(
                "This session was saved elsewhere since you opened it. What you typed is still "
                "here: save again to replace what was saved."
            )
        )


class NotADraft(Conflict):
    """The agenda is announced: it stands as the agent has it."""

    code = "COA-410"

    def __init__(self) -> None:
        super().__init__(N_("The agenda is announced. It stands as the agent has it."))


class NoTime(Invalid):
    """A session needs a day and a time before it is announced."""

    code = "COA-421"

    def __init__(self) -> None:
        super().__init__(N_("Choose the day and the time of the session, then announce it."))


class TooSoon(Invalid):
    """The agent would get the agenda less than 24 hours before."""

    code = "COA-422"

    def __init__(self) -> None:
        super().__init__(
            N_(
                "The agent gets the agenda at least 24 hours before the session. "
                "Choose a later time. Your changes are saved as a draft."
            )
        )


class NothingToTalkAbout(Invalid):
    """Every point was dropped."""

    code = "COA-423"

    def __init__(self) -> None:
        super().__init__(N_("The agenda is empty. Keep or add a point, then announce it."))


class TooLittlePraise(Invalid):
    """More critical examples than good ones."""

    code = "COA-424"

    def __init__(self, *, critical: int, praise: int) -> None:
        super().__init__(
            N_(
                "There are {critical} critical examples and {praise} good ones. Add a good "
                "example or drop a critical one. Your changes are saved as a draft."
            ),
            critical=critical,
            praise=praise,
        )


class TooManyGaps(Invalid):
    """A third criterion to work on."""

    code = "COA-425"

    def __init__(self) -> None:
        super().__init__(
            N_("Two criteria to work on are enough for one session. Drop one of them first.")
        )


class TooManyActions(Invalid):
    """A sixth action item."""

    code = "COA-426"

    def __init__(self) -> None:
        super().__init__(N_("A session ends with 1 to 5 action items."))


class NoDueDay(Invalid):
    """An action item without a day to check it."""

    code = "COA-427"

    def __init__(self) -> None:
        super().__init__(N_("An action item needs a day on which it is checked."))


class NotNow(Conflict):
    """The session is in another state than the act needs."""

    code = "COA-411"

    def __init__(self) -> None:
        super().__init__(N_("The session has moved on. Reload the page to see where it stands."))
