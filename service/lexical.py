"""Search by words: the same stems in SQLite's FTS5 and in PostgreSQL's tsvector.

Stemming happens here, so both databases find the same rows; Debian's PostgreSQL has no Polish
stemmer, Snowball 3.1 has one.
"""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import sqlalchemy as sa
import Stemmer
from sqlalchemy import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.database import Table

WORD = re.compile(r"\w+")
ALGORITHMS = {"en": "english", "pl": "polish", "ru": "russian"}
MOST_QUERY_WORDS = 64


class IndexedText(Table):
    """Which text a row of the word index belongs to."""

    __tablename__ = "indexed_texts"
    __table_args__ = (sa.UniqueConstraint("kind", "owner_id"),)

    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True
    )
    kind: Mapped[str]  # case, conversation
    owner_id: Mapped[uuid.UUID]


@dataclass(frozen=True, slots=True)
class WordHit:
    """A text that shares words with a query; `rank` counts from 1, best first."""

    owner_id: uuid.UUID
    rank: int


@cache
def _stemmer(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(ALGORITHMS[language])


def stems(text: str, language: str) -> list[str]:
    """Return the stems of a text's words, in order; masks, single signs and words over 60
    characters are left out.

    Args:
        text: masked text.
        language: en, pl or ru; words of another language are only folded. Cyrillic words of any
            text are stemmed as Russian.
    """
    folded = re.sub(r"\[[A-Z_]+\]", " ", text).casefold().replace("ё", "е")
    return [_stem(word, language) for word in WORD.findall(folded) if 1 < len(word) <= 60]


@lru_cache(maxsize=65_536)  # words repeat; a hit costs a fifth of stemming
def _stem(word: str, language: str) -> str:
    if "а" <= word[0] <= "я":
        language = "ru"
    if language not in ALGORITHMS or word[0].isdigit():
        return word
    return str(_stemmer(language).stemWord(word))


def put(db: Session, kind: str, owner_id: uuid.UUID, words: Iterable[str]) -> None:
    """Make a text findable, or replace what was there."""
    remove(db, kind, owner_id)
    put_new(db, kind, [(owner_id, words)])


def put_new(db: Session, kind: str, texts: Sequence[tuple[uuid.UUID, Iterable[str]]]) -> None:
    """Make texts findable that were not before, all in two statements."""
    if not texts:
        return
    rows = [{"kind": kind, "owner_id": owner} for owner, _ in texts]
    keys = db.execute(insert(IndexedText).returning(IndexedText.owner_id, IndexedText.id), rows)
    ids = {row.owner_id: row.id for row in keys}
    if db.get_bind().dialect.name == "postgresql":
        statement = (
            "INSERT INTO indexed_words (id, words) VALUES (:id, to_tsvector('simple', :words))"
        )
    else:
        statement = "INSERT INTO indexed_words (rowid, words) VALUES (:id, :words)"
    db.execute(
        sa.text(statement),
        [{"id": ids[owner], "words": _line(kind, words)} for owner, words in texts],
    )


def _line(kind: str, words: Iterable[str]) -> str:
    return " ".join((f"kind{kind}", *words)).replace("_", " ")


def remove(db: Session, kind: str, owner_id: uuid.UUID) -> None:
    """Make a text unfindable; its words leave the index."""
    key = db.scalar(
        sa.select(IndexedText.id).where(IndexedText.kind == kind, IndexedText.owner_id == owner_id)
    )
    if key is None:
        return
    column = "id" if db.get_bind().dialect.name == "postgresql" else "rowid"
    db.execute(sa.text(f"DELETE FROM indexed_words WHERE {column} = :id"), {"id": key})  # noqa: S608 -- a constant
    db.execute(sa.delete(IndexedText).where(IndexedText.id == key))


def find(
    db: Session,
    kind: str,
    words: Iterable[str],
    *,
    limit: int,
    needs_all: bool = False,
    within: sa.Select[uuid.UUID] | None = None,
) -> list[WordHit]:
    """Return the texts of a kind that share words with the query, best first.

    Args:
        words: stems, as `stems` returns them; no operator of either database gets through.
        limit: at most so many.
        needs_all: whether every word must be there.
        within: a query of the owner ids that may be found (what the person may see).
    """
    safe = list(
        dict.fromkeys(part for word in words for part in WORD.findall(word.replace("_", " ")))
    )
    safe = [word for word in safe if word != f"kind{kind}"][:MOST_QUERY_WORDS]
    if not safe:
        return []
    is_postgresql = db.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        joined = (" & " if needs_all else " | ").join(safe)
        matches = sa.text(
            "SELECT w.id AS id, -ts_rank_cd(w.words, to_tsquery('simple', :query), 1) AS cost"
            " FROM indexed_words w WHERE w.words @@ to_tsquery('simple', :query)"
        ).bindparams(query=f"kind{kind} & ({joined})")
    else:
        joined = (" AND " if needs_all else " OR ").join(f'"{word}"' for word in safe)
        matches = sa.text(
            "SELECT rowid AS id, bm25(indexed_words) AS cost FROM indexed_words"
            " WHERE indexed_words MATCH :query"
        ).bindparams(query=f'"kind{kind}" AND ({joined})')
    found = matches.columns(sa.column("id", sa.BigInteger), sa.column("cost", sa.Double)).subquery()
    statement = (
        sa.select(IndexedText.owner_id)
        .join(found, found.c.id == IndexedText.id)
        .order_by(found.c.cost, IndexedText.id)
        .limit(limit)
    )
    if within is not None:
        statement = statement.where(IndexedText.owner_id.in_(within))
    return [WordHit(owner, rank) for rank, owner in enumerate(db.scalars(statement), start=1)]
