"""Transcripts of calls as WebVTT and SRT: cues in, one conversation out.

Read are W3C's WebVTT and what meeting and captioning programs make of it: voices, `Name: text`,
`[SPEAKER_01]: text`, `>> NAME:`, rolling lines, cue identifiers with slashes, SRT without numbers.
Cues give no date: a turn has a time only if the person said when the call began.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePosixPath
from typing import BinaryIO

from service.conversations.formats.options import FormatOptions
from service.conversations.formats.rolling import Said, Shown, said_once
from service.conversations.formats.speakers import bare_name, is_name, roles_of
from service.conversations.formats.voices import lines_of
from service.conversations.masking import mask_text, participants
from service.conversations.neutral import MAX_RECORD_BYTES, NeutralConversation, NeutralTurn
from service.conversations.refusals import Refused
from service.conversations.validation import Flaw, checked, decoded

ARROW = re.compile(r"\s*[\d:.,]+\s*-->", re.ASCII)
CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
TIMES = re.compile(rf"\s*{CLOCK}\s*-->\s*{CLOCK}", re.ASCII)
TURN_BYTES = 60_000  # a monologue longer than this goes on in another turn


@dataclass(frozen=True, slots=True)
class Cue:
    """What stands on the screen from start to end, in milliseconds."""

    start: int | None
    end: int | None
    text: str


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[NeutralConversation | Refused]:
    """Yield the file's one conversation, or why it is none."""
    data = stream.read(MAX_RECORD_BYTES + 1)
    if len(data) > MAX_RECORD_BYTES:
        yield Refused(0, "", "IMP-005", {"limit": MAX_RECORD_BYTES >> 20})
        return
    if not data.strip():
        yield Refused(0, "", "IMP-001")
        return
    try:
        text = decoded(data, encoding=options.encoding).removeprefix("\ufeff")
        yield checked(_conversation(text, options), row=1)
    except Flaw as flaw:
        yield flaw.refused(1)


def _conversation(text: str, options: FormatOptions) -> NeutralConversation:
    cues = list(cues_of(text))
    if not cues:
        raise Flaw("IMP-050")
    spoken = lines_of([cue.text for cue in cues], options)
    shown = (Shown(cue.start, cue.end, lines) for cue, lines in zip(cues, spoken, strict=True))
    said = list(said_once(shown))
    labels = [line.label for line in said if line.label is not None]
    if not labels:
        raise Flaw("IMP-051")
    roles = roles_of(labels, options)
    names = {role: label for label, role in reversed(roles.items()) if is_name(bare_name(label))}
    found = NeutralConversation(
        id=PurePosixPath(options.file_name.replace("\\", "/")).stem or "transcript",
        channel=options.channel or "call",
        turns=tuple(_turns(said, roles, labels[0], options)),
        language=options.language,
        agent=bare_name(names["agent"]) if "agent" in names else None,
        customer=bare_name(names["customer"]) if "customer" in names else None,
        started_at=options.started_at,
    )
    # The id is our own choice, and people name files after customers.
    return replace(found, id=mask_text(found.id, participants(found)))


def cues_of(text: str) -> Iterator[Cue]:
    """Yield the cues of a WebVTT or SRT text.

    Only what follows a line of times is a cue, so the header and NOTE, STYLE and REGION blocks are
    passed over. In WebVTT an empty line, but not one of blanks, ends a cue, and one whose times are
    none is dropped, as W3C says; in SRT only the next cue ends one, and words count more than their
    place.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    is_webvtt = lines[0].startswith("WEBVTT")
    starts = [i for i, line in enumerate(lines) if ARROW.match(line)]
    for i, following in zip(starts, [*starts[1:], None], strict=False):
        words = lines[i + 1 : following]
        if is_webvtt and "" in words:
            words = words[: words.index("")]
        elif following is not None:
            words = _without_identifier(words)
        start, end = _times(lines[i])
        if start is not None or not is_webvtt:
            yield Cue(start, end, "\n".join(words))


def _without_identifier(words: list[str]) -> list[str]:
    """Drop the next cue's number from a cue's end, and the empty lines around it."""
    while words and not words[-1].strip():
        words = words[:-1]
    return words[:-1] if words and _is_number(words[-1]) else words


def _is_number(line: str) -> bool:
    return line.strip().isascii() and line.strip().isdigit()


def _times(line: str) -> tuple[int | None, int | None]:
    found = TIMES.match(line)
    numbers = [int(part or 0) for part in found.groups()] if found else []
    if found is None or max(numbers[1], numbers[2], numbers[5], numbers[6]) > 59:
        return None, None
    starts = [found[4], found[8]]
    clock = [
        ((numbers[i] * 60 + numbers[i + 1]) * 60 + numbers[i + 2]) * 1000
        + int((starts[i // 4] or "0").ljust(3, "0"))
        for i in (0, 4)
    ]
    return clock[0], clock[1]


def _turns(
    said: list[Said], roles: dict[str, str], first: str, options: FormatOptions
) -> Iterator[NeutralTurn]:
    """Merge what one speaker says in a row into a turn. Words before any name are the first's."""
    words: list[str] = []
    label, size, start = first, 0, None
    for line in said:
        who = line.label or first
        if words and (who != label or size + len(line.text) * 4 > TURN_BYTES):
            yield _turn(label, words, start, roles, options)
            words, size = [], 0
        if not words:
            label, start = who, line.start
        words.append(line.text)
        size += len(line.text.encode("utf-8", "replace")) + 1
    if words:
        yield _turn(label, words, start, roles, options)


def _turn(
    label: str, words: list[str], start: int | None, roles: dict[str, str], options: FormatOptions
) -> NeutralTurn:
    at = None
    if options.started_at is not None and start is not None:
        at = options.started_at + timedelta(milliseconds=start)
    name = bare_name(label)
    return NeutralTurn(roles[label], " ".join(words), at, name if is_name(name) else None)
