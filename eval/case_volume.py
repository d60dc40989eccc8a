"""Many resolved cases with vectors, for measuring how long a search takes.

The problems are customers' turns of the development data, each told many times with an order
number of its own; the vector of a telling is the encoder's for the turn, moved a little. Only time
is measured on them.
"""

from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy import insert

from eval.datasets import DEVELOPMENT, rated_conversations
from models.analyser import Analyser
from service import lexical
from service.cases.actions import KIND
from service.cases.tables import Case, CaseVector
from service.cases.vectors import to_bytes
from service.content_words import surfaces
from service.database import Database, new_id, now

BATCH = 1000
MOVED = 0.3  # length of the random step away from the turn's own vector


def questions() -> list[tuple[str, str]]:
    """Return what customers ask in the development data: (text, language)."""
    return [
        (turn.text, example.dialogue.language)
        for example in rated_conversations(DEVELOPMENT)
        for turn in example.dialogue.turns
        if turn.speaker == "customer" and len(turn.text) > 60
    ]


def fill_cases(database: Database, analyser: Analyser, cases: int, *, seed: int = 0) -> None:
    """Store so many cases with words and vectors."""
    random = np.random.default_rng(seed)
    told = questions()
    vectors = analyser.embed([text for text, _ in told])
    steps = random.normal(size=(cases, vectors.shape[1]))
    steps *= MOVED / np.linalg.norm(steps, axis=1, keepdims=True)
    for start in range(0, cases, BATCH):
        with database.writing() as db:
            rows, blobs = [], []
            for number in range(start, min(start + BATCH, cases)):
                text, language = told[number % len(told)]
                vector = vectors[number % len(told)] + steps[number]
                vector = (vector / np.linalg.norm(vector)).astype(np.float32)
                row = _case(number, text, language)
                rows.append(row)
                blobs.append(
                    {
                        "case_id": row["id"],
                        "encoder_id": analyser.embedding_id,
                        "dimension": len(vector),
                        "vector": to_bytes(vector, len(vector)),
                    }
                )
            db.execute(insert(Case), rows)
            db.execute(insert(CaseVector), blobs)
            for row in rows:
                lexical.put(db, KIND, row["id"], surfaces(row["problem"], row["language"]))


def _case(number: int, text: str, language: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "source": "volume",
        "external_id": str(number),
        "problem": f"{text} (order {100_000 + number})",
        "solution": f"Solved under {number}.",
        "language": language,
        "topic": "delivery",
        "channel": "chat",
        "outcome": "solved",
        "solved_at": now() - timedelta(minutes=number),
    }
