import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import lexical
from service.audit.tables import AuditRow
from service.cases.actions import add_case_from_review, offer_case, retire_case
from service.cases.tables import Case
from service.conversations.queries import newest_revision
from service.conversations.tables import Conversation
from service.errors import Invalid, NotFound
from service.identity.rules import Principal
from service.identity.tables import User
from service.job_tables import Job
from tests.factories import make_agent, make_case, make_conversation, make_user

OURS = AuditRow.action.like("case.%")
LEAD = Principal(id=uuid.uuid4(), name="Lena", role="lead", team_ids=frozenset())


def keep(db: Session, conversation: Conversation, by: User, **more: object) -> Case | None:
    return add_case_from_review(
        db,
        conversation=conversation,
        revision_id=newest_revision(db, conversation).id,
        approved_by=by.id,
        topic="delivery",
        outcome="follow_up",
        **more,  # type: ignore[arg-type]
    )


def test_a_confirmed_conversation_becomes_a_case_of_its_agents_words(db: Session) -> None:
    agent, reviewer = make_agent(db), make_user(db)
    conversation = make_conversation(db, agent=agent, csat=4.0)

    case = keep(db, conversation, reviewer, decisive=[3])

    assert case is not None
    assert case.problem == "Hello, my parcel is two weeks late and nobody answers my mails."
    assert case.solution == (
        "Thank you. Your parcel left on Monday; the courier brings it on Thursday, 14 May, by noon."
    )
    assert (case.source, case.conversation_id, case.approved_by) == (
        "review", conversation.id, reviewer.id,
    )  # fmt: skip
    assert (case.csat, case.solved_at) == (4.0, conversation.started_at)
    assert db.scalars(select(Job.kind)).all() == ["index_cases"]
    assert db.scalars(select(AuditRow.action).where(OURS)).all() == ["case.added"]


def test_an_agent_cannot_approve_their_own_solution(db: Session) -> None:
    agent = make_agent(db)

    with pytest.raises(Invalid):
        keep(db, make_conversation(db, agent=agent), agent)

    assert db.scalars(select(Case)).all() == []


def test_the_same_review_again_keeps_one_case_and_puts_down_no_job(db: Session) -> None:
    conversation, reviewer = make_conversation(db, agent=make_agent(db)), make_user(db)

    first, second = keep(db, conversation, reviewer), keep(db, conversation, reviewer)

    assert first is second
    assert len(db.scalars(select(Case)).all()) == len(db.scalars(select(Job)).all()) == 1


def test_a_conversation_without_a_customer_or_an_answer_is_no_case(db: Session) -> None:
    reviewer = make_user(db)
    for turns in ([("agent", "Anybody there?")], [("customer", "My parcel is lost for weeks.")]):
        assert keep(db, make_conversation(db, turns=turns), reviewer) is None


def test_retiring_and_offering_again_are_told_once_each(db: Session) -> None:
    case = make_case(db)

    for _ in range(2):
        retire_case(db, case.id, principal=LEAD)
    assert (case.is_active, lexical.find(db, "case", ["parcel"], limit=5)) == (False, [])
    for _ in range(2):
        offer_case(db, case.id, principal=LEAD)

    assert case.is_active
    assert [hit.owner_id for hit in lexical.find(db, "case", ["parcel"], limit=5)] == [case.id]
    assert db.scalars(select(AuditRow.action).where(OURS)).all() == ["case.retired", "case.offered"]


def test_a_case_that_is_not_there_cannot_be_retired(db: Session) -> None:
    with pytest.raises(NotFound):
        retire_case(db, uuid.uuid4(), principal=LEAD)
