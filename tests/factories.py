"""Rows that tests stand on: plain functions with believable defaults; the test states what matters.

Each takes an open session and flushes; the caller commits (`with database.writing() as db`).
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from service.cases.actions import put_case
from service.cases.tables import Case
from service.conversations.tables import Conversation, Revision, Turn
from service.database import now
from service.identity.actions import add_user, find_or_make_team, join
from service.identity.tables import User
from service.review.tables import Audit, QueueItem
from service.scoring.tables import AutoScore, HeadVersion, LatestRun, ScoringRun, TurnSentiment

MODEL = "f" * 64
TURNS = (
    ("customer", "Hello, my parcel is two weeks late and nobody answers my mails."),
    (
        "agent",
        "Good morning, Ben from Northwind. I am sorry you had to wait and ask twice. What is the order number?",
    ),
    ("customer", "It is 88120."),
    (
        "agent",
        "Thank you. Your parcel left on Monday; the courier brings it on Thursday, 14 May, by noon.",
    ),
    ("customer", "Great, thanks a lot!"),
)
CRITERIA = (
    "greeting",
    "discovery",
    "understanding",
    "solution",
    "plan",
    "empathy",
    "clarity",
    "courtesy",
    "escalation",
    "closing",
    "data_protection",
    "complaint",
)


def make_user(
    db: Session,
    *,
    role: str = "reviewer",
    name: str = "Ada Marlow",
    email: str | None = None,
    teams: Sequence[str] = ("Parcels",),
) -> User:
    """Store a person in teams; without a password, as tests sign in by `sign_in`."""
    address = email or f"{uuid.uuid4().hex[:10]}@afterword.example"
    user = add_user(db, email=address, name=name, role=role)
    for team in teams:
        join(db, user, find_or_make_team(db, team))
    return user


def make_agent(
    db: Session, *, name: str = "Ben Okafor", teams: Sequence[str] = ("Parcels",)
) -> User:
    """Store an agent in a team."""
    return make_user(db, role="agent", name=name, teams=teams)


def make_conversation(
    db: Session,
    *,
    agent: User | None = None,
    external_id: str | None = None,
    channel: str = "chat",
    language: str = "en",
    turns: Sequence[tuple[str, str]] = TURNS,
    csat: float | None = None,
    started_at: datetime = datetime(2026, 5, 11, 9, 12, tzinfo=UTC),
) -> Conversation:
    """Store a conversation with one revision, as an import leaves it."""
    conversation = Conversation(
        source="neutral",
        external_id=external_id or uuid.uuid4().hex,
        channel=channel,
        language=language,
        domain="online shop",
        agent_name=agent.name if agent else None,
        agent_id=agent.id if agent else None,
        started_at=started_at,
        csat=csat,
        turn_count=len(turns),
        opening=next((text for speaker, text in turns if speaker == "customer"), "")[:200],
    )
    db.add(conversation)
    db.flush()
    revision = Revision(conversation_id=conversation.id, number=1, content_digest=uuid.uuid4().hex)
    db.add(revision)
    db.flush()
    for position, (speaker, text) in enumerate(turns):
        db.add(Turn(revision_id=revision.id, position=position, speaker=speaker, text=text))
    db.flush()
    return conversation


def make_run(
    db: Session,
    conversation: Conversation,
    *,
    values: Mapping[str, str] | None = None,
    confidence: Mapping[str, float] | None = None,
    model: str = MODEL,
    risk: float = 0.05,
) -> ScoringRun:
    """Store what the machine proposes: every criterion passes with .9 unless the test says so."""
    if db.get(HeadVersion, model) is None:
        db.add(HeadVersion(sha=model, version="test-heads-1", encoder_id="test"))
        db.flush()
    revision = (
        db.query(Revision)
        .filter_by(conversation_id=conversation.id, number=conversation.revision)
        .one()
    )
    run = ScoringRun(
        conversation_id=conversation.id,
        revision_id=revision.id,
        model_sha=model,
        scorecard="standard-12/1",
        quality_score=80.0,
        resolved="yes",
        resolved_probabilities={"yes": 0.9, "partly": 0.05, "no": 0.03, "unknown": 0.02},
        risk=risk,
        topic="delivery",
        topic_probabilities={"delivery": 0.9, "other": 0.1},
    )
    db.add(run)
    db.flush()
    _add_scores(db, run, values or {}, confidence or {})
    _add_moods(db, run)
    latest = db.get(LatestRun, conversation.id)
    if latest is None:
        db.add(LatestRun(conversation_id=conversation.id, run_id=run.id))
    else:
        latest.run_id = run.id
    db.flush()
    return run


def _add_scores(
    db: Session, run: ScoringRun, values: Mapping[str, str], confidence: Mapping[str, float]
) -> None:
    for criterion in CRITERIA:
        value, sure = values.get(criterion, "pass"), confidence.get(criterion, 0.9)
        rest = (1 - sure) / 3
        chances = {
            name: (sure if name == value else rest) for name in ("pass", "partial", "fail", "na")
        }
        db.add(
            AutoScore(
                run_id=run.id,
                criterion=criterion,
                value=value,
                confidence=sure,
                evidence=[] if value == "na" else [1, 3],
                is_found=True,
                p_pass=chances["pass"],
                p_partial=chances["partial"],
                p_fail=chances["fail"],
                p_na=chances["na"],
            )
        )


def _add_moods(db: Session, run: ScoringRun) -> None:
    """Let every turn of the customer be neutral."""
    turns = db.query(Turn).filter_by(revision_id=run.revision_id, speaker="customer")
    for turn in turns.order_by(Turn.position):
        db.add(
            TurnSentiment(
                run_id=run.id,
                position=turn.position,
                value="neutral",
                p_negative=0.1,
                p_neutral=0.8,
                p_positive=0.1,
            )
        )


def make_queue_item(db: Session, run: ScoringRun, *, priority: float = 1.0) -> QueueItem:
    """Put a scored conversation into the queue."""
    item = QueueItem(
        conversation_id=run.conversation_id,
        run_id=run.id,
        priority=priority,
        why=[{"code": "unsure", "criterion": "empathy"}],
        open_criteria=2,
        minutes=2.0,
    )
    db.add(item)
    db.flush()
    return item


def make_audit(
    db: Session,
    run: ScoringRun,
    *,
    state: str = "waiting",
    kind: str = "random",
    reviewer_id: uuid.UUID | None = None,
    locked_until: datetime = datetime(2099, 1, 1, tzinfo=UTC),
    inclusion_probability: float = 0.15,
    period: date = date(2026, 5, 11),
) -> Audit:
    """Store a blind audit of what a run was made of."""
    conversation = db.get_one(Conversation, run.conversation_id)
    audit = Audit(
        conversation_id=conversation.id,
        revision_id=run.revision_id,
        run_id=run.id,
        kind=kind,
        period=period,
        language=conversation.language,
        channel=conversation.channel,
        inclusion_probability=inclusion_probability,
        state=state,
        reviewer_id=reviewer_id,
        locked_until=locked_until if state == "open" else None,
        submitted_at=now() if state == "submitted" else None,
    )
    db.add(audit)
    db.flush()
    return audit


def make_case(
    db: Session,
    *,
    problem: str = "My parcel is two weeks late and nobody answers my mails.",
    solution: str = "The courier had lost it. A new one left today, it is there by Thursday noon.",
    language: str = "en",
    conversation: Conversation | None = None,
    external_id: str | None = None,
    topic: str = "delivery",
    outcome: str = "first_contact",
    csat: float | None = 5.0,
    approved_by: User | None = None,
    solved_at: datetime = datetime(2026, 4, 20, 12, 0, tzinfo=UTC),
) -> Case:
    """Store a case without a vector, as an import leaves it."""
    case, _ = put_case(
        db,
        source="help desk" if conversation is None else "review",
        external_id=external_id or uuid.uuid4().hex,
        solved_at=solved_at,
        conversation_id=conversation.id if conversation else None,
        problem=problem,
        solution=solution,
        language=language,
        topic=topic,
        channel="chat",
        outcome=outcome,
        csat=csat,
        approved_by=approved_by.id if approved_by else None,
    )
    return case
