"""Our own format: one JSON object a line, as `afterword schema conversation` describes it.

A file that is one JSON array of such objects is read as well, up to the size of one record.
"""

from collections.abc import Iterator
from typing import BinaryIO

from service.conversations.formats.lines import BOM, numbered_lines
from service.conversations.formats.options import FormatOptions
from service.conversations.neutral import MAX_RECORD_BYTES, NeutralConversation
from service.conversations.refusals import Refused
from service.conversations.validation import Flaw, conversation_of, decoded, read_json


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[NeutralConversation | Refused]:
    """Yield each line's conversation, or why it is none. Blank lines are passed over."""
    values = _array(stream, options)
    if values is not None:
        for row, value in enumerate(values, start=1):
            yield conversation_of(value, row=row)
        return
    is_empty = True
    for row, start, line in numbered_lines(stream):
        is_empty = False
        if line is None:
            yield Refused(row, "", "IMP-005", {"limit": MAX_RECORD_BYTES >> 20})
            continue
        try:
            text = decoded(line, encoding=options.encoding, start=start)
            value = read_json(text, row=row)
        except Flaw as flaw:
            yield flaw.refused(row)
        else:
            yield conversation_of(value, row=row)
    if is_empty:
        yield Refused(0, "", "IMP-001")


def _array(stream: BinaryIO, options: FormatOptions) -> list[object] | None:
    """Return the values of a file that is one array of objects; None for anything else."""
    if not stream.seekable():
        return None
    head = stream.read(1024)
    stream.seek(0)
    start = head.removeprefix(BOM).lstrip()
    if not start.startswith(b"[") or not start[1:].lstrip().startswith(b"{"):
        return None
    data = stream.read(MAX_RECORD_BYTES + 1)
    stream.seek(0)
    try:
        value = read_json(decoded(data.removeprefix(BOM), encoding=options.encoding), row=0)
    except Flaw:
        return None  # the lines say what is wrong where
    return value if isinstance(value, list) else None
