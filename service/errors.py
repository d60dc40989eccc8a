"""Requests that were understood and are refused. No HTTP here."""

from typing import ClassVar


def N_(message: str) -> str:  # noqa: N802 -- gettext's own name for "translate later"
    """Mark a text for translation; it is translated where it is shown."""
    return message


class DomainError(Exception):
    """A request that was understood and is refused.

    The message is an English msgid written for the person who sees it, with `{named}` values;
    `code` is for programs. `service.web.problems` maps each subclass to one HTTP status and
    translates the text; nothing below it knows HTTP.
    """

    code: ClassVar[str] = "REQ-400"

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def __str__(self) -> str:
        return self.message.format(**self.values)


class NotFound(DomainError):
    """There is no such thing, or not for this person: both look the same."""

    code = "REQ-404"

    def __init__(self, message: str = N_("There is nothing here for you.")) -> None:
        super().__init__(message)


class Forbidden(DomainError):
    """The person may see it, yet not do this."""

    code = "AUT-403"


class SignInNeeded(DomainError):
    """Nobody is signed in."""

    code = "AUT-401"

    def __init__(self) -> None:
        super().__init__(N_("Sign in to go on."))


class TooManyTries(DomainError):
    """A throttle refused before any password was looked at."""

    code = "AUT-429"


class Invalid(DomainError):
    """A value that cannot be taken."""

    code = "REQ-422"


class Conflict(DomainError):
    """Somebody else was faster."""

    code = "REQ-409"


class TooLarge(DomainError):
    """Over a documented limit."""

    code = "REQ-413"


class Unavailable(DomainError):
    """A part that is needed cannot answer now; trying again later helps."""

    code = "SYS-503"


class DiskFull(DomainError):
    """No room to store anything."""

    code = "SYS-507"

    def __init__(self) -> None:
        super().__init__(
            N_("The disk is full. Nothing was saved; what you typed is still in this page.")
        )
