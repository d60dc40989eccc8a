"""Our own format: one JSON object a line, as `afterword schema conversation` describes it."""

from collections.abc import Iterator
from typing import BinaryIO

from service.conversations.formats.lines import numbered_lines
from service.conversations.formats.options import FormatOptions
from service.conversations.neutral import MAX_RECORD_BYTES, NeutralConversation
from service.conversations.refusals import Refused
from service.conversations.validation import Flaw, conversation_of, decoded, read_json


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[NeutralConversation | Refused]:
    """Yield each line's conversation, or why it is none. Blank lines are passed over."""
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
