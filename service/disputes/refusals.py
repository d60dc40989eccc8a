"""What disputes refuse, in words for the person who sees it."""

from datetime import datetime
from typing import ClassVar

from service.errors import N_, Conflict, Forbidden, Invalid


class WindowClosed(Conflict):
    """The time to disagree is over."""

    code: ClassVar[str] = "DIS-410"

    def __init__(self, *, days: int) -> None:
        super().__init__(
            N_("A decision can be disputed for {days} days. This one is older; it stands."),
            days=days,
        )


class AlreadyDisputed(Conflict):
    """One dispute for each criterion of a review."""

    code: ClassVar[str] = "DIS-409"

    def __init__(self) -> None:
        super().__init__(N_("You have disputed this criterion of this review already."))


class TooManyOpen(Conflict):
    """Somebody has to answer the open ones first."""

    code: ClassVar[str] = "DIS-411"

    def __init__(self, *, most: int) -> None:
        super().__init__(
            N_(
                "{most} of your disputes wait for an answer. Nothing was sent; "
                "send this one once one of them is answered."
            ),
            most=most,
        )


class NothingToDispute(Invalid):
    """Nobody decided this criterion, or it is what the agent says it is."""

    code: ClassVar[str] = "DIS-421"

    def __init__(self) -> None:
        super().__init__(N_("Choose another level than the one that stands."))


class NoSentence(Invalid):
    """A dispute, and an answer to it, need their reason."""

    code: ClassVar[str] = "DIS-422"

    def __init__(self, *, most: int) -> None:
        super().__init__(N_("Write why, in 1 to {most} characters."), most=most)


class NoSuchTurn(Invalid):
    """A turn that the conversation does not have."""

    code: ClassVar[str] = "DIS-423"

    def __init__(self, *, last: int) -> None:
        super().__init__(
            N_("Write the turns as numbers from 1 to {last}, for example 4, 10."), last=last
        )


class AlreadyAnswered(Conflict):
    """Somebody else answered the dispute after this person had loaded it."""

    code: ClassVar[str] = "DIS-412"

    def __init__(self, *, name: str, at: datetime) -> None:
        super().__init__(
            N_("{name} answered this dispute at {time} UTC. Your answer was not taken."),
            name=name,
            time=f"{at:%H:%M}",
        )


class NotYours(Forbidden):
    """Somebody else has to answer."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class NoEscalation(Conflict):
    """It was escalated before, the time is over, or the agent was right."""

    code: ClassVar[str] = "DIS-413"

    def __init__(self) -> None:
        super().__init__(N_("This answer is final."))
