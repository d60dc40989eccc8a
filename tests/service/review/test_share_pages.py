"""A lead shares the time among the streams; blind audits do not vanish by accident."""

from sqlalchemy import select

from service.audit.tables import AuditRow
from service.review.sharing import shares
from tests.factories import make_user
from tests.service.review.team import SignIn, World

SENT = {
    "critical": "25",
    "dispute": "15",
    "unsure": "20",
    "coverage": "15",
    "blind": "15",
    "praise": "10",
    "second": "7",
}


def test_shares_are_shown_and_changed_and_told(world: World, sign_in: SignIn) -> None:
    with world.database.writing() as db:
        lead = make_user(db, role="lead", name="Lea Quist")
    client = sign_in(lead.id)

    page = client.get("/queue/shares").text
    assert (
        'name="blind" type="number" inputmode="numeric" min="0" max="100" required value="15"'
        in page
    )
    assert 'href="/queue/shares"' in client.get("/queue").text
    saved = client.post("/queue/shares", data={**SENT, "blind": "20", "unsure": "15"})

    assert (saved.status_code, saved.headers["location"]) == (303, "/queue/shares")
    with world.database.reading() as db:
        assert (shares(db)["blind"], shares(db)["unsure"], shares(db)["second"]) == (
            0.2,
            0.15,
            0.07,
        )
        rows = db.scalars(select(AuditRow).where(AuditRow.action == "shares.changed")).all()
        assert [(row.subject, row.details) for row in rows] == [
            ("stream:unsure", {"before": 0.2, "after": 0.15}),
            ("stream:blind", {"before": 0.15, "after": 0.2}),
        ]


def test_fewer_blind_audits_need_a_confirmation(world: World, sign_in: SignIn) -> None:
    with world.database.writing() as db:
        lead = make_user(db, role="lead", name="Lea Quist")
    client = sign_in(lead.id)
    none = {**SENT, "blind": "0", "unsure": "35"}

    refused = client.post("/queue/shares", data=none)
    assert (refused.status_code, "Confirm it, or keep 15" in refused.text) == (422, True)
    for wrong in (
        {"unsure": "21"},
        {"praise": "5", "unsure": "25"},
        {"second": "4"},
        {"second": "11"},
    ):
        assert client.post("/queue/shares", data={**SENT, **wrong}).status_code == 422, wrong
    with world.database.reading() as db:
        assert shares(db)["blind"] == 0.15

    assert client.post("/queue/shares", data={**none, "less_blind": "true"}).status_code == 303
    with world.database.reading() as db:
        assert shares(db)["blind"] == 0.0


def test_reviewers_do_not_share_the_time(world: World, sign_in: SignIn) -> None:
    assert sign_in(world.ada.id).get("/queue/shares").status_code == 403
    assert "/queue/shares" not in sign_in(world.ada.id).get("/queue").text
