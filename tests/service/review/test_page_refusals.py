"""What the review pages refuse, and to whom."""

import re
import uuid

import pytest

from service.review import actions
from tests.factories import make_conversation, make_run, make_user
from tests.service.review.team import WRITES, SignIn, World


@pytest.mark.parametrize(
    ("where", "data"),
    [
        ("/ratings/plan", {"value": "great"}),
        ("/ratings/plan", {"value": "pass", "reviewer_id": "x"}),
        ("/ratings/plan", {"comment": "x" * 9000}),
        ("/pins", {"criterion": "plan", "position": "-1"}),
        ("/pins", {"criterion": "plan", "position": "9223372036854775808"}),
        ("/comments", {"criterion": "Plan!", "comment": "x"}),
        ("", {"version": "one"}),
        ("", {"version": "1", "state": "submitted"}),
        ("", {"version": "1", "value-plan": "x" * 9000}),
        ("", {"version": "1", "value-plan": "great"}),
        ("/merge", {"version": "1", "choice-plan": "yours"}),
        ("/merge", {"version": "1", "by": "me"}),
    ],
)
def test_a_field_that_does_not_fit_is_refused_and_nothing_is_saved(
    world: World, sign_in: SignIn, where: str, data: dict[str, str]
) -> None:
    path, client = world.open(), sign_in(world.ada.id)

    assert client.post(f"{path}{where}", data=data).status_code == 422

    assert world.ratings() == []
    assert world.reviews()[0].state == "draft"


@pytest.mark.parametrize("role", ["agent", "mentor"])
def test_roles_that_only_read_cannot_write(world: World, sign_in: SignIn, role: str) -> None:
    path = world.open()
    with world.database.writing() as db:
        reader = make_user(db, role=role, name="Reader")
    client = sign_in(reader.id)

    for where, data in WRITES:
        assert client.post(f"{path}{where}", data=data).status_code == 403, where
    assert client.post(f"/queue/{world.conversation_id}/open").status_code == 403
    assert client.get("/queue").status_code == 403
    # A draft is its reviewer's; an agent has no such page: it would show what nobody decided.
    assert client.get(path).status_code == (403 if role == "agent" else 404)
    assert world.ratings() == []


def test_a_stranger_finds_what_is_missing(world: World, sign_in: SignIn) -> None:
    path = world.open()
    with world.database.writing() as db:
        stranger = make_user(db, teams=["Loans"], name="Stranger")
    client = sign_in(stranger.id)
    missing = f"/reviews/{uuid.uuid4()}"

    def body(text: str) -> str:
        return re.sub(r"<code>[0-9a-f]{12}</code>", "", text).replace(path, "").replace(missing, "")

    assert body(client.get(path).text) == body(client.get(missing).text)
    for where, data in WRITES:
        assert client.post(f"{path}{where}", data=data).status_code == 404, where
    assert client.post(f"/queue/{world.conversation_id}/open").status_code == 404


def test_the_agent_sees_what_was_decided_and_no_proposal(world: World, sign_in: SignIn) -> None:
    path = world.open()
    sign_in(world.ada.id).post(path, data={"version": "1", "value-plan": "fail"})
    agent = sign_in(world.agent.id)

    assert agent.get(path).status_code == 403
    assert agent.post(f"{path}/ratings/plan").status_code == 403
    own = agent.get(f"/me{path}")
    assert own.status_code == 200
    assert "Ada Marlow" in own.text
    assert "is-auto" not in own.text


def test_a_lead_cannot_judge_an_own_conversation(world: World, sign_in: SignIn) -> None:
    with world.database.writing() as db:
        lead = make_user(db, role="lead", name="Lena Lead")
        conversation = make_conversation(db, agent=lead)
        make_run(db, conversation)
        actions.enqueue(db, [conversation.id], unsure_below=0.8)

    refused = sign_in(lead.id).post(f"/queue/{conversation.id}/open")

    assert refused.status_code == 403
    assert "You cannot change a score of your own conversation." in refused.text
    assert "AUT-403" in refused.text
