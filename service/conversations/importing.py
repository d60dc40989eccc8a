"""Take conversations from a stream into the database: each whole or not at all, each once.

Reading, masking and detecting the language happen outside any transaction; a batch of conversations
is then stored in one short one. A process killed between two batches leaves whole conversations;
running again finds them and goes on.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from uuid import UUID

from sqlalchemy import Row, delete, select, tuple_
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from service.conversations.language import language_of
from service.conversations.masking import mask_conversation
from service.conversations.neutral import NeutralConversation, to_line
from service.conversations.refusals import BROKEN, Refused
from service.conversations.storing import Incoming, revise, store
from service.conversations.tables import Conversation, Import, RefusedRecord, Revision
from service.database import Database

TRIES = 3
BATCH = 100  # conversations a transaction: short enough for pages to go on meanwhile


@dataclass(slots=True)
class Counts:
    """What became of the records so far."""

    imported: int = 0
    unchanged: int = 0
    revised: int = 0
    refused: int = 0


@dataclass(slots=True)
class _Importer:
    """One run over one file."""

    database: Database
    import_id: UUID
    source: str
    is_resumed: bool  # an earlier run over this file was cut off
    counts: Counts = field(default_factory=Counts)
    agents: dict[str, UUID] = field(default_factory=dict)


Known = Mapping[str, Row[str, UUID, int, UUID | None, str]]


def import_records(
    database: Database,
    import_id: UUID,
    records: Iterable[NeutralConversation | Refused],
    *,
    position: Callable[[], int] = lambda: 0,
) -> Counts:
    """Store a file's conversations and note its refusals, in batches.

    Args:
        database: where to.
        import_id: the Import row, which exists; its counts move on with every batch.
        records: what a parser of `formats` yields, in file order.
        position: bytes of the file read so far, for the progress shown.

    Returns:
        The counts: imported, unchanged, revised, refused. A run that goes on after a crash counts
        as imported what its first part brought.
    """
    with database.writing() as db:
        row = db.get_one(Import, import_id)
        is_resumed = row.bytes_read > 0
        row.state = "running"
        if row.error and row.error["code"] == BROKEN:  # an earlier try's
            row.error, row.finished_at = None, None
        source = row.source
        db.execute(delete(RefusedRecord).where(RefusedRecord.import_id == import_id))
    importer = _Importer(database, import_id, source, is_resumed)
    for batch in _batches(records):
        _take(importer, batch, position())
    return importer.counts


def _batches(
    records: Iterable[NeutralConversation | Refused],
) -> Iterator[list[NeutralConversation | Refused]]:
    """Cut the records into batches; an id stands in one only once, so that its second text finds
    the first in the database.
    """
    batch: list[NeutralConversation | Refused] = []
    ids: set[str] = set()
    for record in records:
        is_repeated = isinstance(record, NeutralConversation) and record.id in ids
        if batch and (is_repeated or len(batch) == BATCH):
            yield batch
            batch, ids = [], set()
        batch.append(record)
        if isinstance(record, NeutralConversation):
            ids.add(record.id)
    if batch:
        yield batch


def _take(importer: _Importer, batch: Sequence[NeutralConversation | Refused], read: int) -> None:
    secret = importer.database.secret
    refused = [record for record in batch if isinstance(record, Refused)]
    records = [record for record in batch if isinstance(record, NeutralConversation)]
    digests = {record.id: content_digest(record, secret=secret) for record in records}
    with importer.database.reading() as db:
        known = _known(db, importer.source, list(digests))
    fresh = [
        Incoming(mask_conversation(record, key=secret), language_of(record), digests[record.id])
        for record in records
        if record.id not in known or known[record.id].content_digest != digests[record.id]
    ]
    unchanged = sorted(digests.keys() - {one.conversation.id for one in fresh})
    for attempt in range(TRIES):
        try:
            _commit(importer, fresh, unchanged, refused, read)
        except (IntegrityError, OperationalError):  # another import brought the same meanwhile
            if attempt == TRIES - 1:
                raise
        else:
            break


def _commit(
    importer: _Importer,
    fresh: Sequence[Incoming],
    unchanged: Sequence[str],
    refused: Sequence[Refused],
    read: int,
) -> None:
    """Store one batch in one transaction; what the importer remembers moves on only with it."""
    counts, agents = replace(importer.counts), dict(importer.agents)
    with importer.database.writing() as db:
        known = _known(db, importer.source, [one.conversation.id for one in fresh])
        new = [one for one in fresh if one.conversation.id not in known]
        store(db, new, import_id=importer.import_id, source=importer.source, agents=agents)
        revised = [
            one
            for one in fresh
            if one.conversation.id in known
            and known[one.conversation.id].content_digest != one.digest
        ]
        for one in revised:
            revise(db, known[one.conversation.id].id, one, agents=agents)
        resumed = _resumed(db, importer, unchanged)
        counts.imported += len(new) + resumed
        counts.revised += len(revised)
        counts.unchanged += len(fresh) - len(new) - len(revised) + len(unchanged) - resumed
        counts.refused += len(refused)
        _note(db, importer.import_id, counts, refused, read)
    importer.counts, importer.agents = counts, agents


def content_digest(conversation: NeutralConversation, *, secret: bytes) -> str:
    """Return the keyed digest of a conversation as it came in, to recognise it later.

    Keyed, so that nobody who reads the database can try out guesses of a masked number.
    """
    return hmac.new(secret, to_line(conversation).encode(), hashlib.sha256).hexdigest()


def _known(db: Session, source: str, ids: list[str]) -> Known:
    rows = db.execute(
        select(
            Conversation.external_id,
            Conversation.id,
            Conversation.revision,
            Conversation.import_id,
            Revision.content_digest,
        )
        .join(
            Revision,
            tuple_(Revision.conversation_id, Revision.number)
            == tuple_(Conversation.id, Conversation.revision),
        )
        .where(Conversation.source == source, Conversation.external_id.in_(ids))
    )
    return {row.external_id: row for row in rows}


def _resumed(db: Session, importer: _Importer, unchanged: Sequence[str]) -> int:
    """Count the unchanged ones that an earlier part of this very import brought."""
    if not importer.is_resumed or not unchanged:
        return 0
    rows = db.scalars(
        select(Conversation.external_id).where(
            Conversation.source == importer.source,
            Conversation.external_id.in_(unchanged),
            Conversation.import_id == importer.import_id,
        )
    )
    return len(set(rows))


def _note(
    db: Session, import_id: UUID, counts: Counts, refused: Sequence[Refused], read: int
) -> None:
    for one in refused:
        if db.get(RefusedRecord, (import_id, one.row)) is None:
            db.add(
                RefusedRecord(
                    import_id=import_id,
                    row=one.row,
                    field=one.field[:200],
                    code=one.code,
                    values=dict(one.values),
                )
            )
            db.flush()
    row = db.get_one(Import, import_id)
    for name, value in asdict(counts).items():
        setattr(row, name, value)
    row.bytes_read = max(row.bytes_read, read)
