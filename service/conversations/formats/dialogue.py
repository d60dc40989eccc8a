"""A whole conversation in one text: "Anna: hello", "[10:02] Klient: …" → who said what."""

import re

from service.conversations.formats.options import FormatOptions
from service.conversations.formats.voices import Line, lines_of

CLOCK = re.compile(
    r"^\s*(?:[\[(]\s*)?(?:\d{4}-\d\d-\d\d[ T]|\d{1,2}[./]\d{1,2}[./]\d{2,4},?\s+)?"
    r"\d{1,2}:\d\d(?::\d\d)?(?:\s*[ap]m)?\s*(?:[\])]\s*[-–]?|\s[-–]|(?=\s+[^\W\d_]))\s*",
    re.IGNORECASE | re.ASCII,
)


def turns_of(transcript: str, options: FormatOptions) -> list[tuple[str, str]]:
    """Return (label, text) of each turn; empty if the text names no speakers.

    Lines without a name go on with what was said before; what stands before the first name belongs
    to the first speaker. Clock times in front of a name are dropped.
    """
    texts = [CLOCK.sub("", line) for line in transcript.split("\n")]
    cues = [text for text in texts if text.strip()]
    lines: list[Line] = [
        line for cue in lines_of([_literal(cue) for cue in cues], options) for line in cue
    ]
    first = next((line.label for line in lines if line.label), None)
    if first is None:
        return []
    turns: list[tuple[str, list[str]]] = []
    speaker = first
    for line in lines:
        if line.label is not None and (line.label != speaker or not turns):
            speaker = line.label
            turns.append((speaker, [line.text]))
        elif not turns:
            turns.append((speaker, [line.text]))
        else:
            turns[-1][1].append(line.text)
    return [(label, "\n".join(parts)) for label, parts in turns]


def _literal(text: str) -> str:
    """Keep what would be a caption's markup: a cell holds plain text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("{\\", "{&#92;")
