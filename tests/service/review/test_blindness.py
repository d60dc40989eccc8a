"""An auditor sees no value of anybody: not on the page, not in its size, not on other pages."""

import re
import uuid

import pytest
from sqlalchemy import delete, update

from service.database import Database
from service.review.tables import Audit, QueueItem, Review, Skip
from service.scoring.tables import AutoScore, HeadVersion, ScoringRun, TurnSentiment
from tests.factories import make_user
from tests.service.review.auditing_world import MODEL, PASSES, AuditWorld
from tests.service.review.team import Count, SignIn

# How each would look where a page, a header or an answer in JSON says it.
SECRETS = (
    "43.21", "0.4321", "43\u00a0%", "0.8765", "88\u00a0%", MODEL[:8], "is-auto", "data-auto",
    "evidence\"", "<mark", "data-criteria", "mood mood-", "sentiment", "delivery", "Delivery",
    "Xylophone", "Jan Reyes", "Ben Okafor", "nominated", "% sure", "state-done", "\" checked",
)  # fmt: skip
REQUEST = re.compile(r"[0-9a-f]{12}|[0-9a-f]{8}-[0-9a-f-]{27}")


@pytest.fixture
def audited(database: Database) -> AuditWorld:
    return AuditWorld(database)


def begun(world: AuditWorld, sign_in: SignIn) -> str:
    answer = sign_in(world.ada.id).post(f"{world.path}/open")
    assert answer.headers["location"] == world.path
    return world.path


def test_the_page_holds_no_value_of_the_machine_or_of_anybody(
    audited: AuditWorld, sign_in: SignIn
) -> None:
    path, client = begun(audited, sign_in), sign_in(audited.ada.id)

    answer = client.get(path)

    page = answer.text.split("<main")[1]
    assert answer.status_code == 200
    assert "Hello, my parcel is two weeks late" in page
    assert page.count('type="radio"') == 48
    said = page + str(sorted(answer.headers.items()))
    assert [secret for secret in SECRETS if secret in said] == []


def test_whatever_others_said_the_bytes_and_the_queries_are_the_same(
    audited: AuditWorld, sign_in: SignIn, count_queries: Count
) -> None:
    path, client = begun(audited, sign_in), sign_in(audited.ada.id)

    with count_queries() as before_statements:
        before = client.get(path)
    with audited.database.writing() as db:
        db.execute(
            update(AutoScore).values(value="na", confidence=0.99, evidence=[0], is_found=False)
        )
        db.execute(update(TurnSentiment).values(value="negative"))
        db.execute(
            update(ScoringRun).values(topic="billing", quality_score=3.0, risk=0.99, resolved="no")
        )
        db.execute(update(HeadVersion).values(version="heads-9"))
        db.execute(update(Review).values(quality_score=1.0, reviewer_id=audited.lead.id))
        db.execute(update(QueueItem).values(priority=99.0, why=[{"code": "sure"}]))
    with count_queries() as after_statements:
        after = client.get(path)

    shown = [REQUEST.sub("", answer.text) for answer in (before, after)]
    assert shown[0] == shown[1]
    names = [{k: v for k, v in a.headers.items() if k != "x-request-id"} for a in (before, after)]
    assert names[0] == names[1]
    assert before_statements == after_statements
    read = " ".join(before_statements)
    assert "auto_scores" not in read
    assert "turn_sentiments" not in read
    assert "quality_score" not in read


def test_other_pages_about_the_conversation_open_after_the_audit(
    audited: AuditWorld, sign_in: SignIn
) -> None:
    path, client = begun(audited, sign_in), sign_in(audited.ada.id)
    pages = [
        f"/conversations/{audited.conversation_id}",
        f"/conversations/{audited.conversation_id}/similar",
        f"/reviews/{audited.review_id}",
        f"/reviews/{audited.review_id}/merge",
        f"/cases/{audited.case_id}",
    ]

    closed = [client.get(page) for page in pages]

    assert [answer.status_code for answer in closed] == [409] * 5
    assert all("Open after your audit" in answer.text for answer in closed)
    assert all(secret not in answer.text for answer in closed for secret in (MODEL[:8], "43\u00a0"))
    refused = client.post(f"/queue/{audited.conversation_id}/open")
    assert refused.status_code == 409
    client.post(path, data=PASSES)
    assert [client.get(page).status_code for page in pages] == [200, 200, 200, 303, 200]


def test_a_review_is_closed_before_the_audit_is_begun_as_well(
    audited: AuditWorld, sign_in: SignIn
) -> None:
    client = sign_in(audited.ada.id)

    assert client.get(f"/reviews/{audited.review_id}").status_code == 409
    assert client.get(f"/conversations/{audited.conversation_id}").status_code == 200


def test_who_cannot_audit_it_sees_all(audited: AuditWorld, sign_in: SignIn) -> None:
    """Jan has reviewed it; the agent and a mentor audit nothing; a stranger sees no such thing."""
    with audited.database.writing() as db:
        mentor = make_user(db, role="mentor", name="Mia")
        stranger = make_user(db, name="Sam", teams=("Returns",))

    review = f"/reviews/{audited.review_id}"
    assert sign_in(audited.jan.id).get(review).status_code == 200
    assert sign_in(mentor.id).get(review).status_code == 200
    missing = sign_in(stranger.id).get(f"/reviews/{uuid.UUID(int=7)}").text
    foreign = sign_in(stranger.id).get(review)
    assert foreign.status_code == 404
    assert REQUEST.sub("", foreign.text) == REQUEST.sub("", missing)


def test_the_queue_says_nothing_of_what_is_to_be_audited(
    audited: AuditWorld, sign_in: SignIn
) -> None:
    with audited.database.writing() as db:
        db.execute(update(QueueItem).values(state="waiting"))
    main = sign_in(audited.ada.id).get("/queue").text.split("<main")[1]

    assert main.count("Hello, my parcel") == 1
    assert "no machine values shown" in main
    assert "1 review waits, about 6 minutes." in main
    assert "12 to rate" in main
    secrets = ("Critical error nominated</span><span", "Fail proposed", "Ben Okafor", "mood mood-")
    assert [
        secret for secret in (*secrets, "delivery", "C11", "Machine unsure") if secret in main
    ] == []
    assert '<span>Critical errors nominated</span><span class="num">0</span>' in main
    other = sign_in(audited.jan.id).get("/queue").text
    assert "Fail proposed" in other or "Critical error nominated</span>" in other
    assert f"{audited.path}/open" not in other


def test_nobody_is_offered_their_own_what_they_reviewed_or_skipped(
    audited: AuditWorld, sign_in: SignIn
) -> None:
    def may_open(person: uuid.UUID) -> int:
        return sign_in(person).post(f"{audited.path}/open").status_code

    assert may_open(audited.jan.id) == 404, "reviewed it"
    with audited.database.writing() as db:
        db.execute(update(Review).values(reviewer_id=audited.lead.id))
    assert may_open(audited.jan.id) == 404, "rated it"
    with audited.database.writing() as db:
        db.add(Skip(conversation_id=audited.conversation_id, user_id=audited.ada.id, reason="x"))
    assert may_open(audited.ada.id) == 404, "skipped it"
    with audited.database.writing() as db:
        db.execute(delete(Skip))
    audited.make_own(audited.ada)
    assert may_open(audited.ada.id) == 404, "served the customer"
    assert audited.audit().state == "waiting"


def test_what_somebody_has_open_is_theirs_until_the_time_is_over(
    audited: AuditWorld, sign_in: SignIn
) -> None:
    with audited.database.writing() as db:
        eve = make_user(db, name="Eve Long")
    path = begun(audited, sign_in)

    refused = sign_in(eve.id).post(f"{path}/open")
    assert (refused.status_code, "Ada Marlow has this" in refused.text) == (409, True)
    assert path not in sign_in(eve.id).get("/queue").text
    assert "your draft, until" in sign_in(audited.ada.id).get("/queue").text
    with audited.database.writing() as db:
        db.execute(update(Audit).values(locked_until=audited.audit().drawn_at))
    assert sign_in(eve.id).post(f"{path}/open").status_code == 303
    assert audited.audit().reviewer_id == eve.id
    assert sign_in(audited.ada.id).post(path, data=PASSES).status_code == 409
