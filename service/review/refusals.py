"""Why an act on a review is refused."""

from typing import ClassVar

from service.errors import N_, Conflict, Forbidden, Invalid


class OwnConversation(Forbidden):
    """Nobody judges themselves."""

    def __init__(self) -> None:
        super().__init__(N_("You cannot change a score of your own conversation."))


class Locked(Conflict):
    """Somebody else has the conversation open."""

    code: ClassVar[str] = "REV-423"

    def __init__(self, *, name: str, minutes: int) -> None:
        super().__init__(
            N_(
                "{name} has this conversation open. Without a change the lock ends in {minutes} min. "
                "Take another one from the queue."
            ),
            name=name,
            minutes=minutes,
        )


class AlreadySubmitted(Conflict):
    """The person submitted this review; it is not a draft any more."""

    code: ClassVar[str] = "REV-410"

    def __init__(self) -> None:
        super().__init__(N_("You submitted this review. Nothing was changed."))


class StaleReview(Conflict):
    """Somebody else submitted the review after this person had loaded it."""

    code: ClassVar[str] = "REV-409"

    def __init__(self, *, name: str, seen: int, current: int) -> None:
        super().__init__(
            N_(
                "{name} submitted this review while you were working: you started from version "
                "{seen}, it is now version {current}. Your decisions are kept as a draft. "
                "Compare both and choose."
            ),
            name=name,
            seen=seen,
            current=current,
        )
        self.seen = seen
        self.current = current


class StillOpen(Invalid):
    """Criteria that need a person's eyes are not decided yet."""

    code: ClassVar[str] = "REV-422"

    def __init__(self, numbers: list[int]) -> None:
        super().__init__(
            N_("Still to decide: {criteria}. Nothing was submitted; your draft is kept."),
            criteria=", ".join(f"C{number}" for number in numbers),
        )
        self.numbers = numbers


class NothingDecided(Invalid):
    """A review without any decision says nothing."""

    code: ClassVar[str] = "REV-422"

    def __init__(self) -> None:
        super().__init__(N_("Decide at least one criterion, or skip the conversation."))


class OpenAfterAudit(Conflict):
    """The person is to audit this conversation blind; what others say about it stays closed."""

    code: ClassVar[str] = "AUD-409"

    def __init__(self) -> None:
        super().__init__(
            N_(
                "Open after your audit: a blind audit of this conversation waits for you in the "
                "queue. Do it, or skip it with a reason."
            )
        )


class AuditGone(Conflict):
    """Somebody else submitted the audit meanwhile."""

    code: ClassVar[str] = "AUD-410"

    def __init__(self, *, name: str) -> None:
        super().__init__(
            N_("{name} submitted this audit while you were working. Nothing was changed."),
            name=name,
        )


class NotRated(Invalid):
    """An audit rates every criterion."""

    code: ClassVar[str] = "AUD-422"

    def __init__(self, numbers: list[int]) -> None:
        super().__init__(
            N_("Still to rate: {criteria}. Nothing was submitted."),
            criteria=", ".join(f"C{number}" for number in numbers),
        )
        self.numbers = numbers
