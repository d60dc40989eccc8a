import json

from sqlalchemy import func, select

from eval.speed import Figure, as_lines, as_table, ten_turn_chats
from eval.volume import fill
from service.database import Database
from service.review.tables import QueueItem, Rating, Review
from service.scoring.tables import AutoScore


def test_the_chats_have_ten_turns_and_no_turn_twice() -> None:
    chats = ten_turn_chats(30)

    texts = [turn.text for chat in chats for turn in chat.turns]
    assert [len(chat.turns) for chat in chats] == [10] * 30
    assert len(set(texts)) == 300


def test_the_chats_are_lines_of_the_neutral_format() -> None:
    first = json.loads(next(as_lines(ten_turn_chats(1))))

    assert set(first) == {"id", "channel", "language", "turns"}
    assert {turn["speaker"] for turn in first["turns"]} <= {"customer", "agent", "system"}


def test_a_table_says_what_was_measured_over_how_much() -> None:
    table = as_table("python -m eval speed", [Figure("ratio", "80 ×", "same run")])

    assert "| ratio | 80 × | same run |" in table


def test_the_volume_is_scored_and_every_tenth_conversation_is_reviewed(database: Database) -> None:
    fill(database, 20)

    with database.reading() as db:
        counts = {
            table.__name__: db.scalar(select(func.count()).select_from(table))
            for table in (AutoScore, QueueItem, Review, Rating)
        }
    assert counts == {"AutoScore": 240, "QueueItem": 18, "Review": 2, "Rating": 8}
