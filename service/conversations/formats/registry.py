"""All import formats by name, and which one a file is."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO

from service.conversations.formats import captions, neutral_jsonl, table, zendesk
from service.conversations.formats.options import FormatOptions
from service.conversations.neutral import NeutralConversation
from service.conversations.refusals import Refused

Parser = Callable[[BinaryIO, FormatOptions], Iterator[NeutralConversation | Refused]]

PARSERS: Mapping[str, Parser] = {
    "neutral": neutral_jsonl.parse,
    "csv": table.parse,
    "xlsx": table.parse,
    "zendesk": zendesk.parse,
    "webvtt": captions.parse,
    "srt": captions.parse,
}
ALIASES: Mapping[str, str] = {
    "jsonl": "neutral", "ndjson": "neutral", "json": "neutral", "afterword": "neutral",
    "table": "csv", "tsv": "csv", "excel": "xlsx", "vtt": "webvtt", "captions": "webvtt",
}  # fmt: skip
ENDINGS: Mapping[str, str] = {
    ".csv": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".vtt": "webvtt", ".srt": "srt",
}  # fmt: skip
HEAD_BYTES = 65_536


def format_named(name: str) -> str | None:
    """Return a format by its name or another name of it, or None."""
    folded = name.casefold().strip()
    folded = ALIASES.get(folded, folded)
    return folded if folded in PARSERS else None


def detect(file_name: str, head: bytes) -> str | None:
    """Return the format of a file by its name and its first 64 KiB; None if it is no known one.

    JSON Lines are told apart by their keys; what a file holds counts more than its name.
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if start.startswith(b"WEBVTT"):
        return "webvtt"
    if start.startswith((b"{", b"[{")):
        return "zendesk" if _is_zendesk(start) else "neutral"
    ending = PurePosixPath(file_name.replace("\\", "/")).suffix.casefold()
    if ending in ENDINGS:
        return ENDINGS[ending]
    if b"-->" in head and b":" in head.partition(b"-->")[0]:
        return "srt"
    return "neutral" if ending in {".jsonl", ".ndjson", ".json"} else None


def _is_zendesk(head: bytes) -> bool:
    if b'"turns"' in head:
        return False
    signs = (b'"comments"', b'"requester_id"', b'"assignee_id"', b'"html_body"', b'"via"')
    return sum(sign in head for sign in signs) >= 2 or b'"comments"' in head


def parser_of(name: str) -> Parser:
    """Return the parser of a format.

    Raises:
        KeyError: there is no such format.
    """
    return PARSERS[name]
