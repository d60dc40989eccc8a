"""The queue: what it says, opening, skipping."""

import pytest
from sqlalchemy import update

from service.database import Database
from service.job_tables import Job
from service.review.tables import QueueItem
from tests.factories import make_user
from tests.service.review.team import Count, SignIn, World


def test_the_queue_says_why_how_long_and_whose(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.ada.id).get("/queue")

    assert page.status_code == 200
    assert "My queue" in page.text
    assert "1 review waits, about 1 minute." in page.text
    assert "Fail proposed" in page.text
    assert "C5 Plan, owner and deadline" in page.text
    assert "Hello, my parcel is two weeks late" in page.text
    assert "Ben Okafor" in page.text
    assert "mood from neutral to neutral, 0 of 3 turns negative" in page.text
    assert f'action="/queue/{world.conversation_id}/open"' in page.text


def test_the_first_day_says_what_to_do_next(database: Database, sign_in: SignIn) -> None:
    with database.writing() as db:
        ada = make_user(db)

    page = sign_in(ada.id).get("/queue")

    assert "Nothing to review yet" in page.text
    assert "Import conversations" in page.text


@pytest.mark.parametrize(
    ("state", "said"),
    [("running", "Conversations are being scored."), ("done", "All is reviewed.")],
)
def test_an_empty_queue_says_when_more_is_coming(
    world: World, sign_in: SignIn, state: str, said: str
) -> None:
    with world.database.writing() as db:
        db.execute(update(QueueItem).values(state="done"))
        db.add(Job(kind="score", state=state))

    assert said in sign_in(world.ada.id).get("/queue").text


def test_an_empty_filter_leads_back_and_unknown_filters_are_refused(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in(world.ada.id)

    assert "Nothing waits here." in client.get("/queue?language=ru").text
    assert "Hello, my parcel" in client.get("/queue?language=en&channel=chat").text
    for query in ("language=xx", "channel=fax", "stream=none", "order=agent__name", "after=1"):
        assert client.get(f"/queue?{query}").status_code == 422, query


def test_opening_is_a_post_that_leads_to_the_review(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.ada.id)

    response = client.post(f"/queue/{world.conversation_id}/open")

    [review] = world.reviews()
    assert (response.status_code, response.headers["location"]) == (303, f"/reviews/{review.id}")
    page = client.get(f"/reviews/{review.id}").text
    assert "Yours until" in page
    assert "your draft, until" in client.get("/queue").text
    refused = sign_in(world.jan.id).post(f"/queue/{world.conversation_id}/open")
    assert refused.status_code == 409
    assert "Ada Marlow has this conversation open" in refused.text
    assert "Ada Marlow" in client.get("/queue?stream=all").text
    assert "or others have open what is left" in client.get("/queue").text


def test_skipping_sends_back_to_the_queue(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.ada.id)

    assert (
        client.post(f"/queue/{world.conversation_id}/skip", data={"reason": "boring"}).status_code
        == 422
    )
    done = client.post(f"/queue/{world.conversation_id}/skip", data={"reason": "needs_a_lead"})

    assert (done.status_code, done.headers["location"]) == (303, "/queue")
    assert "Hello, my parcel" not in client.get("/queue").text
    assert "Hello, my parcel" in sign_in(world.jan.id).get("/queue").text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_page_takes_the_same_queries_for_any_length(
    world: World, sign_in: SignIn, count_queries: Count, rows: int
) -> None:
    client = sign_in(world.ada.id)
    for _ in range(rows - 1):
        world.add()

    with count_queries() as statements:
        client.get("/queue")

    assert len([s for s in statements if s.startswith("SELECT")]) == 12


def test_a_day_is_filled_to_the_quota_and_says_why_each_is_here(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in(world.ada.id)
    for _ in range(20):
        world.add({"data_protection": "fail"})

    main = client.get("/queue").text.split("<main")[1]

    assert main.count('<li class="queue-row') == 18
    assert '<span>All of today</span><span class="num">18</span>' in main
    assert '<span>All waiting</span><span class="num">21</span>' in main
    assert "Critical error nominated" in main.split('<li class="queue-row')[1]
    assert "Coverage due: nobody reviewed this agent this week" in main
    assert client.get("/queue?stream=all").text.count('<li class="queue-row') == 21
    assert client.get("/queue?stream=critical").text.count('<li class="queue-row') == 20
    assert client.get("/queue?stream=unsure").text.count('<li class="queue-row') == 1
