"""Disputes as people meet them, without JavaScript."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from service.database import now
from service.disputes.tables import Dispute, DisputeAnswer
from service.job_tables import JobBatch
from service.review.tables import Review
from service.scoring.tables import ScoringRun
from tests.factories import make_agent, make_audit
from tests.service.disputes.conftest import Scene, SignIn
from tests.service.disputes.team import disagree, rule

CLAIM = {"criterion": "plan", "value": "pass", "text": "I named the day.", "turns": "4, 2"}
REQUEST = re.compile(r"<code>[0-9a-f]{12}</code>")


def only_dispute(scene: Scene) -> Dispute:
    with scene.database.reading() as db:
        return db.scalars(select(Dispute)).one()


def test_two_acts_and_a_sentence_make_a_dispute(scene: Scene, sign_in: SignIn) -> None:
    own = sign_in(scene.team.agent.id)
    address = f"/me/reviews/{scene.review}"
    page = own.get(address).text
    assert page.count("Disagree") == 8  # one on each decided criterion
    assert 'name="value" value="partial" required checked' in page  # the next better one
    assert "you see no value that only the machine gave" in page

    answer = own.post(f"{address}/disputes", data=CLAIM)

    assert (answer.status_code, answer.headers["location"]) == (303, f"{address}#plan")
    dispute = only_dispute(scene)
    assert (dispute.criterion, dispute.value, dispute.evidence) == ("plan", "pass", [1, 3])
    page = own.get(address).text
    assert page.count("Disagree") == 7
    assert f"/me/disputes/{dispute.id}" in page
    assert "in no number at present" in page
    assert "Under dispute: C5" in own.get("/me").text
    mine = own.get(f"/me/disputes/{dispute.id}").text
    assert "I named the day." in mine
    assert "Left out of every number until it is answered" in mine


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"text": "  "}, 422, "DIS-422"),
        ({"value": "fail"}, 422, "DIS-421"),
        ({"turns": "4, x"}, 422, "DIS-423"),
        ({"turns": "6"}, 422, "DIS-423"),
    ],
)
def test_a_refusal_keeps_what_was_typed(
    scene: Scene, sign_in: SignIn, change: dict[str, str], status: int, code: str
) -> None:
    own = sign_in(scene.team.agent.id)
    sent = {**CLAIM, "text": "I named the day, twice.", **change}

    answer = own.post(f"/me/reviews/{scene.review}/disputes", data=sent)

    assert answer.status_code == status
    assert code in answer.text
    assert f">{sent['text']}</textarea>" in answer.text
    assert f'value="{sent["turns"]}"' in answer.text
    with scene.database.reading() as db:
        assert db.query(Dispute).count() == 0


def test_what_is_too_late_cannot_be_disputed(scene: Scene, sign_in: SignIn) -> None:
    with scene.database.writing() as db:
        review = scene.team.review(db, ago=timedelta(days=8)).id
    own = sign_in(scene.team.agent.id)

    assert "Disagree" not in own.get(f"/me/reviews/{review}").text
    answer = own.post(f"/me/reviews/{review}/disputes", data=CLAIM)
    assert (answer.status_code, "DIS-410" in answer.text) == (409, True)


def test_another_reviewer_answers_and_the_agent_is_told(scene: Scene, sign_in: SignIn) -> None:
    dispute = scene.dispute()
    assert str(dispute) not in sign_in(scene.team.ada.id).get("/disputes").text
    jan = sign_in(scene.team.jan.id)
    assert f"/disputes/{dispute}" in jan.get("/disputes").text
    page = jan.get(f"/disputes/{dispute}").text
    for words in ("Auto-score", "Reviewer: Ada Marlow", "Agent: Ben Okafor", "I named the day"):
        assert words in page

    sent = {"version": "1", "value": "partial", "reason": "A day, but no owner."}
    assert jan.post(f"/disputes/{dispute}", data=sent).headers["location"] == "/disputes"

    assert str(dispute) not in jan.get("/disputes").text
    assert "It is answered." in jan.get(f"/disputes/{dispute}").text
    own = sign_in(scene.team.agent.id)
    mine = own.get(f"/me/disputes/{dispute}").text
    assert "Partly accepted: another level stands." in mine
    assert "A day, but no owner." in mine
    assert "Take it to a lead" in mine
    assert "Answered" in own.get("/me").text
    sent = {"text": "The owner is in turn 4."}
    assert own.post(f"/me/disputes/{dispute}/escalate", data=sent).status_code == 303
    assert str(dispute) not in sign_in(scene.team.jan.id).get("/disputes").text
    lena = sign_in(scene.team.lena.id)
    assert "The owner is in turn 4." in lena.get(f"/disputes/{dispute}").text
    sent = {"version": "3", "unclear": "yes", "reason": "“Owner” is not defined."}
    assert lena.post(f"/disputes/{dispute}", data=sent).status_code == 303
    mine = sign_in(scene.team.agent.id).get(f"/me/disputes/{dispute}").text
    assert "Criterion unclear: in no number" in mine
    assert "This answer is final." in mine
    assert "Take it to a lead" not in mine


def test_who_answers_second_is_told_who_was_first_and_keeps_the_words(
    scene: Scene, sign_in: SignIn
) -> None:
    dispute = scene.dispute()
    with scene.database.writing() as db:
        rule(db, dispute, scene.team.jan, "pass")

    sent = {"version": "1", "value": "fail", "reason": "No day in it."}
    answer = sign_in(scene.team.lena.id).post(f"/disputes/{dispute}", data=sent)

    assert answer.status_code == 409
    assert "Jan Reyes answered this dispute" in answer.text
    assert "No day in it." in answer.text
    with scene.database.reading() as db:
        assert [row.value for row in db.scalars(select(DisputeAnswer))] == ["pass"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"value": "pass", "reason": ""}, "DIS-422"),
        ({"reason": "Well seen."}, "REQ-422"),
    ],
)
def test_an_answer_needs_a_level_and_a_reason(
    scene: Scene, sign_in: SignIn, sent: dict[str, str], code: str
) -> None:
    dispute = scene.dispute()

    answer = sign_in(scene.team.jan.id).post(f"/disputes/{dispute}", data={"version": "1", **sent})

    assert (answer.status_code, code in answer.text) == (422, True)
    assert f">{sent['reason']}</textarea>" in answer.text


def test_whose_review_it_was_reads_and_does_not_answer(scene: Scene, sign_in: SignIn) -> None:
    dispute = scene.dispute()
    ada = sign_in(scene.team.ada.id)

    page = ada.get(f"/disputes/{dispute}").text
    assert "It is about your own review." in page
    assert "<textarea" not in page
    sent = {"version": "1", "value": "fail", "reason": "I was right."}
    assert ada.post(f"/disputes/{dispute}", data=sent).status_code == 403


def test_foreign_and_missing_disputes_look_the_same(scene: Scene, sign_in: SignIn) -> None:
    dispute, missing = scene.dispute(), UUID(int=9)
    with scene.database.writing() as db:
        colleague = make_agent(db, name="Cleo Brandt").id
    answer = {"version": "1", "value": "pass", "reason": "Yes."}
    asked = (
        (scene.team.stranger.id, "/disputes/{}", None),
        (scene.team.stranger.id, "/disputes/{}", answer),
        (colleague, "/me/disputes/{}", None),
        (colleague, "/me/disputes/{}/escalate", {"text": "Mine."}),
    )

    for person, address, data in asked:
        client = sign_in(person)
        bodies = set()
        for number in (dispute, missing):
            path = address.format(number)
            found = client.get(path) if data is None else client.post(path, data=data)
            assert found.status_code == 404
            bodies.add(REQUEST.sub("", found.text).replace(path, ""))
        assert len(bodies) == 1


def test_what_is_late_is_the_leads_and_marked(scene: Scene, sign_in: SignIn) -> None:
    dispute = scene.dispute()
    with scene.database.writing() as db:
        db.execute(update(Dispute).values(due_at=now() - timedelta(hours=1)))

    assert str(dispute) not in sign_in(scene.team.jan.id).get("/disputes").text
    page = sign_in(scene.team.lena.id).get("/disputes").text
    assert str(dispute) in page
    assert "Late" in page


def test_the_review_says_what_is_under_dispute_and_what_came_of_it(
    scene: Scene, sign_in: SignIn
) -> None:
    dispute = scene.dispute()
    with scene.database.reading() as db:
        review = db.get_one(Dispute, dispute).review_id
    assert "Under dispute" in sign_in(scene.team.jan.id).get(f"/reviews/{review}").text

    with scene.database.writing() as db:
        rule(db, dispute, scene.team.jan, "pass")

    page = sign_in(scene.team.ada.id).get(f"/reviews/{review}").text
    assert "Under dispute" not in page
    assert "After a dispute:" in page


def test_whoever_is_to_audit_a_conversation_blind_sees_no_dispute_about_it(
    scene: Scene, sign_in: SignIn
) -> None:
    dispute = scene.dispute()
    with scene.database.writing() as db:
        review = db.get_one(Review, db.get_one(Dispute, dispute).review_id)
        make_audit(db, db.get_one(ScoringRun, review.run_id), state="waiting", reviewer_id=None)
    jan = sign_in(scene.team.jan.id)

    assert str(dispute) not in jan.get("/disputes").text
    assert jan.get(f"/disputes/{dispute}").status_code == 409


def test_no_mail_is_put_down_without_a_mail_server(scene: Scene, sign_in: SignIn) -> None:
    dispute = scene.dispute()
    sent = {"version": "1", "value": "pass", "reason": "Yes."}
    sign_in(scene.team.jan.id).post(f"/disputes/{dispute}", data=sent)

    with scene.database.reading() as db:
        assert db.query(JobBatch).count() == 0


def test_mentors_and_leads_find_no_list_of_an_agents_disputes(
    scene: Scene, sign_in: SignIn
) -> None:
    with scene.database.writing() as db:
        for _ in range(3):
            disagree(db, scene.team, scene.team.review(db))

    page = sign_in(scene.team.lena.id).get(f"/coaching/agents/{scene.team.agent.id}").text

    assert "Ben Okafor" in page
    assert "ispute" not in page.split("<main")[1]
