"""Lines of a file that may be of any size, without ever holding more than one."""

from collections.abc import Iterator
from typing import BinaryIO

from service.conversations.neutral import MAX_RECORD_BYTES

BOM = b"\xef\xbb\xbf"


def numbered_lines(stream: BinaryIO) -> Iterator[tuple[int, int, bytes | None]]:
    """Yield (row from 1, offset of its first byte, line) for each line that is not blank.

    A line over the limit comes as None. A byte order mark at the start is left out.
    """
    row, offset = 0, 0
    while line := stream.readline(MAX_RECORD_BYTES + 1):
        row, start = row + 1, offset
        offset += len(line)
        if len(line) > MAX_RECORD_BYTES:
            offset += _skip(stream, line)
            yield row, start, None
            continue
        if row == 1 and line.startswith(BOM):
            line, start = line[3:], 3
        if not line.isspace() and line:
            yield row, start, line


def _skip(stream: BinaryIO, line: bytes) -> int:
    """Read on to the end of a line that is too long; return how many bytes that took."""
    skipped = 0
    while not line.endswith(b"\n"):
        line = stream.readline(1 << 20)
        if not line:
            break
        skipped += len(line)
    return skipped
