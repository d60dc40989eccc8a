"""Fill the queue from what was scored: called by the scoring worker for each batch."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from service.audit.actions import record
from service.conversations.tables import Conversation
from service.review import rules
from service.review.queries import SUBMITTED, proposals_of
from service.review.rules import Proposal
from service.review.streams import stream_of
from service.review.tables import QueueItem, Review
from service.scoring.tables import LatestRun, ScoringRun

BATCH = 200


def enqueue(db: Session, conversation_ids: Sequence[UUID], *, unsure_below: float) -> int:
    """Make or update the queue items of conversations from their latest runs.

    Running it again changes nothing. A conversation whose newest text was reviewed, or that
    cannot be scored, does not wait; a new revision of a reviewed one waits again.

    Returns:
        How many of them wait now.
    """
    waiting = 0
    for ids in _batches(conversation_ids):
        waiting += _enqueue_batch(db, ids, unsure_below=unsure_below)
    if conversation_ids:
        record(db, "queue.filled", subject="queue:all", actor=None, waiting=waiting)
    return waiting


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _enqueue_batch(db: Session, ids: Sequence[UUID], *, unsure_below: float) -> int:
    rows = db.execute(
        select(Conversation, ScoringRun)
        .join(LatestRun, LatestRun.conversation_id == Conversation.id)
        .join(ScoringRun, ScoringRun.id == LatestRun.run_id)
        .where(Conversation.id.in_(ids))
    ).all()
    found = proposals_of(db, [run.id for _, run in rows])
    items = {
        item.conversation_id: item
        for item in db.scalars(select(QueueItem).where(QueueItem.conversation_id.in_(ids)))
    }
    reviewed = set(
        db.scalars(
            select(Review.revision_id).where(
                Review.conversation_id.in_(ids), Review.state.in_(SUBMITTED)
            )
        )
    )
    waiting = 0
    for conversation, run in rows:
        proposals = found.get(run.id, {})
        is_waiting = not run.not_scored and bool(proposals) and run.revision_id not in reviewed
        item = items.get(conversation.id)
        if item is None and not is_waiting:
            continue
        if item is None:
            item = QueueItem(conversation_id=conversation.id)
            db.add(item)
        _fill(item, conversation, run, proposals, unsure_below=unsure_below)
        item.state = "waiting" if is_waiting else "done"
        waiting += is_waiting
    db.flush()
    return waiting


def _fill(
    item: QueueItem,
    conversation: Conversation,
    run: ScoringRun,
    proposals: dict[str, Proposal],
    *,
    unsure_below: float,
) -> None:
    scorecard = load_scorecard(run.scorecard)
    eyes, _ = rules.grouped(proposals, scorecard, unsure_below=unsure_below)
    item.run_id = run.id
    item.priority = rules.priority(proposals, scorecard, risk=run.risk)
    item.why = list(
        rules.why(
            proposals,
            scorecard,
            unsure_below=unsure_below,
            risk=run.risk,
            score=run.quality_score,
            csat=conversation.csat,
        )
    )
    codes = {reason["code"] for reason in item.why}
    item.stream = stream_of(codes, score=run.quality_score)
    item.open_criteria = len(eyes)
    item.minutes = rules.expected_minutes(turns=conversation.turn_count, open_criteria=len(eyes))
