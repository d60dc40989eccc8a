"""A database with many conversations, scored and partly reviewed, for measuring pages and plans.

The texts are turns of the development data; ids and values are drawn with a seed.
"""

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from eval.datasets import DEVELOPMENT, rated_conversations
from prompts.library import load_scorecard
from service.conversations.tables import Conversation, Revision, Turn
from service.database import Database, Table, new_id, now
from service.identity.actions import add_user, find_or_make_team, join
from service.identity.tables import User
from service.review.tables import QueueItem, Rating, Review
from service.scoring.tables import AutoScore, HeadVersion, LatestRun, ScoringRun, TurnSentiment

MODEL = "0" * 64
AGENTS = 40
BATCH = 1000
SCORECARD = "standard-12/1"
CRITERIA = load_scorecard(SCORECARD).keys
VALUES = ("pass", "partial", "fail", "na")

Row = tuple[type[Table], dict[str, Any]]
Rows = Iterator[Row]


def fill(database: Database, conversations: int, *, seed: int = 0) -> dict[str, User]:
    """Store conversations in batches; return one person of each role who sees all of them.

    Every tenth conversation is reviewed, the others wait in the queue.
    """
    random_ = random.Random(seed)
    people, agents = _people(database)
    dialogues = [example.dialogue for example in rated_conversations(DEVELOPMENT)]
    for start in range(0, conversations, BATCH):
        rows: dict[type[Table], list[dict[str, Any]]] = {}
        for number in range(start, min(start + BATCH, conversations)):
            dialogue = dialogues[number % len(dialogues)]
            for table, row in _rows(number, dialogue, random_.choice(agents), people, random_):
                rows.setdefault(table, []).append(row)
        with database.writing() as db:
            for table, batch in rows.items():
                db.execute(insert(table), batch)
    return people


def _people(database: Database) -> tuple[dict[str, User], list[User]]:
    with database.writing() as db:
        team = find_or_make_team(db, "Volume")
        people = {}
        for role in ("reviewer", "mentor", "lead", "agent", "admin"):
            people[role] = add_user(
                db, email=f"{role}@volume.example", name=role.title(), role=role
            )
            join(db, people[role], team)
        agents = [add_user(db, email=None, name=f"Agent {n}", role="agent") for n in range(AGENTS)]
        for agent in agents:
            join(db, agent, team)
        db.add(HeadVersion(sha=MODEL, version="volume", encoder_id="volume"))
    return people, [*agents, people["agent"]]


def _rows(
    number: int, dialogue: Any, agent: User, people: dict[str, User], random_: random.Random
) -> Rows:
    conversation, revision, run = new_id(), new_id(), new_id()
    moment = now() - timedelta(minutes=number)
    yield _conversation(conversation, number, dialogue, agent, moment)
    yield from _transcript(conversation, revision, number, dialogue, moment)
    yield from _run(conversation, revision, run, random_, moment)
    yield from _scores(run, dialogue.turns, random_)
    if number % 10:
        yield _waiting(conversation, run, random_)
    else:
        yield from _review(conversation, revision, run, agent, people["reviewer"], random_)


def _conversation(
    conversation: uuid.UUID, number: int, dialogue: Any, agent: User, moment: datetime
) -> Row:
    return (
        Conversation,
        {
            "id": conversation,
            "source": "volume",
            "external_id": str(number),
            "channel": dialogue.channel,
            "language": dialogue.language,
            "domain": "online shop",
            "agent_name": agent.name,
            "agent_id": agent.id,
            "started_at": moment,
            "turn_count": len(dialogue.turns),
            "opening": dialogue.turns[0].text[:200],
            "tags": [],
            "details": {},
            "revision": 1,
            "created_at": moment,
        },
    )


def _transcript(
    conversation: uuid.UUID, revision: uuid.UUID, number: int, dialogue: Any, moment: datetime
) -> Rows:
    yield (
        Revision,
        {
            "id": revision,
            "conversation_id": conversation,
            "number": 1,
            "content_digest": str(number),
            "imported_at": moment,
        },
    )
    for position, turn in enumerate(dialogue.turns):
        yield (
            Turn,
            {
                "revision_id": revision,
                "position": position,
                "speaker": turn.speaker,
                "text": turn.text,
            },
        )


def _run(
    conversation: uuid.UUID,
    revision: uuid.UUID,
    run: uuid.UUID,
    random_: random.Random,
    moment: datetime,
) -> Rows:
    yield (
        ScoringRun,
        {
            "id": run,
            "conversation_id": conversation,
            "revision_id": revision,
            "model_sha": MODEL,
            "scorecard": SCORECARD,
            "quality_score": random_.uniform(20, 100),
            "resolved": "yes",
            "resolved_probabilities": {},
            "risk": random_.random() / 2,
            "topic": "delivery",
            "topic_probabilities": {},
            "created_at": moment,
        },
    )
    yield LatestRun, {"conversation_id": conversation, "run_id": run}


def _waiting(conversation: uuid.UUID, run: uuid.UUID, random_: random.Random) -> Row:
    return (
        QueueItem,
        {
            "conversation_id": conversation,
            "run_id": run,
            "state": "waiting",
            "priority": random_.random(),
            "why": [{"code": "unsure", "criterion": CRITERIA[0]}],
            "open_criteria": 3,
            "minutes": 2.0,
        },
    )


def _scores(run: uuid.UUID, turns: Any, random_: random.Random) -> Rows:
    for criterion in CRITERIA:
        yield (
            AutoScore,
            {
                "run_id": run,
                "criterion": criterion,
                "value": random_.choice(VALUES),
                "p_pass": 0.4,
                "p_partial": 0.3,
                "p_fail": 0.2,
                "p_na": 0.1,
                "confidence": random_.random(),
                "evidence": [1],
                "is_found": True,
            },
        )
    for position, turn in enumerate(turns):
        if turn.speaker == "customer":
            yield (
                TurnSentiment,
                {
                    "run_id": run,
                    "position": position,
                    "value": "neutral",
                    "p_negative": 0.1,
                    "p_neutral": 0.8,
                    "p_positive": 0.1,
                },
            )


def _review(
    conversation: uuid.UUID,
    revision: uuid.UUID,
    run: uuid.UUID,
    agent: User,
    reviewer: User,
    random_: random.Random,
) -> Rows:
    review, moment = new_id(), now()
    yield (
        Review,
        {
            "id": review,
            "conversation_id": conversation,
            "revision_id": revision,
            "run_id": run,
            "agent_id": agent.id,
            "scorecard": SCORECARD,
            "reviewer_id": reviewer.id,
            "state": "submitted",
            "version": 2,
            "quality_score": 80.0,
            "created_at": moment,
            "changed_at": moment,
            "submitted_at": moment,
        },
    )
    for criterion in CRITERIA[:4]:
        yield (
            Rating,
            {
                "id": new_id(),
                "review_id": review,
                "criterion": criterion,
                "value": random_.choice(VALUES),
                "decision": "confirmed",
                "comment": "",
                "by": reviewer.id,
                "at": moment,
            },
        )
