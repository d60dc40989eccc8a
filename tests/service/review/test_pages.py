"""The queue and review pages: what is shown, saved and refused, and to whom."""

import re
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from service.conversations.tables import Turn
from service.database import Database
from service.identity.queries import principal_of
from service.identity.tables import User
from service.review import actions
from service.review.tables import Rating, Review
from service.scoring.tables import AutoScore, TurnSentiment
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
            return [tuple(row) for row in rows]

    def reviews(self) -> list[Review]:
        with self.database.reading() as db:
            return list(db.scalars(select(Review)))


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


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


def test_an_empty_filter_leads_back_and_unknown_filters_are_refused(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in(world.ada.id)

    assert "Nothing waits here." in client.get("/queue?language=ru").text
    assert "Hello, my parcel" in client.get("/queue?language=en&channel=chat").text
    for query in ("language=xx", "channel=fax", "stream=all", "order=agent__name", "after=1"):
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
    assert "Ada Marlow" in client.get("/queue").text


def test_the_page_shows_proposals_dashed_evidence_and_moods(world: World, sign_in: SignIn) -> None:
    with world.database.writing() as db:
        db.execute(
            update(TurnSentiment).where(TurnSentiment.position == 0).values(value="negative")
        )
        db.execute(
            update(AutoScore)
            .where(AutoScore.criterion == "plan")
            .values(is_found=False, evidence=[3])
        )
    page = sign_in(world.ada.id).get(world.open()).text

    assert '<span class="level level-fail is-auto">' in page
    assert "90\u00a0% sure" in page
    assert '" checked' not in page, "nothing is preselected"
    assert "Mood: negative → neutral" in page
    assert "<bdi>" in page
    assert "Searched, not found:</b>" in page
    assert "In agent turns 2 and 4." in page
    assert re.search(r'value="partial" disabled|value="partial"[^>]* disabled', page)
    assert 'data-criteria="' in page
    assert "2 of 1" not in page
    assert "1 criterion, 1 to decide" in page


def test_hostile_words_stay_words(world: World, sign_in: SignIn) -> None:
    with world.database.writing() as db:
        db.execute(
            update(Turn)
            .where(Turn.position == 1)
            .values(text='<script>alert(1)</script> {{7*7}} <b onclick="x">')
        )
    page = sign_in(world.ada.id).get(world.open()).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{7*7}}" in page


def test_one_post_confirms_and_answers_with_the_row_and_the_foot(
    world: World, sign_in: SignIn
) -> None:
    path, client = world.open(), sign_in(world.ada.id)

    answer = client.post(f"{path}/ratings/plan", headers=HTMX)

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<fieldset")
    assert 'data-state="confirmed"' in answer.text
    assert 'id="submit-row" hx-swap-oob="true"' in answer.text
    assert "1 decided,<br>11 left to the machine" in answer.text
    assert "Draft saved" in answer.text
    assert "all decided" in answer.text
    assert world.ratings() == [("plan", "fail", "confirmed")]


def test_one_post_corrects_with_the_reason_and_cause_prefilled(
    world: World, sign_in: SignIn
) -> None:
    path, client = world.open(), sign_in(world.ada.id)

    answer = client.post(f"{path}/ratings/greeting", data={"value": "fail"}, headers=HTMX)

    assert 'data-state="corrected"' in answer.text
    assert '<option value="evidence_does_not_show_it" selected>' in answer.text
    assert '<option value="agent_skill" selected>' in answer.text
    changed = client.post(
        f"{path}/ratings/greeting",
        data={"value": "fail", "root_cause": "tool", "reason": "wrong_level"},
        headers=HTMX,
    )
    assert '<option value="tool" selected>' in changed.text
    assert '<option value="wrong_level" selected>' in changed.text
    undone = client.post(f"{path}/ratings/greeting/undo", headers=HTMX)
    assert 'data-state="todo"' in undone.text


def test_without_javascript_the_form_keeps_all_and_comes_back(
    world: World, sign_in: SignIn
) -> None:
    path, client = world.open(), sign_in(world.ada.id)

    saved = client.post(
        path,
        data={"version": "1", "value-plan": "partial", "comment-closing": "Short.", "save": "plan"},
    )
    confirmed = client.post(path, data={"version": "1", "confirm": "greeting"})
    undone = client.post(path, data={"version": "1", "undo": "greeting"})

    assert (saved.status_code, saved.headers["location"]) == (303, f"{path}?at=plan#c5")
    assert confirmed.headers["location"] == f"{path}?at=greeting#c1"
    assert undone.status_code == 303
    assert world.ratings() == [
        ("plan", "partial", "corrected"),
        ("closing", "pass", "undone"),
        ("greeting", "pass", "confirmed"),
        ("greeting", "pass", "undone"),
    ]
    assert "Short." in client.get(path).text


def test_submitting_early_keeps_what_came_and_says_what_is_left(
    world: World, sign_in: SignIn
) -> None:
    path, client = world.open(), sign_in(world.ada.id)

    page = client.post(path, data={"version": "1", "value-clarity": "pass", "comment-plan": "Hm."})

    assert page.status_code == 422
    assert "Still to decide: C5." in page.text
    assert "REV-422" in page.text
    assert "Hm." in page.text
    assert ("clarity", "pass", "confirmed") in world.ratings()


def test_submit_and_next_opens_the_next_conversation(world: World, sign_in: SignIn) -> None:
    path, client = world.open(), sign_in(world.ada.id)
    world.add({"plan": "fail"})

    response = client.post(path, data={"version": "1", "value-plan": "fail"})

    assert response.status_code == 303
    first, second = sorted(world.reviews(), key=lambda review: review.state, reverse=True)
    assert (first.state, second.state) == ("submitted", "draft")
    assert response.headers["location"] == f"/reviews/{second.id}"
    last = client.post(
        f"/reviews/{second.id}", data={"version": "1", "value-plan": "fail", "value-closing": "na"}
    )
    assert last.headers["location"] == "/queue"
    page = client.get("/queue").text
    assert "All is reviewed." in page
    assert "2 done today" in page


def test_two_reviewers_at_once_end_in_a_merge_and_nothing_is_lost(
    world: World, sign_in: SignIn
) -> None:
    path = world.open()
    sign_in(world.jan.id).post(path, data={"version": "1", "value-plan": "partial"})
    client = sign_in(world.ada.id)

    page = client.post(
        path,
        data={
            "version": "1",
            "value-plan": "fail",
            "value-greeting": "pass",
            "comment-plan": "No date.",
        },
    )

    assert page.status_code == 409
    assert "REV-409" in page.text
    assert "Jan Reyes submitted this review while you were working" in page.text
    assert "You started from version 1; it is now version 2." in page.text
    assert "No date." in page.text
    assert 'name="choice-plan" value="theirs" required' in page.text
    assert "Compare with yours" in client.get(path).text
    half = client.post(f"{path}/merge", data={"version": "2"})
    assert half.status_code == 422
    stale = client.post(f"{path}/merge", data={"version": "1", "choice-plan": "mine"})
    assert stale.status_code == 409
    merged = client.post(f"{path}/merge", data={"version": "2", "choice-plan": "mine"})
    assert merged.status_code == 303
    [review] = world.reviews()
    assert (review.reviewer_id, review.version, review.state) == (world.ada.id, 3, "submitted")


def test_keeping_the_others_review_changes_nothing_in_force(world: World, sign_in: SignIn) -> None:
    path = world.open()
    sign_in(world.jan.id).post(path, data={"version": "1", "value-plan": "partial"})
    client = sign_in(world.ada.id)
    client.post(f"{path}/ratings/plan", data={"value": "fail"})

    kept = client.post(f"{path}/merge", data={"version": "2", "keep": "theirs"})

    assert kept.status_code == 303
    [review] = world.reviews()
    assert (review.reviewer_id, review.version) == (world.jan.id, 2)
    assert client.get(f"{path}/merge").status_code == 303


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


def test_pins_are_shown_on_the_turn(world: World, sign_in: SignIn) -> None:
    path, client = world.open(), sign_in(world.ada.id)

    answer = client.post(
        f"{path}/pins",
        data={"criterion": "plan", "position": "1", "is_praise": "true"},
        headers=HTMX,
    )

    assert 'id="turn-tags-2" hx-swap-oob="true"' in answer.text
    assert "pinned as a good example" in answer.text
    assert 'aria-pressed="true"' in answer.text


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


WRITES = (
    ("/ratings/plan", {}),
    ("/ratings/plan/undo", {}),
    ("/comments", {"criterion": "plan", "comment": "x"}),
    ("/pins", {"criterion": "plan", "position": "1"}),
    ("", {"version": "1", "value-plan": "fail"}),
    ("/merge", {"version": "1"}),
)


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


@pytest.mark.parametrize("acts", [1, 3])
def test_showing_a_review_takes_the_same_queries_for_any_number_of_acts(
    world: World, sign_in: SignIn, count_queries: Count, acts: int
) -> None:
    path, client = world.open(), sign_in(world.ada.id)
    for key in ("plan", "greeting", "closing")[:acts]:
        client.post(f"{path}/ratings/{key}")

    with count_queries() as statements:
        client.get(path)

    assert len([s for s in statements if s.startswith("SELECT")]) == 11


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_page_takes_the_same_queries_for_any_length(
    world: World, sign_in: SignIn, count_queries: Count, rows: int
) -> None:
    client = sign_in(world.ada.id)
    for _ in range(rows - 1):
        world.add()

    with count_queries() as statements:
        client.get("/queue")

    assert len([s for s in statements if s.startswith("SELECT")]) == 6


def test_the_help_lists_every_key(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.ada.id).get(world.open()).text
    help_text = page[page.index('id="keys"') : page.index('id="skip"')]

    shown = re.findall(r"<kbd>(.*?)</kbd>", help_text)

    assert shown == [
        *("↑ ↓", "1", "2", "3", "0", "Space", "E", "R", "C", "P", "Shift P", "Z", "S"),
        *("Ctrl Enter", "? F1", "Esc"),
    ]


def test_nothing_inline_and_one_primary_button(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.ada.id)
    for page in (client.get(world.open()).text, client.get("/queue").text):
        assert " style=" not in page
        assert " onclick=" not in page
        assert not re.search(r"<script(?![^>]* src=)", page)
