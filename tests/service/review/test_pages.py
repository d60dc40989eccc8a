"""The review page: what is shown, and what one act, the form and submitting answer."""

import re

import pytest
from sqlalchemy import update

from service.conversations.tables import Turn
from service.scoring.tables import AutoScore, TurnSentiment
from tests.service.review.team import HTMX, Count, SignIn, World


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
    assert "Today 2 of 18 done" in page


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


@pytest.mark.parametrize("acts", [1, 3])
def test_showing_a_review_takes_the_same_queries_for_any_number_of_acts(
    world: World, sign_in: SignIn, count_queries: Count, acts: int
) -> None:
    path, client = world.open(), sign_in(world.ada.id)
    for key in ("plan", "greeting", "closing")[:acts]:
        client.post(f"{path}/ratings/{key}")

    with count_queries() as statements:
        client.get(path)

    assert len([s for s in statements if s.startswith("SELECT")]) == 12


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
