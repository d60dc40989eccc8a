"""Personal data is replaced by typed masks before anything is stored, scored or logged.

`mask_text` is idempotent: it repeats until nothing more is found, and never looks inside a mask.
"""

import dataclasses
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from service.conversations.names import Names, name_spans, names_of
from service.conversations.neutral import NeutralConversation, NeutralTurn
from service.conversations.number_context import Span
from service.conversations.recognisers import spans

MASK = re.compile(r"\[(?:[A-Z]{2,10}|AGENT_NAME|CUSTOMER_NAME)\]")
KINDS = (
    *("EMAIL", "PHONE", "CARD", "IBAN", "ACCOUNT", "PESEL", "NIP", "REGON", "INN", "OGRN", "SNILS"),
    *("PASSPORT", "IP", "URL", "POSTCODE", "AGENT_NAME", "CUSTOMER_NAME"),
)
DIGEST = re.compile(r"customer-[0-9a-f]{32}")
# Keys of metadata whose value is a name even if nobody said whose.
NAME_KEY = re.compile(
    r"(?:^|_|\b)(?:(?:first|last|full|sur|customer|client|requester|contact|user)_?names?"
    r"|customer|requester|imi[eę]|nazwisko|имя|фамилия|фио)$",
    re.IGNORECASE,
)
HIDDEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
DISGUISED = re.compile(HIDDEN.pattern + r"|[\uff01-\uff5e]|(?![0-9])\d")
ROUNDS = 4  # a mask can free a neighbour once or twice, never more

Participants = tuple[tuple[str, Names], ...]


def participants(conversation: NeutralConversation) -> Participants:
    """Return the names of a conversation's people, by the mask that hides them."""
    customers = [turn.author for turn in conversation.turns if turn.speaker == "customer"]
    others = [turn.author for turn in conversation.turns if turn.speaker != "customer"]
    return (
        ("AGENT_NAME", names_of({conversation.agent, *others})),
        ("CUSTOMER_NAME", names_of({conversation.customer, *customers})),
    )


def mask_text(text: str, people: Participants = ()) -> str:
    """Return a text with its personal data replaced by masks such as `[EMAIL]`."""
    for _ in range(ROUNDS):
        masked = _once(text, people)
        if masked == text:
            break
        text = masked
    return text


def _once(text: str, people: Participants) -> str:
    found = _found(text, people)
    if not found:
        return text
    taken = bytearray(len(text))
    if "[" in text:
        for mask in MASK.finditer(text):
            taken[mask.start() : mask.end()] = b"\1" * len(mask.group())
    parts: list[str] = []
    at = 0
    for span in found:
        if span.start >= at and taken.find(1, span.start, span.end) < 0:
            parts += (text[at : span.start], f"[{span.kind}]")
            at = span.end
    return "".join(parts) + text[at:]


def _found(text: str, people: Participants) -> list[Span]:
    """Return where personal data stands, also where it is written in disguise.

    Zero-width characters inside a number and full-width or other digits are looked through: the
    recognisers read a plain copy, and what they find is carried back to the text.
    """
    plain, places = _plain(text)
    found = spans(plain)
    if people:
        found = sorted([*found, *name_spans(plain, people)], key=lambda span: span.start)
    if places is None:
        return found
    return [Span(places[one.start], places[one.end - 1] + 1, one.kind) for one in found]


def _plain(text: str) -> tuple[str, list[int] | None]:
    """Return a text as the recognisers read it, and the place of each of its characters."""
    if text.isascii() or not DISGUISED.search(text):
        return text, None
    kept = [
        (place, _plain_character(char)) for place, char in enumerate(text) if not HIDDEN.match(char)
    ]
    return "".join(char for _, char in kept), [place for place, _ in kept]


def _plain_character(char: str) -> str:
    if "\uff01" <= char <= "\uff5e":  # full-width ASCII
        return chr(ord(char) - 0xFEE0)
    value = unicodedata.decimal(char, None)
    return char if value is None else str(value)


def mask_conversation(conversation: NeutralConversation, *, key: bytes) -> NeutralConversation:
    """Return a conversation as it may be stored and scored.

    Masked are the turns' texts, the tags and the values of the metadata. `agent` and the authors
    of agents' turns stay; `customer` becomes a digest under `key`, the authors of customers' turns
    are dropped.
    """
    people = participants(conversation)
    return dataclasses.replace(
        conversation,
        turns=tuple(_masked_turn(turn, people) for turn in conversation.turns),
        customer=customer_digest(conversation.customer, key=key),
        domain=mask_text(conversation.domain, people) if conversation.domain else None,
        tags=tuple(mask_text(tag, people) for tag in conversation.tags),
        metadata=mask_metadata(conversation.metadata, people),
    )


def _masked_turn(turn: NeutralTurn, people: Participants) -> NeutralTurn:
    author = None if turn.speaker == "customer" else turn.author
    return NeutralTurn(turn.speaker, mask_text(turn.text, people), turn.at, author)


def customer_digest(customer: str | None, *, key: bytes) -> str | None:
    """Return a customer's keyed digest, the same for every way to write the name in letters.

    A digest stays what it is, so that an export can be imported again.
    """
    if customer is None or DIGEST.fullmatch(customer):
        return customer
    name = " ".join(customer.casefold().split())
    return "customer-" + hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:32]


def mask_metadata(metadata: Mapping[str, Any], people: Participants = ()) -> dict[str, Any]:
    """Return metadata with keys and values masked; a key tells what a bare number is."""
    return {
        mask_text(name, people): _masked_value(value, name, people)
        for name, value in metadata.items()
    }


def _masked_value(value: Any, name: str, people: Participants) -> Any:
    if isinstance(value, Mapping):
        return mask_metadata(value, people)
    if isinstance(value, list):
        return [_masked_value(item, name, people) for item in value]
    if isinstance(value, bool) or not isinstance(value, str | int):
        return value
    text = str(value)
    if isinstance(value, str) and NAME_KEY.search(name) and not MASK.fullmatch(text) and text:
        return "[CUSTOMER_NAME]"
    label = f"{name.replace('_', ' ')}: "
    masked = mask_text(label + text, people)
    if masked == label + text:
        return value
    return masked.removeprefix(label) if masked.startswith(label) else mask_text(text, people)
