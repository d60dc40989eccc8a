"""An import's name is linked: past conversations, reviews, pins and talks follow."""

import uuid
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.agents.actions import link_to_person, put_into_team
from service.agents.queries import names_page
from service.audit.tables import AuditRow
from service.coaching.tables import ActionItem, CoachingSession
from service.conversations.tables import Conversation, Turn
from service.errors import Conflict, Invalid, NotFound
from service.identity.actions import find_or_make_agent, find_or_make_team
from service.identity.queries import teams_of
from service.identity.tables import AgentName, User
from service.review.tables import Pin, Review
from tests.factories import make_agent, make_conversation, make_run, make_user

ADMIN = uuid.uuid4()


def imported(db: Session, name: str) -> User:
    return db.get_one(User, find_or_make_agent(db, name).user_id)


def reviewed(db: Session, agent: User, *, name: str, by: User) -> Review:
    conversation = make_conversation(db, agent=agent)
    conversation.agent_name = name
    run = make_run(db, conversation)
    review = Review(
        conversation_id=conversation.id,
        revision_id=run.revision_id,
        run_id=run.id,
        agent_id=agent.id,
        scorecard=run.scorecard,
        reviewer_id=by.id,
    )
    db.add(review)
    db.flush()
    db.add(
        Pin(
            review_id=review.id,
            agent_id=agent.id,
            criterion="greeting",
            position=1,
            is_praise=True,
            by=by.id,
        )
    )
    db.flush()
    return review


def owners(
    db: Session, table: type[ActionItem | CoachingSession | Conversation | Pin | Review]
) -> set[uuid.UUID]:
    db.expire_all()
    return set(db.scalars(select(table.agent_id)))


def test_conversations_reviews_pins_and_talks_follow_the_name(db: Session) -> None:
    reviewer, ben = make_user(db), make_agent(db, name="Ben Okafor")
    placeholder = imported(db, "ben.o")
    reviewed(db, placeholder, name="ben.o", by=reviewer)
    session = CoachingSession(agent_id=placeholder.id, mentor_id=reviewer.id)
    db.add(session)
    db.flush()
    db.add(
        ActionItem(
            session_id=session.id,
            agent_id=placeholder.id,
            criterion="greeting",
            text="Say the name",
            due_on=date(2026, 6, 1),
        )
    )
    db.flush()

    count = link_to_person(db, "ben.o", ben.id, by=ADMIN)

    assert count == 1
    for table in (Conversation, Review, Pin, CoachingSession, ActionItem):
        assert owners(db, table) == {ben.id}
    assert db.get_one(AgentName, "ben.o").user_id == ben.id
    gone = db.get_one(User, placeholder.id)
    assert (gone.is_active, teams_of(db, gone.id)) == (False, [])
    row = db.scalars(select(AuditRow).where(AuditRow.action == "agent_name.linked")).one()
    assert row.details == {"before": str(placeholder.id), "conversations": 1}
    assert row.subject == f"user:{ben.id}"


def test_the_next_import_finds_the_person(db: Session) -> None:
    ben = make_agent(db, name="Ben Okafor")
    imported(db, "ben.o")

    link_to_person(db, "ben.o", ben.id, by=ADMIN)

    assert find_or_make_agent(db, "ben.o").user_id == ben.id


def test_only_the_conversations_of_that_name_go_on_to_another_person(db: Session) -> None:
    reviewer, ben, eva = make_user(db), make_agent(db, name="Ben"), make_agent(db, name="Eva")
    for name in ("ben.o", "eva.k"):
        placeholder = imported(db, name)
        reviewed(db, placeholder, name=name, by=reviewer)
        link_to_person(db, name, ben.id, by=ADMIN)
    assert owners(db, Conversation) == {ben.id}

    link_to_person(db, "eva.k", eva.id, by=ADMIN)

    rows = db.execute(select(Conversation.agent_name, Conversation.agent_id)).all()
    assert {tuple(row) for row in rows} == {("ben.o", ben.id), ("eva.k", eva.id)}
    assert db.get_one(User, ben.id).is_active


def test_the_author_of_most_turns_is_who_a_conversation_belongs_to(db: Session) -> None:
    ben, eva = make_agent(db, name="Ben"), make_agent(db, name="Eva")
    for name in ("desk", "eva.k"):
        imported(db, name)
        link_to_person(db, name, ben.id, by=ADMIN)
    conversation = make_conversation(db, agent=ben)
    conversation.agent_name = "desk"
    for turn in db.scalars(select(Turn).where(Turn.speaker == "agent")):
        turn.author = "eva.k"
    db.flush()

    assert link_to_person(db, "desk", eva.id, by=ADMIN) == 0
    assert link_to_person(db, "eva.k", eva.id, by=ADMIN) == 1


def test_nobody_becomes_the_agent_of_what_they_reviewed(db: Session) -> None:
    reviewer = make_user(db)
    placeholder = imported(db, "ada.m")
    reviewed(db, placeholder, name="ada.m", by=reviewer)

    with pytest.raises(Conflict):
        link_to_person(db, "ada.m", reviewer.id, by=ADMIN)

    assert owners(db, Conversation) == {placeholder.id}


def test_unknown_names_and_people_are_refused(db: Session) -> None:
    imported(db, "ben.o")
    gone = make_agent(db, name="Gone")
    gone.is_active = False

    with pytest.raises(NotFound):
        link_to_person(db, "nobody", gone.id, by=ADMIN)
    with pytest.raises(NotFound):
        link_to_person(db, "ben.o", uuid.uuid4(), by=ADMIN)
    with pytest.raises(Invalid):
        link_to_person(db, "ben.o", gone.id, by=ADMIN)


def test_a_name_is_put_into_a_team_and_out_of_unassigned(db: Session) -> None:
    agent = imported(db, "ben.o")
    team = find_or_make_team(db, "Parcels")

    put_into_team(db, "ben.o", team.id, by=ADMIN)

    assert teams_of(db, agent.id) == [team.id]
    assert names_page(db, is_unassigned=True).names == []
    assert [row.teams for row in names_page(db, is_unassigned=False).names] == [["Parcels"]]


def test_the_teams_of_who_signs_in_are_left_alone(db: Session) -> None:
    ben = make_agent(db, name="Ben")
    imported(db, "ben.o")
    link_to_person(db, "ben.o", ben.id, by=ADMIN)

    with pytest.raises(Invalid):
        put_into_team(db, "ben.o", find_or_make_team(db, "Returns").id, by=ADMIN)
