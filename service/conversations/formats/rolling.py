"""What captions say, read once where they roll.

Rolling captions show words again: a line moves up, grows word by word, or the next cue begins with
the last words of the one before. People repeat themselves, too: a cue that says nothing new counts
as shown again only where it overlaps in time, or where other cues of the file roll.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from service.conversations.formats.voices import Line

GAP = 50  # milliseconds between two cues that follow each other
FEWEST = 2  # words in a row that are no chance
MOST = 40  # words compared: more than a line of captions holds


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands on the screen from start to end, in milliseconds, None where unknown."""

    start: int | None
    end: int | None
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Said:
    """A line with its speaker, None as long as nobody was named."""

    label: str | None
    text: str
    start: int | None


def said_once(cues: Iterable[Shown]) -> Iterator[Said]:
    """Yield each line once. Lines without a name are said by the one who spoke before."""
    shown = list(_attributed(cues))
    is_rolling = any(_moves(before, cue) for before, cue in pairwise(shown))
    before: Shown | None = None
    last: Said | None = None
    for cue in shown:
        fresh = cue.lines
        if before is not None and last is not None and _follows(before, cue):
            last, fresh = _continued(last, before, cue, is_rolling=is_rolling)
        for line in fresh:
            if last is not None:
                yield last
            last = Said(line.label, line.text, cue.start)
        before = cue
    if last is not None:
        yield last


def _attributed(cues: Iterable[Shown]) -> Iterator[Shown]:
    speaker: str | None = None
    for cue in cues:
        lines = []
        for line in cue.lines:
            speaker = line.label or speaker
            lines.append(Line(speaker, line.text))
        if lines:
            yield replace(cue, lines=lines)


def _follows(before: Shown, cue: Shown) -> bool:
    return cue.start is None or before.end is None or cue.start <= before.end + GAP


def _overlaps(before: Shown, cue: Shown) -> bool:
    return cue.start is not None and before.end is not None and cue.start < before.end


def _moves(before: Shown, cue: Shown) -> bool:
    """Return whether a cue repeats the one before and goes on."""
    if not _follows(before, cue):
        return False
    if repeated := _repeated(before.lines, cue.lines):
        return repeated < len(cue.lines)
    return _grows(before.lines, cue.lines) or bool(_rest(before.lines, cue.lines[0]))


def _continued(
    last: Said, before: Shown, cue: Shown, *, is_rolling: bool
) -> tuple[Said, list[Line]]:
    """Return the last line said, perhaps longer, and the lines that were not shown before."""
    lines = cue.lines
    is_shown_again = is_rolling or _overlaps(before, cue)
    if repeated := _repeated(before.lines, lines):
        is_known = is_shown_again or repeated < len(lines)
        return last, lines[repeated:] if is_known else lines
    if _grows(before.lines, lines):
        more = lines[0].text[len(before.lines[-1].text) :]
        return replace(last, text=last.text + more), lines[1:]
    rest = _rest(before.lines, lines[0])
    if rest:
        return last, [Line(lines[0].label, rest), *lines[1:]]
    return last, lines[1:] if rest is not None and is_shown_again else lines


def _repeated(shown: list[Line], lines: list[Line]) -> int:
    """Return how many lines at the start of a cue stood at the end of the one before."""
    for size in range(min(len(shown), len(lines)), 0, -1):
        if shown[-size:] == lines[:size]:
            return size
    return 0


def _grows(shown: list[Line], lines: list[Line]) -> bool:
    """Return whether a cue's first line is the last line shown, with more words."""
    if shown[-1].label != lines[0].label:
        return False
    old, new = shown[-1].text, lines[0].text
    return len(old) > 3 and new.startswith(old) and new[len(old) : len(old) + 1].isspace()


def _rest(shown: list[Line], line: Line) -> str | None:
    """Return what a line says after the words it shares with the end of the cue before.

    None where they share no words; empty where it says nothing else.
    """
    if shown[-1].label != line.label:
        return None
    old = [word for one in shown if one.label == line.label for word in one.text.split()][-MOST:]
    new = line.text.split()
    for size in range(min(len(old), len(new)), FEWEST - 1, -1):
        if old[-size:] == new[:size]:
            return " ".join(new[size:])
    return None
