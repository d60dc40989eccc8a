import stat
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from service.audit.actions import broken_links
from service.cases.tables import Case
from service.conversations import files, importing
from service.conversations.tables import Conversation, Import
from service.database import Database, Table
from service.demo import loading
from service.demo.loading import SIGN_IN_FILE, is_loaded, is_present, load, sign_ins
from service.demo.removing import remove
from service.demo.reviews import review_rated
from service.identity.actions import find_by_email, sign_in
from service.identity.tables import AgentName, Team, User
from service.job_tables import Job
from service.review.tables import Correction, Pin, Rating, Review
from service.scoring.tables import ScoringRun
from service.tables import metadata
from tests.factories import make_agent, make_conversation, make_queue_item, make_run, make_user


@pytest.fixture(autouse=True)
def few_conversations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load every ninth conversation: enough of each kind, and fast."""
    from service.demo import cast

    everything: Callable[..., Iterable[object]] = cast.conversations
    monkeypatch.setattr(loading, "conversations", lambda until: list(everything(until))[::9])


def count(database: Database, table: type[Table]) -> int:
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def everything(database: Database) -> dict[str, int]:
    with database.reading() as db:
        return {
            table.name: db.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
            if table.name not in {"audit_rows", "jobs", "job_batches"}
        }


def score(database: Database) -> list[UUID]:
    with database.writing() as db:
        conversations = list(db.scalars(select(Conversation).where(Conversation.source == "demo")))
        for conversation in conversations:
            make_queue_item(db, make_run(db, conversation))
        return [conversation.id for conversation in conversations]


def test_the_demo_is_loaded_once_with_its_cases_and_people(
    database: Database, tmp_path: Path
) -> None:
    first = load(database, tmp_path)
    second = load(database, tmp_path)

    assert (first.conversations, first.cases) == (25, 165)
    assert (second.conversations, second.cases) == (0, 0)
    assert (count(database, Conversation), count(database, Case)) == (25, 165)
    assert count(database, AgentName) == 12
    with database.reading() as db:
        assert is_loaded(db)


def interrupt(monkeypatch: pytest.MonkeyPatch, place: object, name: str, *, call: int) -> None:
    """Let a step fail once, as if the program had been killed before it."""
    step: Callable[..., object] = getattr(place, name)
    calls: list[None] = []

    def killed(*args: object, **more: object) -> object:
        calls.append(None)
        if len(calls) == call:
            raise KeyboardInterrupt
        return step(*args, **more)

    monkeypatch.setattr(place, name, killed)


def outcome(database: Database) -> Sequence[object]:
    with database.reading() as db:
        imported = db.execute(
            select(Import.state, Import.imported, Import.unchanged, Import.revised, Import.refused)
        ).all()
        scored = db.scalars(select(Job.total).where(Job.kind == "score")).all()
    return [everything(database), imported, scored]


def test_a_load_that_is_interrupted_again_and_again_ends_as_a_whole_one(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 10)
    for place, name, call in (
        (loading, "_write_sign_ins", 1),
        (loading, "import_records", 1),
        (importing, "_commit", 2),
        (loading, "import_cases", 1),
        (files, "finish", 1),
    ):
        with monkeypatch.context() as killing:
            interrupt(killing, place, name, call=call)
            with pytest.raises(KeyboardInterrupt):
                load(database, tmp_path)
        with database.reading() as db:
            assert not is_loaded(db)
            assert is_present(db) == (name != "_write_sign_ins")
    assert load(database, tmp_path) == loading.Loaded(25, 165)
    resumed = outcome(database)

    assert resumed[1:] == [[("done", 25, 0, 0, 0)], [25]]
    remove(database, tmp_path)
    with database.writing() as db:
        db.execute(text("DELETE FROM job_batches"))
        db.execute(text("DELETE FROM jobs"))
    load(database, tmp_path)
    assert outcome(database) == resumed


def test_a_load_that_goes_on_later_keeps_the_times_of_its_beginning(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(monkeypatch, loading, "import_records", call=1)
    with pytest.raises(KeyboardInterrupt):
        load(database, tmp_path)
    with database.writing() as db:
        row = db.scalars(select(Import)).one()
        row.created_at = begun_at = row.created_at - timedelta(days=365)

    load(database, tmp_path)

    with database.reading() as db:
        assert (db.scalar(select(func.max(Conversation.started_at))) or row.created_at) < begun_at


def test_each_person_can_sign_in_by_the_file_that_only_its_owner_reads(
    database: Database, tmp_path: Path
) -> None:
    load(database, tmp_path)

    path = tmp_path / SIGN_IN_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    role, email, password, *_ = sign_ins(tmp_path).splitlines()[0].split()
    outcome = sign_in(database, email, password, address="127.0.0.1")
    assert (role, outcome.status) == ("reviewer", 303)


def test_personal_data_of_the_demo_is_masked(database: Database, tmp_path: Path) -> None:
    load(database, tmp_path)

    with database.reading() as db:
        texts = db.execute(text("SELECT text FROM turns")).scalars().all()
    assert not [line for line in texts if "@" in line and ".example" in line]


def test_rated_conversations_are_reviewed_with_peoples_values_and_some_are_left(
    database: Database, tmp_path: Path
) -> None:
    load(database, tmp_path)
    ids = score(database)

    with database.writing() as db:
        done = review_rated(db, ids, unsure_below=0.6)
    with database.writing() as db:
        again = review_rated(db, ids, unsure_below=0.6)

    assert 0 < done < 25
    assert again == 0
    assert count(database, Review) == done
    assert count(database, Rating) == 12 * done
    assert count(database, Correction) > 0
    assert count(database, Pin) > 0
    with database.reading() as db:
        assert set(db.scalars(select(Review.state))) == {"submitted"}


def test_taking_the_demo_out_leaves_everything_else_as_it_was(
    database: Database, tmp_path: Path
) -> None:
    with database.writing() as db:
        make_user(db)
        own = make_conversation(db, agent=make_agent(db))
        make_queue_item(db, make_run(db, own))
    before = everything(database)
    load(database, tmp_path)
    ids = score(database)
    with database.writing() as db:
        review_rated(db, ids, unsure_below=0.6)

    gone = remove(database, tmp_path)

    assert gone == 25
    assert everything(database) == before
    assert not (tmp_path / SIGN_IN_FILE).exists()
    with database.reading() as db:
        assert list(broken_links(db)) == []


def test_after_removing_ratings_are_append_only_again(database: Database, tmp_path: Path) -> None:
    load(database, tmp_path)
    remove(database, tmp_path)

    with database.writing() as db:
        reviewer, run = make_user(db), make_run(db, make_conversation(db, agent=make_agent(db)))
        review = Review(
            conversation_id=run.conversation_id,
            revision_id=run.revision_id,
            run_id=run.id,
            scorecard=run.scorecard,
            reviewer_id=reviewer.id,
        )
        db.add(review)
        db.flush()
        db.add(
            Rating(
                review_id=review.id,
                criterion="plan",
                value="pass",
                decision="confirmed",
                by=reviewer.id,
            )
        )
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as db:
        db.execute(text("DELETE FROM ratings"))


def test_a_person_of_the_demo_with_other_work_is_deactivated(
    database: Database, tmp_path: Path
) -> None:
    load(database, tmp_path)
    with database.writing() as db:
        reviewer = find_by_email(db, "reviewer@demo.example")
        assert reviewer is not None
        run = make_run(db, make_conversation(db, agent=make_agent(db)))
        db.add(
            Review(
                conversation_id=run.conversation_id,
                revision_id=run.revision_id,
                run_id=run.id,
                scorecard=run.scorecard,
                reviewer_id=reviewer.id,
            )
        )

    remove(database, tmp_path)

    with database.reading() as db:
        kept = db.get_one(User, reviewer.id)
        assert (kept.is_active, kept.password_hash) == (False, None)
        assert db.scalar(select(func.count()).select_from(ScoringRun)) == 1
        assert {team.name for team in db.scalars(select(Team))} >= {"Parcels"}
        assert not is_present(db)

    assert load(database, tmp_path) == loading.Loaded(25, 165)
    with database.reading() as db:
        back = db.get_one(User, reviewer.id)
        assert (back.email, back.is_active) == ("reviewer@demo.example", True)
