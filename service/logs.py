"""Log lines: events with fields, on standard error.

No transcript and no secret stands in them: a fault is told by its kind and its lines of code. What
it says, and what variables held, is left out: both may quote what somebody wrote.
"""

import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

TELL_CODE = (AttributeError, ImportError, NameError, TypeError)  # their words are names in code


def configure() -> None:
    """Set this process's log up; standard output is left to what commands answer."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tell_fault,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # whichever it is then
    )


def tell_fault(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Put a fault's kind and place where its traceback would stand."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    if error is not None:
        event["exception"] = fault_text(error)
    return event


def fault_text(error: BaseException) -> str:
    """Return where an error came from, and what it came of, without anybody's words."""
    lines: list[str] = []
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        said = f": {at}" if isinstance(at, TELL_CODE) else ""
        lines += [*traceback.format_tb(at.__traceback__), f"{type(at).__qualname__}{said}\n"]
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
        if at is not None:
            lines.append("came of:\n")
    return "".join(lines).rstrip("\n")
