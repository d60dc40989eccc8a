"""The lines of a cue, each with the name of who says it."""

import re
from dataclasses import dataclass
from html import unescape

from service.conversations.formats.options import FormatOptions
from service.conversations.formats.speakers import PHONE_LABEL, role_of_label
from service.conversations.rules import words

VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:[ \t]+([^<>]*))?>|</v>", re.IGNORECASE)
TAG = re.compile(r"</?(?:[a-zA-Z][^<>]*|\d[\d:.,]*)?>|\{\\[^{}]*\}")
BRACKETED = re.compile(r"^(?:-\s*)?\[([^\[\]\n]{1,60})\]\s*:?\s*(?=\S|$)")
NAMED = re.compile(r"^(?:-\s*|>>+\s*)?(\+?[^\W_](?:[\w .,'’&/*-]|\([^()]*\)){0,58}?)\s*:(?:\s+|$)")
CHANGE = re.compile(r"^>>+\s*")
SPEAKER_LABEL = re.compile(r"(?:speaker|mówca|спикер|говорящий)[ _-]*\w{1,3}$", re.IGNORECASE)
NO_NAMES = words(
    "note uwaga ps nb http https re fw fwd tel nr np внимание примечание итак example e.g i.e "
    "pytanie odpowiedź question answer вопрос ответ"
)
MOST_WORDS = 4
OTHER = ("Speaker 1", "Speaker 2")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cue; `label` is None where nobody is named."""

    label: str | None
    text: str


def lines_of(cues: list[str], options: FormatOptions) -> list[list[Line]]:
    """Return the lines of each cue with their speakers.

    `Name:` at the start of a line is believed if the name is a role, was named by the person, looks
    like SPEAKER_01, or if names begin at least half of the cues that say something; otherwise a
    colon is a colon.
    """
    voiced = [_voices(cue) for cue in cues]
    believed = _believed([line for lines in voiced for line in lines], options)
    spoken = [[_named(line, believed) for line in lines] for lines in voiced]
    if not any(line.label for lines in spoken for line in lines):
        spoken = _changes(spoken)
    return [
        [Line(line.label, text) for line in lines if (text := CHANGE.sub("", line.text).strip())]
        for lines in spoken
    ]


def _voices(cue: str) -> list[Line]:
    """Split a cue at its voices and line breaks; other tags go, entities become characters."""
    lines: list[Line] = []
    label: str | None = None
    at = 0
    for tag in [*VOICE.finditer(cue), None]:
        part = cue[at : tag.start() if tag else len(cue)]
        for text in part.split("\n"):
            plain = " ".join(unescape(TAG.sub("", text)).replace("\u200b", "").split())
            plain = plain.replace("\u200e", "").replace("\u200f", "").strip()
            if plain:
                lines.append(Line(label, plain))
        if tag is not None:
            named = " ".join(unescape(tag[1] or "").split())
            label = named or None
            at = tag.end()
    return lines


def _believed(lines: list[Line], options: FormatOptions) -> frozenset[str]:
    """Return the labels before colons that are speakers."""
    if any(line.label for line in lines):  # a file with voices: only what names a role besides
        unvoiced = {_label(line.text) for line in lines if line.label is None}
        return frozenset(
            label
            for label in unvoiced
            if label and (options.speaker_of(label) or role_of_label(label))
        )
    labels = [_label(line.text) for line in lines]
    found = [label for label in labels if label is not None]
    sure = {
        label
        for label in found
        if options.speaker_of(label) or role_of_label(label) or is_speaker_shaped(label)
    }
    is_usual = 2 * len(found) >= len(lines)
    repeated = (
        {label for label in found if found.count(label) > 1} if len(found) < 10_000 else set()
    )
    return frozenset(set(found) if is_usual else sure | repeated)


def _label(text: str) -> str | None:
    if bracketed := BRACKETED.match(text):
        inside = " ".join(bracketed[1].split())
        # "[music]" and "[laughs]" are sounds; a speaker is followed by a colon or is numbered.
        is_speaker = text[: bracketed.end()].rstrip().endswith(":") or is_speaker_shaped(inside)
        return inside if is_speaker else None
    named = NAMED.match(text)
    if named is None:
        return None
    label = " ".join(named[1].split())
    words = re.sub(r"\([^()]*\)", "", label).split()
    if not 0 < len(words) <= MOST_WORDS or label.casefold() in NO_NAMES:
        return None
    is_capital = all(word[0].isupper() or word[0].isdigit() or len(word) < 4 for word in words)
    is_role = role_of_label(label) is not None
    return (
        label
        if is_role or (is_capital and words[0][0].isupper()) or is_speaker_shaped(label)
        else None
    )


def is_speaker_shaped(label: str) -> bool:
    """Return whether a label can be nothing but a speaker: SPEAKER_01, +48 601 *** 567."""
    return SPEAKER_LABEL.match(label) is not None or PHONE_LABEL.fullmatch(label) is not None


def _named(line: Line, believed: frozenset[str]) -> Line:
    if line.label is not None:
        return line
    label = _label(line.text)
    if label is None or label not in believed:
        return line
    shape = BRACKETED if BRACKETED.match(line.text) else NAMED
    return Line(label, shape.sub("", line.text, count=1).strip())


def _changes(cues: list[list[Line]]) -> list[list[Line]]:
    """Read `>>` without names as two people who take turns."""
    if not any(CHANGE.match(line.text) for lines in cues for line in lines):
        return cues
    who = 1
    changed = []
    for lines in cues:
        labelled = []
        for line in lines:
            if CHANGE.match(line.text):
                who = 1 - who
            labelled.append(Line(OTHER[who], line.text))
        changed.append(labelled)
    return changed
