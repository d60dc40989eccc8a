"""Take conversations from a stream into the database: each whole or not at all, each once.

Reading, masking and detecting the language happen outside any transaction; a batch of conversations
is then stored in one short one. A process killed between two batches leaves whole conversations;
running again finds them and goes on.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from sqlalchemy import Row, delete, select, tuple_
from sqlalchemy.orm import Session

from service.conversations.language import language_of
from service.conversations.masking import mask_conversation
from service.conversations.neutral import NeutralConversation, to_line
from service.conversations.refusals import Refused
from service.conversations.storing import Incoming, revise, store
from service.conversations.tables import Conversation, Import, RefusedRecord, Revision
from service.database import Database

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
    counts: Counts = field(default_factory=Counts)
    seen: dict[bytes, int] = field(default_factory=dict)  # short digest of an id → its row
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
        row.state = "running"
        source = row.source
        db.execute(delete(RefusedRecord).where(RefusedRecord.import_id == import_id))
    importer = _Importer(database, import_id, source)
    stream = iter(_numbered(records))
    while batch := list(islice(stream, BATCH)):
        _take(importer, batch, position())
    return importer.counts


def _numbered(
    records: Iterable[NeutralConversation | Refused],
) -> Iterator[tuple[int, NeutralConversation | Refused]]:
    return enumerate(records, start=1)


def _take(
    importer: _Importer, batch: list[tuple[int, NeutralConversation | Refused]], read: int
) -> None:
    refused = [record for _, record in batch if isinstance(record, Refused)]
    found: list[tuple[str, NeutralConversation]] = []
    for number, record in batch:
        if isinstance(record, Refused):
            continue
        short = hashlib.blake2b(record.id.encode(), digest_size=12).digest()
        first = importer.seen.setdefault(short, number)
        if first != number:
            refused.append(Refused(number, "id", "IMP-024", {"first": first}))
            continue
        found.append((content_digest(record, secret=importer.database.secret), record))
    with importer.database.reading() as db:
        known = _known(db, importer.source, [record.id for _, record in found])
    fresh = [
        _incoming(record, digest, importer.database.secret)
        for digest, record in found
        if record.id not in known or known[record.id].content_digest != digest
    ]
    with importer.database.writing() as db:
        unchanged = len(found) - len(fresh)
        known = _known(db, importer.source, [one.conversation.id for one in fresh])
        _store(db, importer, fresh, known)
        resumed = _resumed(db, importer, [record.id for _, record in found], fresh)
        importer.counts.imported += resumed
        importer.counts.unchanged += unchanged - resumed
        importer.counts.refused += len(refused)
        _note(db, importer, refused, read)


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


def _incoming(record: NeutralConversation, digest: str, secret: bytes) -> Incoming:
    return Incoming(mask_conversation(record, key=secret), language_of(record), digest)


def _store(db: Session, importer: _Importer, fresh: list[Incoming], known: Known) -> None:
    new = [one for one in fresh if one.conversation.id not in known]
    store(db, new, import_id=importer.import_id, source=importer.source, agents=importer.agents)
    importer.counts.imported += len(new)
    for one in fresh:
        row = known.get(one.conversation.id)
        if row is None:
            continue
        if row.content_digest == one.digest:  # somebody else was faster, with the same text
            importer.counts.unchanged += 1
            continue
        revise(db, row.id, one, agents=importer.agents)
        importer.counts.revised += 1


def _resumed(db: Session, importer: _Importer, ids: list[str], fresh: list[Incoming]) -> int:
    """Count the unchanged ones that an earlier part of this very import brought."""
    rest = set(ids) - {one.conversation.id for one in fresh}
    if not rest:
        return 0
    rows = db.scalars(
        select(Conversation.external_id).where(
            Conversation.source == importer.source,
            Conversation.external_id.in_(rest),
            Conversation.import_id == importer.import_id,
        )
    )
    return len(set(rows))


def _note(db: Session, importer: _Importer, refused: list[Refused], read: int) -> None:
    for one in refused:
        key = (importer.import_id, one.row)
        if db.get(RefusedRecord, key) is None:
            db.add(
                RefusedRecord(
                    import_id=importer.import_id,
                    row=one.row,
                    field=one.field[:200],
                    code=one.code,
                    values=dict(one.values),
                )
            )
            db.flush()
    row = db.get_one(Import, importer.import_id)
    row.imported, row.unchanged = importer.counts.imported, importer.counts.unchanged
    row.revised, row.refused = importer.counts.revised, importer.counts.refused
    row.bytes_read = max(row.bytes_read, read)
