"""Two reviewers at once: the page that lays both sides side by side."""

from tests.service.review.team import SignIn, World


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
