"""Write conversations out again in the neutral format, masked, in import order."""

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from service.conversations.neutral import NeutralConversation, NeutralTurn, to_line
from service.conversations.tables import Conversation, Revision, Turn
from service.database import Database

BATCH = 200


def export_lines(database: Database) -> Iterator[str]:
    """Yield the newest revision of every stored conversation, one JSON object a line.

    Ids are those imported. Each batch is one short read, so an export blocks nobody.
    """
    last = None
    while True:
        with database.reading() as db:
            statement = select(Conversation).order_by(Conversation.id).limit(BATCH)
            if last is not None:
                statement = statement.where(Conversation.id > last)
            batch = list(db.scalars(statement))
            if not batch:
                return
            turns = _turns(db, batch)
        for conversation in batch:
            yield to_line(_neutral(conversation, turns.get(conversation.id, ())))
        last = batch[-1].id


def _turns(db: Session, batch: list[Conversation]) -> dict[object, tuple[NeutralTurn, ...]]:
    rows = db.execute(
        select(Revision.conversation_id, Turn)
        .join(Turn, Turn.revision_id == Revision.id)
        .where(
            tuple_(Revision.conversation_id, Revision.number).in_(
                [(conversation.id, conversation.revision) for conversation in batch]
            )
        )
        .order_by(Revision.conversation_id, Turn.position)
    )
    return {
        conversation_id: tuple(
            NeutralTurn(row.Turn.speaker, row.Turn.text, row.Turn.at, row.Turn.author)
            for row in group
        )
        for conversation_id, group in groupby(rows, key=lambda row: row.conversation_id)
    }


def _neutral(conversation: Conversation, turns: tuple[NeutralTurn, ...]) -> NeutralConversation:
    return NeutralConversation(
        id=conversation.external_id,
        channel=conversation.channel,
        turns=turns,
        language=conversation.language,
        domain=conversation.domain,
        agent=conversation.agent_name,
        customer=conversation.customer_digest,
        started_at=conversation.started_at,
        csat=conversation.csat,
        tags=tuple(conversation.tags),
        metadata=conversation.details,
    )
