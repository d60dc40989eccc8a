"""What is measured on: rated conversations kept out of training."""

from pathlib import Path

import models
from models.training.examples import Example, read_examples

DATA = Path(models.__file__).parent / "data"
DEVELOPMENT = DATA / "conversations" / "dev.jsonl"
WEIGHTS = Path(models.__file__).parent / "weights"


def rated_conversations(path: Path = DEVELOPMENT) -> list[Example]:
    """Return the conversations of a file that a person rated.

    Raises:
        BadExample: a line that cannot be used.
    """
    return [e for e in read_examples(path) if e.ratings and not e.is_reply]
