"""JSON Schemas of what the commands read and write, as `afterword schema NAME` prints them."""

from collections.abc import Callable, Mapping
from typing import Any

from prompts.schema import Scorecard
from service.conversations.schema import CONVERSATION, TURN
from service.scoring.tables import SENTIMENTS, VALUES

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PROBABILITY = {"type": "number", "minimum": 0, "maximum": 1}
POSITION = {"type": "integer", "minimum": 0, "description": "of a turn, from 0"}
RESOLUTIONS = ("yes", "partly", "no", "unknown")
NOT_SCORED = ("language", "no_agent", "empty")
LETTERS = ("P", "H", "F", "N")
LINE_ID = {"type": ["string", "integer"], "description": "as it was read"}
TEXT = {"type": "string", "description": "at most 65,536 bytes in UTF-8"}
ERROR = {
    "title": "A line that was refused",
    "type": "object",
    "required": ["line", "error"],
    "additionalProperties": False,
    "properties": {
        "line": {"type": "integer", "minimum": 1},
        "error": {
            "type": "object",
            "required": ["code", "detail"],
            "additionalProperties": False,
            "properties": {"code": {"type": "string"}, "detail": {"type": "string"}},
        },
    },
}


def _object(properties: Mapping[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        "properties": dict(properties),
    }


def _probabilities(values: tuple[str, ...]) -> dict[str, Any]:
    return _object(dict.fromkeys(values, PROBABILITY))


def _document(title: str, description: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"$schema": DRAFT, "title": title, "description": description, **body}


def conversation(_scorecard: Scorecard) -> dict[str, Any]:
    """Return the schema of what `import` and `rate` read."""
    return CONVERSATION


def rating(scorecard: Scorecard) -> dict[str, Any]:
    """Return the schema of a line that `rate` writes."""
    criterion = _criterion()
    line = _object(
        {
            "id": {"type": "string"},
            "language": {"type": "string", "description": "of the customer; und when unsure"},
            "model": {"type": "string"},
            "scorecard": {"const": scorecard.id},
            "quality_score": {"type": ["number", "null"], "minimum": 0, "maximum": 100},
            "not_scored": {
                "enum": [None, *NOT_SCORED],
                "description": "why every criterion is na, if so; language: it is not scored, or "
                "without a customer's words it could not be told",
            },
            "ratings": _object({one.key: criterion for one in scorecard.criteria}),
            **_verdicts(),
        }
    )
    return _document(
        "Rating",
        "One object a line, in the order of the conversations; an error stands in the place of a "
        "line that was refused.",
        {"oneOf": [line, ERROR]},
    )


def _criterion() -> dict[str, Any]:
    """Return what is said of one criterion."""
    return _object(
        {
            "value": {"enum": list(VALUES)},
            "probabilities": _probabilities(VALUES),
            "confidence": {**PROBABILITY, "description": "the probability of the value"},
            "evidence": {
                "type": "array",
                "items": POSITION,
                "description": "agent turns, best first; empty for na",
            },
            "found": {
                "type": "boolean",
                "description": "false: a fail by absence; evidence then holds the closest turns",
            },
        }
    )


def _verdicts() -> dict[str, Any]:
    """Return what is said of the whole conversation, beside the criteria."""
    mood = _object(
        {
            "turn": POSITION,
            "value": {"enum": list(SENTIMENTS)},
            "probabilities": _probabilities(SENTIMENTS),
        }
    )
    topic = _object(
        {
            "value": {"type": "string"},
            "probabilities": {"type": "object", "additionalProperties": PROBABILITY},
        }
    )
    resolved = _object(
        {"value": {"enum": list(RESOLUTIONS)}, "probabilities": _probabilities(RESOLUTIONS)}
    )
    return {
        "sentiment": {
            "type": "array",
            "items": mood,
            "description": "of each customer's turn; empty where not_scored is language or empty, "
            "since no head reads such a conversation",
        },
        "resolved": resolved,
        "risk": _object({"probability": PROBABILITY}),
        "topic": topic,
    }


def sentiment(_scorecard: Scorecard) -> dict[str, Any]:
    """Return the schema of a line that `sentiment` writes; it reads id and text."""
    line = _object(
        {
            "id": LINE_ID,
            "value": {"enum": list(SENTIMENTS)},
            "probabilities": _probabilities(SENTIMENTS),
        }
    )
    return _document(
        "Sentiment",
        'The mood of one text. Read are lines of {"id", "text"}.',
        {"oneOf": [line, ERROR]},
    )


def similar(_scorecard: Scorecard) -> dict[str, Any]:
    """Return the schema of a line that `similar` writes; it reads id and text."""
    hit = _object({"case": LINE_ID, "score": PROBABILITY})
    line = _object(
        {
            "id": LINE_ID,
            "hits": {
                "type": "array",
                "items": hit,
                "description": "as many as asked for, or all cases if there are fewer",
            },
            "not_searched": {
                "const": "nothing_to_search_for",
                "description": "why there are no hits, if the text has no letter and no digit",
            },
        },
        optional=("not_searched",),
    )
    return _document(
        "Similar cases",
        'Most similar first. Queries are lines of {"id", "text"}, cases of {"id", "problem", '
        '"solution"?, "language"?}.',
        {"oneOf": [line, ERROR]},
    )


def training(scorecard: Scorecard) -> dict[str, Any]:
    """Return the schema of a line that `train` reads: a conversation with ratings."""
    rated = {
        "type": "object",
        "required": ["value"],
        "properties": {
            "value": {
                "enum": [*LETTERS, *VALUES],
                "description": "P pass, H partial, F fail, N na, or the words of `rate`",
            },
            "evidence": {"type": "array", "items": POSITION},
        },
    }
    short = {
        "type": "array",
        "prefixItems": [{"enum": ["C", "A", "B", "S", "N"]}, TEXT],
        "minItems": 2,
        "maxItems": 2,
        "description": "speaker (customer, agent, bot, system, note) and text",
    }
    ratings = {
        "type": "object",
        "properties": {one.key: rated for one in scorecard.criteria},
        "additionalProperties": False,
        "description": "any of the criteria",
    }
    return _document(
        "Rated conversation",
        "One object a line: a neutral conversation, or a short form of it, with the ratings that "
        "people gave. Everything but turns and ratings may be left out.",
        {
            "type": "object",
            "required": ["turns", "ratings"],
            "properties": {
                "id": {"type": "string"},
                "lang": {"type": "string"},
                "language": {"type": ["string", "null"]},
                "channel": {"type": "string"},
                "turns": {"type": "array", "minItems": 1, "items": {"anyOf": [short, TURN]}},
                "ratings": ratings,
                "sentiment": {"description": 'turn -> "-", "0" or "+", or as `rate` writes it'},
                "resolved": {"description": "y, p, n or u, or as `rate` writes it"},
                "risk": {"description": "0 or 1"},
                "topic": {"description": "a word, or as `rate` writes it"},
                "acts": {"type": "object", "description": "turn -> act tags"},
            },
        },
    )


SCHEMAS: Mapping[str, Callable[[Scorecard], dict[str, Any]]] = {
    "conversation": conversation,
    "rating": rating,
    "sentiment": sentiment,
    "similar": similar,
    "training": training,
}
