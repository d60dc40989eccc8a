"""The neutral form of a conversation: what every parser gives and every program reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from service.conversations.refusals import REASONS, Refused, explain
from service.conversations.rules import CHANNELS, SPEAKERS

__all__ = [
    "CHANNELS",
    "REASONS",
    "SPEAKERS",
    "NeutralConversation",
    "NeutralTurn",
    "Refused",
    "explain",
    "to_line",
    "to_object",
]

MAX_TURN_BYTES = 65_536
MAX_TURNS = 5_000
MAX_DEPTH = 64
MAX_NAME_CHARS = 500
MAX_TAGS = 1_000
MAX_RECORD_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class NeutralTurn:
    """One uninterrupted message. `author` is which agent, where a conversation has several."""

    speaker: str
    text: str
    at: datetime | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class NeutralConversation:
    """One exchange with a customer, as it came in.

    `language` is what the file said, None if nothing; `csat` is 1 to 5; times are aware UTC.
    """

    id: str
    channel: str
    turns: tuple[NeutralTurn, ...]
    language: str | None = None
    domain: str | None = None
    agent: str | None = None
    customer: str | None = None
    started_at: datetime | None = None
    csat: float | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


def to_object(conversation: NeutralConversation) -> dict[str, Any]:
    """Return the conversation as the JSON object of `afterword schema conversation`."""
    known: dict[str, Any] = {"id": conversation.id, "channel": conversation.channel}
    for name in ("language", "domain", "agent", "customer"):
        if (value := getattr(conversation, name)) is not None:
            known[name] = value
    if conversation.started_at is not None:
        known["started_at"] = _stamp(conversation.started_at)
    known["turns"] = [_turn(turn) for turn in conversation.turns]
    if conversation.csat is not None:
        known["csat"] = conversation.csat
    if conversation.tags:
        known["tags"] = list(conversation.tags)
    if conversation.metadata:
        known["metadata"] = dict(conversation.metadata)
    return known


def to_line(conversation: NeutralConversation) -> str:
    """Return the conversation as one line of JSON, without its line break."""
    return json.dumps(to_object(conversation), ensure_ascii=False, separators=(", ", ": "))


def _turn(turn: NeutralTurn) -> dict[str, str]:
    known = {"speaker": turn.speaker, "text": turn.text}
    if turn.at is not None:
        known["at"] = _stamp(turn.at)
    if turn.author is not None:
        known["author"] = turn.author
    return known


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
