"""A worker process of its own, for tests that kill it: URL FOLDER SECRET.

It scores by rule instead of by torch, whose import alone takes longer than the test.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.types import Analysis, CriterionScore, Dialogue, TurnSentiment
from service.config import Settings
from service.database import Database
from service.job_runner import Runner
from service.scoring.scorer import Scorer
from service.worker import handlers
from tests.factories import CRITERIA

SLOWNESS = 0.01  # seconds a conversation, so that a kill hits the middle of a batch


class RuleAnalyser:
    """What the scorer needs of an analyser; everything passes, with a confidence by length."""

    version, heads_sha, encoder_id = "rules-1", "a" * 64, "b" * 64
    dimension, dtype = 4, "float16"
    criteria = CRITERIA
    languages = ("en", "pl", "ru")

    def vectors(self, dialogues: Sequence[Dialogue]) -> list[np.ndarray]:
        time.sleep(SLOWNESS * len(dialogues))
        return [np.full((len(d.turns), 4), len(d.turns), np.float16) for d in dialogues]

    def analyse(self, dialogues: Sequence[Dialogue], _vectors: object) -> list[Analysis]:
        return [self._one(dialogue) for dialogue in dialogues]

    def _one(self, dialogue: Dialogue) -> Analysis:
        sure = {"pass": 0.7, "partial": 0.1, "fail": 0.1, "na": 0.1}
        moods = {"negative": 0.2, "neutral": 0.5, "positive": 0.3}
        customers = [i for i, turn in enumerate(dialogue.turns) if turn.speaker == "customer"]
        return Analysis(
            criteria={key: CriterionScore("pass", sure, 0.7, (1,), found=True) for key in CRITERIA},
            sentiment=tuple(TurnSentiment(i, "neutral", moods) for i in customers),
            resolved=("yes", {"yes": 0.9, "partly": 0.1, "no": 0.0, "unknown": 0.0}),
            risk=0.1,
            topic=("delivery", {"delivery": 1.0}),
            acts=({},) * len(dialogue.turns),
            not_scored=None,
        )


def main(url: str, folder: str, secret: str) -> None:
    settings = Settings(data_dir=Path(folder), database_url=url, secret_key=secret)
    database = Database(url, secret=secret.encode())
    scorer = Scorer(settings, load=RuleAnalyser)  # type: ignore[arg-type]
    runner = Runner(
        database,
        handlers(database, settings, scorer),
        poll_seconds=0.1,
        lease_seconds=2.0,
        first_wait=0.1,
    )
    runner.start()
    runner.stopping.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
