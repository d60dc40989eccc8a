"""One team with a conversation that waits: what the tests of the review pages stand in."""

import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from sqlalchemy import select
from starlette.testclient import TestClient

from service.database import Database
from service.identity.queries import principal_of
from service.identity.tables import User
from service.review import actions
from service.review.tables import Rating, Review
from tests.factories import make_agent, make_conversation, make_run, make_user

HTMX = {"hx-request": "true"}

SignIn = Callable[[uuid.UUID], TestClient]

Count = Callable[[], AbstractContextManager[list[str]]]


class World:
    """One team with two reviewers, an agent, and a conversation that waits."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.writing() as db:
            self.ada = make_user(db)
            self.jan = make_user(db, name="Jan Reyes")
            self.agent = make_agent(db)
        self.conversation_id = self.add({"plan": "fail"})

    def add(self, values: Mapping[str, str] | None = None) -> uuid.UUID:
        with self.database.writing() as db:
            conversation = make_conversation(db, agent=self.agent)
            make_run(db, conversation, values=values)
            actions.enqueue(db, [conversation.id], unsure_below=0.8)
            return conversation.id

    def open(self, person: User | None = None) -> str:
        with self.database.writing() as db:
            who = principal_of(db, db.get_one(User, (person or self.ada).id))
            review = actions.open_review(db, self.conversation_id, principal=who, lock_minutes=15)
            return f"/reviews/{review.id}"

    def ratings(self) -> list[tuple[str, str, str]]:
        with self.database.reading() as db:
            rows = db.execute(
                select(Rating.criterion, Rating.value, Rating.decision).order_by(Rating.id)
            )
            return [(row.criterion, row.value, row.decision) for row in rows]

    def reviews(self) -> list[Review]:
        with self.database.reading() as db:
            return list(db.scalars(select(Review)))


WRITES: tuple[tuple[str, dict[str, str]], ...] = (
    ("/ratings/plan", {}),
    ("/ratings/plan/undo", {}),
    ("/comments", {"criterion": "plan", "comment": "x"}),
    ("/pins", {"criterion": "plan", "position": "1"}),
    ("", {"version": "1", "value-plan": "fail"}),
    ("/merge", {"version": "1"}),
)
