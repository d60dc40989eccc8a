"""Whether a JSON object is a conversation: the schema, and the limits it cannot say."""

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from service.conversations.moments import echo, iso_moment
from service.conversations.neutral import (
    MAX_DEPTH,
    MAX_NAME_CHARS,
    MAX_TAGS,
    MAX_TURN_BYTES,
    MAX_TURNS,
    NeutralConversation,
    NeutralTurn,
)
from service.conversations.refusals import Refused
from service.conversations.rules import CHANNELS, SPEAKERS, words

KNOWN = words("id channel language domain agent customer started_at turns csat tags metadata")


class Flaw(Exception):
    """A part of a record that is not right; becomes a `Refused` with its row."""

    def __init__(self, code: str, field: str = "", /, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.values = values

    def refused(self, row: int) -> Refused:
        """Return the refusal of the record in `row`."""
        return Refused(row, self.field, self.code, self.values)


def read_json(line: str | bytes, *, row: int, encoding: str = "utf-8") -> Any:
    """Return the JSON value of a record, read strictly.

    Raises:
        Flaw: no valid text in `encoding`, no JSON, a key twice, not finite, or nested too deep.
    """
    text = line if isinstance(line, str) else decoded(line, encoding=encoding)
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Flaw("IMP-010", column=error.pos + 1) from None
    except RecursionError:
        raise Flaw("IMP-019", limit=MAX_DEPTH) from None
    except ValueError:  # more digits than any number needs
        raise Flaw("IMP-013") from None
    return value


def decoded(data: bytes, *, encoding: str, start: int = 0) -> str:
    """Return bytes as text. `start` is where they stand in the file.

    Raises:
        Flaw: they are not valid in `encoding`.
    """
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Flaw(
            "IMP-003",
            byte=start + error.start + 1,
            encoding=encoding.upper(),
            found=f"{data[error.start]:02X}",
        ) from None
    except UnicodeError:  # UTF-16 without its mark
        raise Flaw("IMP-003", byte=start + 1, encoding=encoding.upper(), found="—") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Flaw("IMP-011")
    return found


def _no_number(_name: str) -> NoReturn:
    raise Flaw("IMP-013")


def conversation_of(value: Any, *, row: int) -> NeutralConversation | Refused:
    """Return the conversation of a JSON value, or the first reason why it is none.

    Unknown fields are ignored, as the schema says; `null` is the same as a field left out.
    """
    try:
        return _conversation(value)
    except Flaw as flaw:
        return flaw.refused(row)


def parse_record(
    line: str | bytes, *, row: int, encoding: str = "utf-8"
) -> NeutralConversation | Refused:
    """Return the conversation of one line of JSON, or the first reason why it is none."""
    try:
        return _conversation(read_json(line, row=row, encoding=encoding))
    except Flaw as flaw:
        return flaw.refused(row)


def checked(conversation: NeutralConversation, *, row: int) -> NeutralConversation | Refused:
    """Hold a conversation made by a parser against the limits of the schema."""
    try:
        _check(conversation)
    except Flaw as flaw:
        return flaw.refused(row)
    return conversation


def _conversation(value: Any) -> NeutralConversation:
    if not isinstance(value, dict):
        raise Flaw("IMP-016", expected="object")
    if value.keys() - KNOWN:  # what is ignored still has to be sane JSON
        _check_json({name: value[name] for name in value.keys() - KNOWN}, "")
    turns = value.get("turns")
    if turns is None:
        raise Flaw("IMP-015", "turns")
    if not isinstance(turns, list):
        raise Flaw("IMP-016", "turns", expected="array")
    if len(turns) > MAX_TURNS:
        raise Flaw("IMP-018", "turns", turns=len(turns), limit=MAX_TURNS)
    conversation = NeutralConversation(
        id=_required(value, "id"),
        channel=_word(value, "channel", CHANNELS, "channel"),
        turns=tuple(_turn(turn, f"turns[{i}]") for i, turn in enumerate(turns)),
        language=_name(value, "language"),
        domain=_name(value, "domain"),
        agent=_name(value, "agent"),
        customer=_name(value, "customer"),
        started_at=_moment(value, "started_at", "started_at"),
        csat=_csat(value.get("csat")),
        tags=_tags(value.get("tags")),
        metadata=_metadata(value.get("metadata")),
    )
    _check(conversation)
    return conversation


def _turn(value: Any, path: str) -> NeutralTurn:
    if not isinstance(value, dict):
        raise Flaw("IMP-016", path, expected="object")
    if len(value) > 4 or value.keys() - {"speaker", "text", "at", "author"}:
        _check_json(value, path)
    text = value.get("text")
    if text is None:
        raise Flaw("IMP-015", f"{path}.text")
    if not isinstance(text, str):
        raise Flaw("IMP-016", f"{path}.text", expected="string")
    return NeutralTurn(
        speaker=_word(value, "speaker", SPEAKERS, f"{path}.speaker"),
        text=text,
        at=_moment(value, "at", f"{path}.at"),
        author=_name(value, "author", path + "."),
    )


def _required(value: Mapping[str, Any], name: str) -> str:
    found = _name(value, name)
    if found is None:
        raise Flaw("IMP-015", name)
    return found


def _name(value: Mapping[str, Any], name: str, path: str = "") -> str | None:
    found = value.get(name)
    if found is None:
        return None
    if not isinstance(found, str):
        raise Flaw("IMP-016", path + name, expected="string")
    return found if found.strip() else None


def _word(value: Mapping[str, Any], name: str, allowed: tuple[str, ...], path: str) -> str:
    found = value.get(name)
    if found is None:
        raise Flaw("IMP-015", path)
    if not isinstance(found, str) or found not in allowed:
        raise Flaw("IMP-014", path, allowed=", ".join(allowed))
    return found


def _moment(value: Mapping[str, Any], name: str, path: str) -> datetime | None:
    found = value.get(name)
    if found is None:
        return None
    if not isinstance(found, str):
        raise Flaw("IMP-016", path, expected="string")
    at = iso_moment(found)
    if at is None:
        raise Flaw("IMP-012", path, value=echo(found))
    return at


def _csat(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Flaw("IMP-016", "csat", expected="number")
    if not 1 <= value <= 5:
        raise Flaw("IMP-023", "csat", value=_short(value))
    return value


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else "…"  # a longer number may be a phone


def _tags(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Flaw("IMP-016", "tags", expected="array")
    for i, tag in enumerate(value):
        if not isinstance(tag, str):
            raise Flaw("IMP-016", f"tags[{i}]", expected="string")
    return tuple(value)


def _metadata(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Flaw("IMP-016", "metadata", expected="object")
    return value


def _check(conversation: NeutralConversation) -> None:
    for name in ("id", "language", "domain", "agent", "customer"):
        _check_name(getattr(conversation, name), name)
    if len(conversation.turns) > MAX_TURNS:
        raise Flaw("IMP-018", "turns", turns=len(conversation.turns), limit=MAX_TURNS)
    for i, turn in enumerate(conversation.turns):
        _check_text(turn.text, f"turns[{i}].text")
        if turn.author is not None:
            _check_name(turn.author, f"turns[{i}].author")
    if len(conversation.tags) > MAX_TAGS:
        raise Flaw("IMP-018", "tags", turns=len(conversation.tags), limit=MAX_TAGS)
    for i, tag in enumerate(conversation.tags):
        _check_name(tag, f"tags[{i}]")
    if conversation.metadata:
        _check_json(conversation.metadata, "metadata")


def _check_name(value: str | None, field: str) -> None:
    if value is None:
        return
    if len(value) > MAX_NAME_CHARS:
        raise Flaw("IMP-022", field, chars=len(value), limit=MAX_NAME_CHARS)
    _check_text(value, field)


def check_characters(text: str, field: str) -> int:
    """Return a text's bytes in UTF-8.

    Raises:
        Flaw: NUL or half a surrogate pair, which one database would take and the other not.
    """
    if "\0" in text:
        raise Flaw("IMP-020", field)
    if text.isascii():
        return len(text)
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise Flaw("IMP-021", field) from None


def _check_text(text: str, field: str) -> None:
    size = check_characters(text, field)
    if size > MAX_TURN_BYTES:
        raise Flaw("IMP-017", field, bytes=size, limit=MAX_TURN_BYTES)


def _check_json(value: Any, field: str) -> None:
    """Walk a JSON value without recursion: texts, numbers, depth (the record itself is level 1)."""
    waiting: list[tuple[Any, int]] = [(value, 2)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            _check_text(item, field)
        elif isinstance(item, float):
            if not math.isfinite(item):
                raise Flaw("IMP-013", field)
        elif isinstance(item, dict | list):
            if depth > MAX_DEPTH:
                raise Flaw("IMP-019", field, limit=MAX_DEPTH)
            # Of an object its names, too; they are looked at first.
            parts = [*item.values(), *reversed(item)] if isinstance(item, dict) else item
            waiting.extend((part, depth + 1) for part in parts)
