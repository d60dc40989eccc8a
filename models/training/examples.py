"""Read rated conversations: our own training lines, contrast sets, and corrections.

Three forms of a line are read, all JSON objects:

* a training line: `turns` as [["C", text], …], `ratings` with P, H, F, N;
* a contrast line: `context` and `replies`; each reply becomes an example of its own, whose last
  turn alone carries labels;
* a neutral conversation: `turns` as [{"speaker", "text"}, …], `ratings` in the words of VALUES.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.types import RESOLUTIONS, SENTIMENTS, VALUES, Dialogue, Speaker, Turn

SPEAKERS: dict[str, Speaker] = {
    "C": "customer", "A": "agent", "S": "system", "B": "bot", "N": "note",
    "customer": "customer", "agent": "agent", "system": "system", "bot": "bot", "note": "note",
}  # fmt: skip
LETTERS = dict(zip("PHFN", VALUES, strict=True)) | {value: value for value in VALUES}
SIGNS = dict(zip("-0+", SENTIMENTS, strict=True)) | {word: word for word in SENTIMENTS}
ENDINGS = dict(zip("ypnu", RESOLUTIONS, strict=True)) | {word: word for word in RESOLUTIONS}


class BadExample(ValueError):
    """A line of training data that cannot be used, with the reason."""


@dataclass(frozen=True, slots=True)
class Rated:
    """The value a person gave a criterion, and the agent turns that show it (may be none)."""

    value: str
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation with whatever is known of it.

    Attributes:
        id: of the line, for splits and messages.
        dialogue: what was said.
        ratings: any of the criteria.
        sentiment: turn -> one of SENTIMENTS.
        acts: turn -> act tags without their speaker; a turn that is absent is not tagged.
        resolved, risk, topic: None where unknown.
        is_reply: one of several replies to one context, from a contrast set.
    """

    id: str
    dialogue: Dialogue
    ratings: Mapping[str, Rated] = field(default_factory=dict)
    sentiment: Mapping[int, str] = field(default_factory=dict)
    acts: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    resolved: str | None = None
    risk: bool | None = None
    topic: str | None = None
    is_reply: bool = False


def read_examples(path: Path) -> list[Example]:
    """Read a JSON Lines file; blank lines are skipped.

    Raises:
        BadExample: with the number of the line.
    """
    examples: list[Example] = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    examples.extend(parse_line(line, str(number)))
                except BadExample as error:
                    raise BadExample(f"{path.name}, line {number}: {error}") from error
    return examples


def parse_line(line: str, default_id: str = "") -> list[Example]:
    """Return the examples of one line: one, or one per reply; raises BadExample."""
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            raise BadExample("it is not a JSON object")
        return list(_replies(row)) if "replies" in row else [_conversation(row, default_id)]
    except BadExample:
        raise
    except ValueError as error:
        raise BadExample("it is not JSON") from error
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise BadExample(f"a field is missing or has the wrong shape ({error})") from error


def _conversation(row: Mapping[str, Any], default_id: str) -> Example:
    dialogue = _dialogue(row, row["turns"])
    positions = range(len(dialogue.turns))
    risk = row.get("risk")
    return Example(
        id=str(row.get("id") or default_id),
        dialogue=dialogue,
        ratings={
            key: Rated(_word(LETTERS, rating["value"]), _evidence(rating, dialogue))
            for key, rating in (row.get("ratings") or {}).items()
        },
        sentiment={
            int(turn): _word(SIGNS, sign)
            for turn, sign in _mapping(row.get("sentiment")).items()
            if int(turn) in positions
        },
        acts={
            int(turn): tuple(tags)
            for turn, tags in (row.get("acts") or {}).items()
            if int(turn) in positions
        },
        resolved=_plain(row.get("resolved"), ENDINGS),
        risk=None if risk is None or isinstance(risk, dict) else bool(risk),
        topic=_topic(row.get("topic")),
    )


def _replies(row: Mapping[str, Any]) -> Iterator[Example]:
    """Yield an example per reply: its context, then itself; the last turn carries the labels."""
    last = len(row["context"])
    for number, reply in enumerate(row["replies"]):
        sentiment = reply.get("sentiment") if row["speaker"] == "C" else None
        values = reply.get("values") or {}
        yield Example(
            id=f"{row['id']}/{number}",
            dialogue=_dialogue(row, [*row["context"], [row["speaker"], reply["text"]]]),
            ratings={key: Rated(_word(LETTERS, v), (last,)) for key, v in values.items()},
            sentiment={last: _word(SIGNS, sentiment)} if sentiment else {},
            acts={last: tuple(reply["acts"])},
            is_reply=True,
        )


def _dialogue(row: Mapping[str, Any], turns: Sequence[Any]) -> Dialogue:
    if not turns:
        raise BadExample("it has no turns")
    pairs = [(t["speaker"], t["text"]) if isinstance(t, dict) else (t[0], t[1]) for t in turns]
    return Dialogue(
        channel=str(row.get("channel", "")),
        language=str(row.get("lang") or row.get("language") or "und"),
        turns=tuple(Turn(_word(SPEAKERS, speaker), str(text)) for speaker, text in pairs),
    )


def _evidence(rating: Mapping[str, Any], dialogue: Dialogue) -> tuple[int, ...]:
    """Keep what exists and is the agent's; a machine's guess at an absence is no evidence."""
    if rating.get("found") is False:
        return ()
    return tuple(
        turn
        for turn in rating.get("evidence") or ()
        if turn in range(len(dialogue.turns)) and dialogue.turns[turn].speaker == "agent"
    )


def _word(words: Mapping[str, Any], given: object) -> Any:
    if not isinstance(given, str) or given not in words:
        raise BadExample(f"{str(given)[:20]!r} is none of {', '.join(words)}")
    return words[given]


def _plain(given: object, words: Mapping[str, str]) -> str | None:
    """Read a label that may come as a word, or as the object that `rate` prints."""
    if isinstance(given, dict):
        given = given.get("value")
    return None if given is None else str(_word(words, given))


def _topic(given: object) -> str | None:
    if isinstance(given, dict):
        given = given.get("value")
    return given if isinstance(given, str) else None


def _mapping(given: object) -> Mapping[str, Any]:
    """Read `{turn: value}`, or the list of objects that `rate` prints."""
    if isinstance(given, list):
        return {str(one["turn"]): one["value"] for one in given}
    return given if isinstance(given, dict) else {}
