"""JSON Lines from standard input to standard output: one out per line in, progress on the side."""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any, BinaryIO, TextIO

from service.conversations.neutral import MAX_RECORD_BYTES

BOM = b"\xef\xbb\xbf"
SKIP = 1 << 20
SHOWN_EVERY = 0.5  # seconds


def lines_of(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield (number from 1, line) for every line, blank ones too; None for one over the limit."""
    number = 0
    while line := stream.readline(MAX_RECORD_BYTES + 1):
        number += 1
        if len(line) > MAX_RECORD_BYTES:
            while line and not line.endswith(b"\n"):
                line = stream.readline(SKIP)
            yield number, None
            continue
        yield number, line.removeprefix(BOM) if number == 1 else line


def write(stream: BinaryIO, value: Any) -> None:
    """Write one JSON value and a line break, in UTF-8 whatever the terminal is set to."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "), allow_nan=False)
    stream.write(text.encode() + b"\n")


def error_line(number: int, code: str, detail: str) -> dict[str, Any]:
    """Return what stands in the place of a line that was refused."""
    return {"line": number, "error": {"code": code, "detail": detail}}


class Progress:
    """A bar on standard error: redrawn on a terminal, one line at the end anywhere else."""

    def __init__(self, what: str, *, total: int = 0, stream: TextIO | None = None) -> None:
        self._what = what
        self._total = total
        self._stream = stream or sys.stderr
        self._started = self._shown = time.monotonic()
        self._done = 0

    def add(self, count: int) -> None:
        """Count what is finished, and show it now and then."""
        self._done += count
        moment = time.monotonic()
        if self._stream.isatty() and moment - self._shown >= SHOWN_EVERY:
            self._shown = moment
            self._stream.write(f"\r{self._text()}")
            self._stream.flush()

    def end(self) -> None:
        """Say how much it was and how fast it went."""
        start = "\r" if self._stream.isatty() else ""
        self._stream.write(f"{start}{self._text()}\n")
        self._stream.flush()

    def _text(self) -> str:
        seconds = max(time.monotonic() - self._started, 1e-6)
        rate = f"{self._done} {self._what}, {self._done / seconds:.1f}/s"
        if not self._total:
            return rate
        share = min(1.0, self._done / self._total)
        return f"[{'#' * round(20 * share):20}] {rate} of {self._total}"
