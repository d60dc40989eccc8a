"""Neutral conversations to import, and what an export says of them."""

import json

from service.conversations.exporting import export_lines
from service.conversations.neutral import NeutralConversation, NeutralTurn
from service.database import Database


def conversation(name: str = "c-1", **fields: object) -> NeutralConversation:
    given = {
        "id": name,
        "channel": "chat",
        "turns": (
            NeutralTurn("customer", "Dzień dobry, mój mail to jan@poczta.example, gdzie paczka?"),
            NeutralTurn("agent", "Dzień dobry, już sprawdzam zamówienie 88120931."),
        ),
        **fields,
    }
    return NeutralConversation(**given)  # type: ignore[arg-type]


def exported(database: Database) -> list[dict[str, object]]:
    return [json.loads(line) for line in export_lines(database)]
