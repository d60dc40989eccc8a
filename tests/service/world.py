"""A small world with two teams, and for each kind of thing one's own and a foreign one.

Extend it with the slices: a new kind of `scoped` in authz.yaml needs an entry in `OWN` and
`FOREIGN`, a new route one in `examples.py`; the matrix says which is missing.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from service import lexical
from service.coaching.tables import AgendaItem, CoachingSession
from service.conversations.files import Choice, begin
from service.database import now
from service.disputes.tables import Dispute, DisputeAnswer
from service.identity.actions import find_or_make_agent, find_or_make_team
from service.identity.passwords import hash_password
from service.identity.tables import ROLES, User
from service.job_tables import Job
from service.review.tables import Audit, AuditRating, Rating, Review, WithheldRating
from tests.factories import (
    make_agent,
    make_audit,
    make_case,
    make_conversation,
    make_queue_item,
    make_run,
    make_user,
)

PASSWORD = "correct horse battery"
COACHES = ("mentor", "lead", "admin")
REVIEWERS = ("reviewer", "lead", "admin")


@dataclass
class World:
    """The ids of what is there. `made[kind, role]` is one's own, `foreign[kind]` another team's."""

    people: dict[str, uuid.UUID] = field(default_factory=dict)  # by role, all in one team
    made: dict[tuple[str, str], uuid.UUID] = field(default_factory=dict)
    foreign: dict[str, uuid.UUID] = field(default_factory=dict)
    agent_name: str = "ben.o"
    new_agent: uuid.UUID = field(default_factory=uuid.uuid4)

    def own(self, kind: str, role: str, route: str) -> uuid.UUID:
        """Return what a role would call a route with."""
        for key in ((f"{kind}:{route}", role), (f"{kind}:{route}", "all"), (kind, role)):
            if key in self.made:
                return self.made[key]
        return self.made[kind, "all"]


def build(db: Session) -> World:
    """Store the world and return it."""
    world = World()
    hashed = hash_password(PASSWORD)
    for role in ROLES:
        user = make_user(db, role=role, name=f"Own {role}", email=f"{role}@own.example")
        user.password_hash = hashed
        world.people[role] = user.id
    own_agent = db.get_one(User, world.people["agent"])
    stranger = make_agent(db, name="Foreign agent", teams=("Returns",))
    other = make_user(db, role="reviewer", name="Foreign reviewer", teams=("Returns",))
    for add in PARTS:
        add(db, world, own_agent, stranger, other)
    return world


def _people(db: Session, world: World, own: User, stranger: User, other: User) -> None:
    world.made["user", "all"] = other.id
    gone = make_user(db, role="mentor", name="Somebody gone", teams=("Returns",))
    gone.is_active = False
    world.made["user:activate_person", "all"] = gone.id
    world.made["team", "all"] = find_or_make_team(db, "Spare").id
    find_or_make_agent(db, world.agent_name)
    world.new_agent = make_agent(db, name="New agent").id


def _conversations(db: Session, world: World, own: User, stranger: User, other: User) -> None:
    for key, agent in (("own", own), ("foreign", stranger)):
        conversation = make_conversation(db, agent=agent)
        make_queue_item(db, make_run(db, conversation))
        lexical.put(db, "conversation", conversation.id, lexical.stems("late parcel", "en"))
        if key == "own":
            world.made["conversation", "all"] = conversation.id
        else:
            world.foreign["conversation"] = conversation.id


def _imports(db: Session, world: World, own: User, stranger: User, other: User) -> None:
    choice = Choice("csv", "csv")
    for role in ("lead", "admin"):
        mine = world.people[role]
        states = {"show_import": "done", "import_events": "done", "save_mapping": "mapping"}
        for route, state in states.items():
            row = begin(db, choice, file_name="a.csv", size=9, by=mine, state=state)
            world.made[f"import:{route}", role] = row.id
        row = begin(db, choice, file_name="a.csv", size=9, by=mine, state="waiting")
        world.made["import", role] = row.id
    foreign = begin(db, choice, file_name="b.csv", size=9, by=other.id, state="mapping")
    world.foreign["import"] = foreign.id
    world.made["import", "all"] = foreign.id  # of roles that may not import at all


def _jobs(db: Session, world: World, own: User, stranger: User, other: User) -> None:
    for role in ("lead", "admin"):
        job = Job(kind="score", state="failed", total=1, failed=1, by=world.people[role])
        foreign = Job(kind="score", state="failed", total=1, failed=1, by=other.id)
        db.add_all([job, foreign])
        db.flush()
        world.made["job", role], world.foreign["job"] = job.id, foreign.id
    world.made["job", "all"] = world.foreign["job"]


def _review(db: Session, agent: User, reviewer: uuid.UUID, *, state: str = "draft") -> Review:
    conversation = make_conversation(db, agent=agent)
    run = make_run(db, conversation)
    make_queue_item(db, run)
    review = Review(
        conversation_id=conversation.id,
        revision_id=run.revision_id,
        run_id=run.id,
        agent_id=agent.id,
        scorecard=run.scorecard,
        reviewer_id=reviewer,
        state=state,
        submitted_at=now() if state == "submitted" else None,
    )
    db.add(review)
    db.flush()
    return review


def _rate(db: Session, review: Review, by: uuid.UUID, value: str) -> None:
    decision = "confirmed" if value == "pass" else "corrected"
    db.add(Rating(review_id=review.id, criterion="greeting", value=value, decision=decision, by=by))
    db.flush()


def _reviews(db: Session, world: World, own: User, stranger: User, other: User) -> None:
    submitted = _review(db, own, world.people["reviewer"], state="submitted")
    world.made["review", "all"] = submitted.id
    world.foreign["review"] = _review(db, stranger, other.id, state="submitted").id
    for role in REVIEWERS:
        mine = world.people[role]
        draft = _review(db, own, mine)
        _rate(db, draft, mine, "pass")
        world.made["review", role] = draft.id
        both = _review(db, own, other.id, state="submitted")
        _rate(db, both, mine, "fail")
        _rate(db, both, other.id, "pass")
        for route in ("show_merge", "merge_review"):
            world.made[f"review:{route}", role] = both.id


def _audits(db: Session, world: World, own: User, stranger: User, other: User) -> None:
    """For each role that audits a begun one, one that waits, and a submitted one of theirs."""
    for role in REVIEWERS:
        mine = world.people[role]
        world.made["audit", role] = _audit(db, own, state="open", by=mine).id
        world.made["audit:open_audit", role] = _audit(db, own, state="waiting").id
        done = _audit(db, own, state="submitted", by=mine)
        db.add(AuditRating(audit_id=done.id, criterion="greeting", value="pass", by=mine))
        world.made["audit:change_audit_rating", role] = done.id
    world.made["audit", "all"] = world.made["audit", "lead"]
    world.foreign["audit"] = _audit(db, stranger, state="waiting").id


def _audit(
    db: Session, agent: User, *, state: str = "waiting", by: uuid.UUID | None = None
) -> Audit:
    conversation = make_conversation(db, agent=agent)
    return make_audit(db, make_run(db, conversation), state=state, reviewer_id=by)


def _disputes(db: Session, world: World, own: User, stranger: User, other: User) -> None:
    """One that waits and is for all who answer, one that is answered, and a foreign one."""
    agent, reviewer = world.people["agent"], world.people["reviewer"]
    theirs = _disputed(db, own, other.id, by=agent)
    world.made["dispute", "all"] = theirs.id
    answered = _disputed(db, own, other.id, by=agent)
    answered.state, answered.due_at = "answered", None
    db.add(
        DisputeAnswer(
            dispute_id=answered.id,
            round=1,
            outcome="rejected",
            value="fail",
            reason="No greeting.",
            by=reviewer,
        )
    )
    world.made["dispute", "agent"] = answered.id
    world.foreign["dispute"] = _disputed(db, stranger, other.id, by=stranger.id).id
    undisputed = _review(db, own, reviewer, state="submitted")
    _rate(db, undisputed, reviewer, "fail")
    world.made["review:open_dispute", "agent"] = undisputed.id


def _disputed(db: Session, agent: User, reviewer: uuid.UUID, *, by: uuid.UUID) -> Dispute:
    review = _review(db, agent, reviewer, state="submitted")
    _rate(db, review, reviewer, "fail")
    rating = db.query(Rating).filter_by(review_id=review.id).one()
    dispute = Dispute(
        review_id=review.id,
        criterion="greeting",
        rating_id=rating.id,
        reviewer_id=reviewer,
        value="pass",
        text="I did greet.",
        evidence=[1],
        by=by,
        due_at=now() + timedelta(days=3),
    )
    db.add_all(
        [dispute, WithheldRating(review_id=review.id, criterion="greeting", cause="dispute")]
    )
    db.flush()
    return dispute


def _sessions(db: Session, world: World, own: User, stranger: User, other: User) -> None:
    """Of each coaching role a draft and an announced session; the agent's own, announced."""
    world.made["agent", "all"] = own.id
    world.made["agent:prepare_agenda", "all"] = world.new_agent  # a draft would be given back
    world.foreign["agent"] = stranger.id
    reviewed = _review(db, own, world.people["reviewer"], state="submitted")
    for route in ("show_my_review", "acknowledge_review"):
        world.made[f"review:{route}", "agent"] = reviewed.id
    for role in COACHES:
        mentor = world.people[role]
        world.made["session", role] = _session(db, own.id, mentor, state="draft").id
        announced = _session(db, own.id, mentor, state="announced")
        world.made["session:hold_session", role] = announced.id
        world.made["session", "agent"] = announced.id
        world.made["session", "all"] = announced.id
    world.foreign["session"] = _session(db, stranger.id, other.id, state="announced").id


def _session(db: Session, agent: uuid.UUID, mentor: uuid.UUID, *, state: str) -> CoachingSession:
    session = CoachingSession(
        agent_id=agent,
        mentor_id=mentor,
        state=state,
        starts_at=now() + timedelta(days=3),
        announced_at=now() if state == "announced" else None,
    )
    db.add(session)
    db.flush()
    db.add(AgendaItem(session_id=session.id, position=0, kind="question", body="Why?", by=mentor))
    db.flush()
    return session


def _cases(db: Session, world: World, own: User, stranger: User, other: User) -> None:
    world.made["case", "all"] = make_case(db).id
    retired = make_case(db)
    retired.is_active = False
    world.made["case:offer_case", "all"] = retired.id


PARTS: tuple[Callable[[Session, World, User, User, User], None], ...] = (
    _people,
    _conversations,
    _imports,
    _jobs,
    _reviews,
    _audits,
    _disputes,
    _sessions,
    _cases,
)
