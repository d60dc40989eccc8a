import io
import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest
from sqlalchemy import func, select

from service.audit.tables import AuditRow
from service.cases.importing import Outcome, import_cases
from service.cases.indexing import Indexing, index_missing
from service.cases.tables import Case, CaseVector
from service.database import Database, now
from service.job_tables import Job, JobBatch
from tests.service.cases.words import WordModels

TICKET = {"id": "t-1", "problem": "Router restarts every evening.", "solution": "A new adapter."}


def lines(*rows: Any) -> io.BytesIO:
    texts = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    return io.BytesIO("\n".join(texts).encode())


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    return outcome.imported, outcome.unchanged, outcome.revised, outcome.refused


def test_a_ticket_becomes_a_case_with_what_the_file_said(database: Database) -> None:
    row = {
        **TICKET, "language": "en-GB", "topic": "technical_support", "channel": "email",
        "outcome": "follow_up", "csat": 4, "solved_at": "2026-03-01T10:00:00+01:00",
    }  # fmt: skip

    outcome = import_cases(database, lines(row))

    with database.reading() as db:
        case = db.scalars(select(Case)).one()
        audit = db.scalars(select(AuditRow.action)).all()
    assert counts(outcome) == (1, 0, 0, 0)
    assert (case.source, case.external_id, case.language, case.topic) == (
        "cases", "t-1", "en", "technical_support",
    )  # fmt: skip
    assert (case.channel, case.outcome, case.csat) == ("email", "follow_up", 4.0)
    assert case.solved_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert audit == ["cases.imported"]


def test_what_a_file_does_not_say_is_detected_or_left_open(database: Database) -> None:
    before = now()

    import_cases(database, lines({**TICKET, "problem": "Роутер перезагружается каждый вечер"}))

    with database.reading() as db:
        case = db.scalars(select(Case)).one()
    assert (case.language, case.topic, case.channel) == ("ru", "other", None)
    assert (case.outcome, case.csat) == ("solved", None)
    assert before <= case.solved_at <= now()


def test_personal_data_is_masked_on_the_way_in(database: Database) -> None:
    row = {**TICKET, "problem": "Write to ann@example.com", "solution": "Call +48 600 100 200."}

    import_cases(database, lines(row))

    with database.reading() as db:
        case = db.scalars(select(Case)).one()
    assert (case.problem, case.solution) == ("Write to [EMAIL]", "Call [PHONE].")


def test_the_same_file_again_changes_nothing(database: Database) -> None:
    rows = [{**TICKET, "days_ago": 12}, {**TICKET, "id": "t-2"}]
    models = WordModels()
    import_cases(database, lines(*rows))
    index_missing(database, models)
    with database.reading() as db:
        jobs, cases = (
            db.scalar(select(func.count(Job.id))),
            db.scalars(select(Case.changed_at)).all(),
        )

    again = import_cases(database, lines(*rows))

    with database.reading() as db:
        assert db.scalar(select(func.count(Job.id))) == jobs
        assert db.scalars(select(Case.changed_at)).all() == cases
        assert db.scalar(select(func.count()).select_from(CaseVector)) == 2
    assert counts(again) == (0, 2, 0, 0)


def test_a_changed_problem_is_revised_and_loses_its_vector(database: Database) -> None:
    models = WordModels()
    import_cases(database, lines(TICKET))
    index_missing(database, models)

    again = import_cases(database, lines({**TICKET, "problem": "Router smells of smoke."}))

    with database.reading() as db:
        assert db.scalars(select(Case.problem)).all() == ["Router smells of smoke."]
        assert db.scalars(select(CaseVector)).all() == []
    assert counts(again) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("bad", "code", "field"),
    [
        ("no json", "IMP-010", ""),
        ("[1]", "IMP-016", ""),
        ({"id": "x", "problem": "a"}, "IMP-015", "solution"),
        ({**TICKET, "id": ""}, "IMP-015", "id"),
        ({**TICKET, "problem": "  "}, "IMP-015", "problem"),
        ({**TICKET, "problem": 3}, "IMP-016", "problem"),
        ({**TICKET, "problem": "a\0b"}, "IMP-020", "problem"),
        ({**TICKET, "solution": "я" * 9000}, "IMP-017", "solution"),
        ({**TICKET, "id": "x" * 501}, "IMP-022", "id"),
        ({**TICKET, "csat": 9}, "IMP-023", "csat"),
        ({**TICKET, "csat": "5"}, "IMP-016", "csat"),
        ({**TICKET, "outcome": "great"}, "IMP-014", "outcome"),
        ({**TICKET, "channel": "fax"}, "IMP-014", "channel"),
        ({**TICKET, "topic": "weather"}, "IMP-014", "topic"),
        ({**TICKET, "solved_at": "yesterday"}, "IMP-012", "solved_at"),
        ({**TICKET, "days_ago": -1}, "IMP-016", "days_ago"),
    ],
)
def test_a_bad_row_is_refused_alone(database: Database, bad: Any, code: str, field: str) -> None:
    outcome = import_cases(database, lines(bad, {**TICKET, "id": "good"}))

    assert counts(outcome) == (1, 0, 0, 1)
    (refused,) = outcome.refusals
    assert (refused.row, refused.code, refused.field) == (1, code, field)


def test_an_empty_file_is_refused(database: Database) -> None:
    outcome = import_cases(database, io.BytesIO(b""))

    assert [refused.code for refused in outcome.refusals] == ["IMP-001"]
    assert counts(outcome) == (0, 0, 0, 1)


def test_the_job_it_puts_down_makes_the_vectors(database: Database) -> None:
    import_cases(database, lines(TICKET, {**TICKET, "id": "t-2"}))
    with database.reading() as db:
        job, batch = db.scalars(select(Job)).one(), db.scalars(select(JobBatch)).one()

    store = Indexing(database, WordModels())(batch.items, is_stopped=lambda: False)
    with database.writing() as db:
        store(db)

    with database.reading() as db:
        assert job.kind == "index_cases"
        assert db.scalar(select(func.count()).select_from(CaseVector)) == 2


def test_the_cases_of_the_demo_are_taken_whole(database: Database) -> None:
    for language in ("en", "pl", "ru"):
        text = files("service.demo").joinpath(f"cases.{language}.jsonl").read_bytes()

        outcome = import_cases(database, io.BytesIO(text), source="demo")

        assert counts(outcome) == (55, 0, 0, 0)
