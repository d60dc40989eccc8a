"""`afterword score`: score what is stored, now, in this process."""

from service import worker
from service.commands import open_database
from service.config import Settings
from service.scoring.queries import all_ids, unscored_ids
from service.scoring.scorer import Scorer
from service.scoring.streams import Progress

AT_ONCE = 64


def score(*, is_all: bool) -> None:
    """Score conversations and fill the queue.

    Args:
        is_all: also those that were scored before; these heads' own runs stay as they are.

    Raises:
        ModelUnavailable: the models cannot be loaded; nothing was changed.
    """
    settings = Settings()
    database = open_database(settings)
    scorer = Scorer(settings)
    scorer.analyser()
    with database.reading() as db:
        ids = all_ids(db) if is_all else unscored_ids(db)
    progress = Progress("conversations", total=len(ids))
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        worker.score_now(database, settings, scorer, part)
        progress.add(len(part))
    progress.end()
    database.close()
