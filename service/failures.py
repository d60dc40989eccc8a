"""What the command line says where a command cannot go on: sentences, and the exit status."""

from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import DBAPIError, OperationalError

from service.config import SecretMissing, Settings
from service.database import OldSqlite
from service.errors import DomainError

PREFIX = "AFTERWORD_"
REFUSED = 1
UNUSABLE = 2  # settings or arguments; the status that wrong options have as well
FULL_SIGNS = ("disk is full", "No space left")
FULL = "SYS-507 The disk is full. Make room and run the command again."
AWAY = (
    "SYS-503 The database does not answer. Check that it runs and that AFTERWORD_DATABASE_URL is "
    "right, then run the command again."
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a command ended: one sentence for each thing that is wrong, and the exit status."""

    sentences: tuple[str, ...]
    status: int = REFUSED


def told(error: Exception) -> Failure | None:
    """Return what to say of an error; None where it is a fault of the program.

    No sentence holds what a setting was set to, or what a database or driver said: both may be
    passwords.
    """
    if isinstance(error, DomainError):
        return Failure((f"{error.code} {error}",))
    if isinstance(error, OldSqlite | SecretMissing):
        return Failure((str(error),))
    if isinstance(error, ValidationError) and error.title == Settings.__name__:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return Failure(tuple(map(_setting, found)), UNUSABLE)
    if isinstance(error, DBAPIError):
        return _database(error)
    if isinstance(error, OSError):
        return _file(error)
    return None


def _setting(found: ErrorDetails) -> str:
    reason = found["msg"].removeprefix("Value error, ")
    if not found["loc"]:  # of several settings together; the reason names them
        return f"{reason}."
    return f"{PREFIX}{str(found['loc'][0]).upper()}: {reason[0].lower()}{reason[1:]}."


def _database(error: DBAPIError) -> Failure | None:
    text = str(error.orig)
    if any(sign in text for sign in FULL_SIGNS):
        return Failure((FULL,))
    return Failure((AWAY,)) if isinstance(error, OperationalError) else None


def _file(error: OSError) -> Failure | None:
    text = str(error.strerror)
    if any(sign in text for sign in FULL_SIGNS):
        return Failure((FULL,))
    if error.filename is None:
        return None
    return Failure((f"SYS-500 {text}: {error.filename}",))
