"""Find resolved cases like a question: by meaning and by words, both rankings fused.

The index in memory is a cache of the vectors that the database keeps. It is never changed while it
is searched: when the cases change, in whichever process, a new one takes its place.
"""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from service import lexical
from service.cases import rules
from service.cases.likeness import Likeness, likeness, query_stems
from service.cases.tables import Case, CaseVector
from service.cases.vectors import usable_rows
from service.conversations.tables import Conversation

if TYPE_CHECKING:
    from models.analyser import Analyser
    from models.case_index import CaseIndex

KIND = "case"  # of the word index
LOOKED_AT = 30  # candidates of each ranking
Floats = npt.NDArray[np.float32]


class Models(Protocol):
    """Whatever loads the models on first use: the scorer."""

    def analyser(self) -> "Analyser":
        """Return the models.

        Raises:
            Unavailable: they cannot be loaded.
        """


@dataclass(frozen=True, slots=True)
class Question:
    """What similar cases are wanted for.

    Attributes:
        text: the customer's words, masked.
        language: of the text; "und" where unsure.
        topic: of the conversation, as the machine says; None where it was not asked.
        without: cases that must not come, such as the one made of this very conversation.
    """

    text: str
    language: str
    topic: str | None = None
    without: Collection[UUID] = field(default=())


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that is like the question, and why.

    Attributes:
        case: the row.
        similarity: 0 to 1; of a case compared by its words alone the least that is reliable.
        band: one of `rules.BANDS`, or `rules.BY_WORDS`; only reliable cases are returned.
        likeness: what both texts share.
    """

    case: Case
    similarity: float
    band: str
    likeness: Likeness


class CaseSearch(Protocol):
    """How pages ask for similar cases; a database with vectors of its own can stand behind it."""

    def find(self, db: Session, question: Question, *, limit: int = 3) -> list[Hit]:
        """Return the reliable cases most like a question, best first; empty when there is none.

        Raises:
            Unavailable: the models cannot be loaded.
        """


@dataclass(frozen=True, slots=True)
class Generation:
    """What the index was made of; another one means that the cases changed."""

    encoder_id: str
    active: int
    vectors: int
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An index and the cases that its numbers stand for."""

    generation: Generation
    index: "CaseIndex"
    case_ids: list[UUID]

    def nearest(self, vector: Floats) -> list[UUID]:
        """Return the cases closest in meaning to a centred (1, dimension) vector, best first."""
        if not len(self.index):
            return []
        return [self.case_ids[hit.case_id] for hit in self.index.search(vector, LOOKED_AT)[0]]


class EmbeddedSearch:
    """Exact search in memory, for up to some 200,000 cases in each process."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._snapshot: Snapshot | None = None
        self._lock = threading.Lock()

    def find(self, db: Session, question: Question, *, limit: int = 3) -> list[Hit]:
        """Return what `CaseSearch.find` promises; raises Unavailable as that does."""
        stems = query_stems(question.text, question.language)
        has_cases, has_vectors = _stock(db)
        if not stems or not has_cases:
            return []  # nothing to search for, or in: the models need not be loaded
        meaning = self._meaning(question) if has_vectors else None
        near = self.snapshot(db, meaning.analyser).nearest(meaning.vector) if meaning else []
        worded = [hit.owner_id for hit in lexical.find(db, KIND, stems, limit=LOOKED_AT)]
        scores = rules.fuse([near, worded])
        for case_id in question.without:
            scores.pop(case_id, None)
        rows = _rows(db, list(scores), meaning.analyser.embedding_id if meaning else "")
        return _best(_compared(rows, meaning, question), scores, question, limit)

    def _meaning(self, question: Question) -> "Meaning":
        analyser = self._models.analyser()
        vectors = analyser.embed([question.text])
        return Meaning(analyser, analyser.centring.centre(vectors, [question.language]))

    def snapshot(self, db: Session, analyser: "Analyser") -> Snapshot:
        """Return the index of the cases as this transaction sees them, made anew if they changed.

        While one thread makes it, others go on with the one before.
        """
        current = self._snapshot
        generation = _generation(db, analyser.embedding_id)
        if current is not None and current.generation == generation:
            return current
        if not self._lock.acquire(blocking=current is None) and current is not None:
            return current
        try:
            if self._snapshot is None or self._snapshot.generation != generation:
                self._snapshot = _build(db, generation, analyser)
            return self._snapshot
        finally:
            self._lock.release()


def _stock(db: Session) -> tuple[bool, bool]:
    """Return whether there are cases to offer, and whether any case has a vector."""
    is_there = select(Case.id).where(Case.is_active).exists(), select(CaseVector.case_id).exists()
    has_cases, has_vectors = db.execute(select(*is_there)).one()
    return has_cases, has_vectors


def _generation(db: Session, encoder_id: str) -> Generation:
    vectors = (
        select(func.count()).select_from(CaseVector).where(CaseVector.encoder_id == encoder_id)
    )
    row = db.execute(
        select(
            func.count().filter(Case.is_active).label("active"),
            func.max(Case.changed_at).label("changed_at"),
            vectors.scalar_subquery().label("vectors"),
        )
    ).one()
    return Generation(encoder_id, row.active, row.vectors, row.changed_at)


def _build(db: Session, generation: Generation, analyser: "Analyser") -> Snapshot:
    from models.case_index import CaseIndex  # noqa: PLC0415 -- FAISS, when first needed

    rows = db.execute(
        select(CaseVector.case_id, CaseVector.vector, Case.language)
        .join(Case, Case.id == CaseVector.case_id)
        .where(CaseVector.encoder_id == generation.encoder_id, Case.is_active)
        .order_by(CaseVector.case_id)
    ).all()
    dimension = len(analyser.centring.means["und"])
    vectors, kept = usable_rows([row.vector for row in rows], dimension)
    languages = [rows[i].language for i in kept]
    centred = analyser.centring.centre(vectors, languages)
    index = CaseIndex(generation.encoder_id, range(len(kept)), centred)
    return Snapshot(generation, index, [rows[i].case_id for i in kept])


@dataclass(frozen=True, slots=True)
class Meaning:
    """The question as the models read it: a centred (1, dimension) vector."""

    analyser: "Analyser"
    vector: Floats


@dataclass(frozen=True, slots=True)
class Compared:
    """A candidate beside the question; `vector` is None while the encoder in use made none."""

    case: Case
    agent: UUID | None
    vector: Floats | None
    similarity: float

    def is_same(self, other: "Compared") -> bool:
        """Whether both tell one problem."""
        if self.vector is None or other.vector is None:
            return self.case.problem == other.case.problem
        return float(self.vector @ other.vector) >= rules.SAME


def _rows(
    db: Session, case_ids: Sequence[UUID], encoder_id: str
) -> Sequence[Row[Case, bytes | None, UUID | None]]:
    """Return what may be shown of the candidates: what was retired a moment ago is left out.

    A case without a vector of this encoder is there as well: its words can be compared.
    """
    is_ours = (CaseVector.case_id == Case.id) & (CaseVector.encoder_id == encoder_id)
    return db.execute(
        select(Case, CaseVector.vector, Conversation.agent_id)
        .outerjoin(CaseVector, is_ours)
        .outerjoin(Conversation, Conversation.id == Case.conversation_id)
        .where(Case.id.in_(case_ids), Case.is_active, Case.rejected < rules.MOST_REJECTIONS)
    ).all()


def _compared(
    rows: Sequence[Row[Case, bytes | None, UUID | None]],
    meaning: Meaning | None,
    question: Question,
) -> list[Compared]:
    found = _by_meaning(rows, meaning) if meaning else []
    asked = len(query_stems(question.text, question.language))
    for row in rows:
        if row.vector is None:
            like = _likeness(row.Case, question)
            shared = len(like.words) + len(like.numbers)
            sure = rules.similarity_by_words(shared, asked)
            found.append(Compared(row.Case, row.agent_id, None, sure))
    return found


def _by_meaning(
    rows: Sequence[Row[Case, bytes | None, UUID | None]], meaning: Meaning
) -> list[Compared]:
    known = [row for row in rows if row.vector is not None]
    raw, kept = usable_rows([row.vector for row in known], meaning.vector.shape[1])
    known = [known[i] for i in kept]
    centred = meaning.analyser.centring.centre(raw, [row.Case.language for row in known])
    return [
        Compared(row.Case, row.agent_id, own, float(like))
        for row, own, like in zip(known, raw, centred @ meaning.vector[0], strict=True)
    ]


def _likeness(case: Case, question: Question) -> Likeness:
    return likeness(
        question.text,
        question.language,
        case.problem,
        case.language,
        is_same_topic=question.topic is not None and question.topic == case.topic,
    )


def _best(
    found: Sequence[Compared], scores: dict[UUID, float], question: Question, limit: int
) -> list[Hit]:
    candidates = [
        rules.Candidate(rules.lowered(scores[c.case.id], c.case.rejected), c.similarity, c.agent)
        for c in found
    ]
    chosen = rules.choose(candidates, limit=limit, is_same=lambda i, j: found[i].is_same(found[j]))
    return [_hit(found[i], question) for i in chosen]


def _hit(one: Compared, question: Question) -> Hit:
    band = rules.band(one.similarity) or rules.BANDS[-1]
    return Hit(
        case=one.case,
        similarity=min(1.0, max(0.0, one.similarity)),
        band=rules.BY_WORDS if one.vector is None else band,
        likeness=_likeness(one.case, question),
    )
