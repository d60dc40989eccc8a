"""With the shipped encoder: the same problem in another language is found."""

import io
from importlib.resources import files
from pathlib import Path

import pytest

from service.cases.importing import import_cases
from service.cases.indexing import index_missing
from service.cases.search import EmbeddedSearch, Question
from service.config import Settings
from service.database import Database
from service.scoring.scorer import Scorer


@pytest.mark.weights
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_polish_question_finds_the_russian_and_the_english_case(
    database: Database, tmp_path: Path
) -> None:
    for language in ("en", "ru"):
        rows = files("service.demo").joinpath(f"cases.{language}.jsonl").read_bytes().splitlines()
        import_cases(database, io.BytesIO(b"\n".join(rows[:12] + rows[30:32])), source="demo")
    scorer = Scorer(Settings(data_dir=tmp_path), threads=2)
    index_missing(database, scorer)

    with database.reading() as db:
        hits = EmbeddedSearch(scorer).find(
            db, Question("Router sam restartuje się co kilkanaście minut, pracuję z domu", "pl")
        )
        nothing = EmbeddedSearch(scorer).find(db, Question("Jaka jutro będzie pogoda?", "pl"))

    assert {hit.case.external_id for hit in hits} >= {"case-en-007", "case-ru-031"}
    assert nothing == []
