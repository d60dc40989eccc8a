"""JSON Schema of a conversation, as `afterword schema conversation` prints it."""

from typing import Any

from service.conversations.neutral import MAX_NAME_CHARS, MAX_TAGS, MAX_TURNS
from service.conversations.rules import CHANNELS, SPEAKERS

NAME = {"type": "string", "maxLength": MAX_NAME_CHARS}
MOMENT = {
    "type": ["string", "null"],
    "format": "date-time",
    "description": "ISO 8601; without a zone it is UTC",
}


def _optional(description: str) -> dict[str, Any]:
    return {
        "type": ["string", "null"],
        "maxLength": MAX_NAME_CHARS,
        "description": description,
    }


TURN: dict[str, Any] = {
    "type": "object",
    "required": ["speaker", "text"],
    "properties": {
        "speaker": {"enum": list(SPEAKERS)},
        "text": {
            "type": "string",
            "description": "plain text, at most 65,536 bytes in UTF-8, without NUL",
        },
        "at": MOMENT,
        "author": _optional("which agent, where a conversation has several"),
    },
}

CONVERSATION: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Conversation",
    "description": (
        "One exchange with a customer, one object a line. Other fields than these are accepted "
        "and ignored; put what is to be kept into metadata."
    ),
    "type": "object",
    "required": ["id", "channel", "turns"],
    "properties": {
        "id": {**NAME, "minLength": 1, "description": "unique within its source"},
        "channel": {"enum": list(CHANNELS)},
        "language": _optional("ISO 639-1 code; detected from the customer's side when absent"),
        "domain": _optional("line of business"),
        "agent": _optional("who served the customer; kept as it is"),
        "customer": _optional("kept as a keyed digest only"),
        "started_at": MOMENT,
        "turns": {"type": "array", "maxItems": MAX_TURNS, "items": TURN},
        "csat": {"type": ["number", "null"], "minimum": 1, "maximum": 5},
        "tags": {"type": ["array", "null"], "items": NAME, "maxItems": MAX_TAGS},
        "metadata": {
            "type": ["object", "null"],
            "description": "anything in JSON, at most 64 levels deep; texts are masked",
        },
    },
}
