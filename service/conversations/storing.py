"""Write masked conversations: rows in bulk, words into the index, agents by their names."""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from service import lexical
from service.conversations.neutral import NeutralConversation
from service.conversations.tables import Conversation, Revision, Turn
from service.database import new_id, now
from service.identity.actions import find_or_make_agent

OPENING_CHARS = 200
INDEXED_CHARS = 200_000


@dataclass(frozen=True, slots=True)
class Incoming:
    """A conversation as it may be stored: masked, its language known, its original's digest."""

    conversation: NeutralConversation
    language: str
    digest: str


def store(
    db: Session,
    incoming: Sequence[Incoming],
    *,
    import_id: UUID | None,
    source: str,
    agents: MutableMapping[str, UUID],
) -> list[UUID]:
    """Store new conversations in the order given; return their ids.

    Args:
        agents: name → person, filled on the way; kept by the caller over a whole file.
    """
    conversations: list[dict[str, Any]] = []
    revisions: list[dict[str, Any]] = []
    turns: list[dict[str, Any]] = []
    for one in incoming:
        identity, revision = new_id(), new_id()
        conversations.append(
            {
                "id": identity,
                "source": source,
                "external_id": one.conversation.id,
                "import_id": import_id,
                "revision": 1,
                "created_at": now(),
                **_facts(db, one, agents),
            }
        )
        revisions.append(_revision(revision, identity, 1, one))
        turns += _turns(revision, one)
    for table, rows in ((Conversation, conversations), (Revision, revisions), (Turn, turns)):
        if rows:
            db.execute(insert(table), rows)
    lexical.put_new(
        db,
        "conversation",
        [(row["id"], _words(one)) for row, one in zip(conversations, incoming, strict=True)],
    )
    return [row["id"] for row in conversations]


def revise(
    db: Session, conversation_id: UUID, incoming: Incoming, *, agents: MutableMapping[str, UUID]
) -> None:
    """Store another text of a known conversation as its next revision; the old one stays."""
    conversation = db.get_one(Conversation, conversation_id)
    conversation.revision += 1
    for name, value in _facts(db, incoming, agents).items():
        setattr(conversation, name, value)
    conversation.not_scored = None
    revision = new_id()
    db.flush()
    db.execute(
        insert(Revision), [_revision(revision, conversation_id, conversation.revision, incoming)]
    )
    if turns := _turns(revision, incoming):
        db.execute(insert(Turn), turns)
    lexical.put(db, "conversation", conversation_id, _words(incoming))


def _facts(db: Session, one: Incoming, agents: MutableMapping[str, UUID]) -> dict[str, Any]:
    found = one.conversation
    agent = main_agent(found)
    said = (turn.text for turn in found.turns if turn.speaker == "customer")
    return {
        "channel": found.channel,
        "language": one.language,
        "domain": found.domain,
        "agent_name": found.agent,
        "agent_id": _agent_id(db, agent, agents) if agent else None,
        "customer_digest": found.customer,
        "started_at": found.started_at or next((turn.at for turn in found.turns if turn.at), None),
        "csat": found.csat,
        "tags": list(found.tags),
        "details": dict(found.metadata),
        "turn_count": len(found.turns),
        "opening": " ".join(next(said, "").split())[:OPENING_CHARS],
    }


def main_agent(conversation: NeutralConversation) -> str | None:
    """Return the agent whose work is rated: the author of most agent turns (RULINGS 12)."""
    counts: dict[str, int] = {}
    for turn in conversation.turns:
        if turn.speaker == "agent" and turn.author:
            counts[turn.author] = counts.get(turn.author, 0) + 1
    if not counts:
        return conversation.agent
    return max(counts, key=lambda name: (counts[name], name == conversation.agent))


def _agent_id(db: Session, name: str, agents: MutableMapping[str, UUID]) -> UUID:
    if name not in agents:
        agents[name] = find_or_make_agent(db, name).user_id
    return agents[name]


def _revision(revision: UUID, conversation: UUID, number: int, one: Incoming) -> dict[str, Any]:
    return {
        "id": revision,
        "conversation_id": conversation,
        "number": number,
        "content_digest": one.digest,
        "imported_at": now(),
    }


def _turns(revision: UUID, one: Incoming) -> list[dict[str, Any]]:
    return [
        {
            "revision_id": revision,
            "position": position,
            "speaker": turn.speaker,
            "author": turn.author,
            "text": turn.text,
            "at": turn.at,
        }
        for position, turn in enumerate(one.conversation.turns)
    ]


def _words(one: Incoming) -> list[str]:
    # PostgreSQL refuses a document whose words take over a megabyte.
    text = "\n".join(turn.text for turn in one.conversation.turns)[:INDEXED_CHARS]
    return lexical.stems(text, one.language)
