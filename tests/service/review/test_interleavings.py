"""Two reviewers of one conversation in any order of acts: it ends as if one came after the other."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from prompts.library import load_scorecard
from prompts.scoring import quality_score
from service.database import Database
from service.identity.queries import principal_of
from service.identity.rules import Principal
from service.review import actions, confirmed, queries, rules
from service.review.refusals import AlreadySubmitted, NothingDecided, StaleReview, StillOpen
from service.review.rules import Decision
from service.review.tables import Rating, Review
from tests.factories import make_agent, make_conversation, make_run, make_user

CARD = load_scorecard("standard-12/1")
KEYS = ("plan", "closing", "greeting")
ACTS = st.one_of(
    st.tuples(st.just("rate"), st.sampled_from(KEYS), st.sampled_from([None, "pass", "fail"])),
    st.tuples(st.just("undo"), st.sampled_from(KEYS)),
    st.tuples(st.just("comment"), st.sampled_from(KEYS), st.sampled_from(["a", "b"])),
    st.tuples(st.just("reload")),
    st.tuples(st.just("submit")),
    st.tuples(st.just("merge"), st.sampled_from(["mine", "theirs"])),
)
SCHEDULES = st.lists(st.tuples(st.sampled_from(["ada", "jan"]), ACTS), max_size=25)


class Desk:
    """One person with the page open: what they saw last, and what they typed."""

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.version = 1
        self.typed: dict[str, str] = {}


class World:
    """A review that two people have open, and an account of who put what in force."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.history: list[tuple[str, dict[str, str]]] = []
        with database.writing() as db:
            conversation = make_conversation(db, agent=make_agent(db))
            make_run(db, conversation, values={"plan": "fail"})
            actions.enqueue(db, [conversation.id], unsure_below=0.8)
            self.desks = {
                name: Desk(principal_of(db, make_user(db, name=name))) for name in ("ada", "jan")
            }
            ada = self.desks["ada"].principal
            self.review_id = actions.open_review(
                db, conversation.id, principal=ada, lock_minutes=15
            ).id

    def act(self, name: str, act: tuple[str | None, ...]) -> None:
        desk = self.desks[name]
        with self.database.writing() as db:
            review = queries.find_review(db, self.review_id, principal=desk.principal)
            getattr(self, f"_{act[0]}")(db, review, name, *act[1:])

    def _rate(self, db: Session, review: Review, name: str, key: str, value: str | None) -> None:
        with suppress(AlreadySubmitted):
            actions.rate(
                db,
                review,
                key,
                value=value,
                principal=self.desks[name].principal,
                lock_minutes=15,
            )

    def _undo(self, db: Session, review: Review, name: str, key: str) -> None:
        with suppress(AlreadySubmitted):
            actions.undo(db, review, key, principal=self.desks[name].principal, lock_minutes=15)

    def _comment(self, db: Session, review: Review, name: str, key: str, text: str) -> None:
        with suppress(AlreadySubmitted):
            desk = self.desks[name]
            actions.comment(db, review, key, text, principal=desk.principal, lock_minutes=15)
            desk.typed[key] = text

    def _reload(self, _db: Session, review: Review, name: str) -> None:
        self.desks[name].version = review.version

    def _submit(self, db: Session, review: Review, name: str) -> None:
        desk, before = self.desks[name], (review.version, review.reviewer_id, review.state)
        decisions = self.decisions(db, desk)
        try:
            actions.submit(
                db,
                self.review_id,
                principal=desk.principal,
                version=desk.version,
                unsure_below=0.8,
            )
        except (StaleReview, StillOpen, NothingDecided):
            assert (review.version, review.reviewer_id, review.state) == before
            return
        if review.version > before[0]:
            assert (desk.version, "draft") == (before[0], before[2]), "a stale page got through"
            self.history.append((name, rules.decided(decisions)))

    def _merge(self, db: Session, review: Review, name: str, side: str) -> None:
        desk = self.desks[name]
        official = queries.decisions_of(db, review.id).get(review.reviewer_id, {})
        mine = self.decisions(db, desk)
        if review.state == "draft" or review.reviewer_id == desk.principal.id:
            return
        found = rules.differences(CARD, mine, official)
        choices = {difference.criterion: side for difference in found}
        before = review.version
        expected = rules.decided(rules.merged(CARD, mine, official, choices))
        with suppress(StaleReview):
            actions.merge(
                db, review.id, principal=desk.principal, version=desk.version, choices=choices
            )
            assert desk.version == before, "a stale merge got through"
            self.history.append((name, expected))

    def decisions(self, db: Session, desk: Desk) -> dict[str, Decision]:
        return queries.decisions_of(db, self.review_id).get(desk.principal.id, {})

    def check(self) -> None:
        """What is in force is what the last one who got through had decided."""
        with self.database.reading() as db:
            review = db.get_one(Review, self.review_id)
            assert (review.state == "submitted") == bool(self.history)
            for desk in self.desks.values():
                comments = set(
                    db.scalars(select(Rating.comment).where(Rating.by == desk.principal.id))
                )
                assert set(desk.typed.values()) <= comments, "nothing typed is lost"
            if not self.history:
                return
            name, values = self.history[-1]
            assert review.reviewer_id == self.desks[name].principal.id
            assert review.agent_id is not None
            found = confirmed.confirmed_ratings(db, [review.agent_id])
            assert {row.criterion: row.value for row in found} == values
            assert review.quality_score == quality_score(CARD, values)


@settings(max_examples=25)
@given(schedule=SCHEDULES)
def test_any_interleaving_of_two_reviewers_ends_in_a_serial_order(
    database: Database, schedule: list[tuple[str, tuple[str | None, ...]]]
) -> None:
    world = World(database)

    world.act("ada", ("rate", "plan", None))  # both could submit from the start
    world.act("jan", ("rate", "plan", "pass"))
    for name, act in schedule:
        world.act(name, act)

    world.check()
