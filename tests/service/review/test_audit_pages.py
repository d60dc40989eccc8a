"""Rating blind, comparing, and changing a value with a reason; all of it without JavaScript."""

import re

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from service.audit.tables import AuditRow
from service.database import Database
from service.review.audited import audited_values
from service.review.streams import is_blind_due, mixed
from service.review.tables import Audit, AuditRating
from tests.factories import CRITERIA, make_user
from tests.service.review.auditing_world import PASSES, AuditWorld
from tests.service.review.team import SignIn


@pytest.fixture
def audited(database: Database) -> AuditWorld:
    return AuditWorld(database)


def submitted(world: AuditWorld, sign_in: SignIn, **changed: str) -> str:
    client = sign_in(world.ada.id)
    client.post(f"{world.path}/open")
    answer = client.post(world.path, data={**PASSES, **changed})
    assert (answer.status_code, answer.headers["location"]) == (303, world.path)
    return world.path


def test_definitions_stand_beside_each_criterion(audited: AuditWorld, sign_in: SignIn) -> None:
    client = sign_in(audited.ada.id)
    client.post(f"{audited.path}/open")

    page = client.get(audited.path).text

    assert page.count("<summary") == page.count('class="definitions"') + page.count("turn-quoted")
    assert page.count('class="definitions"') == 12
    assert "Yours until" in page
    assert re.search(r'name="value-data_protection" value="partial" disabled', page)
    assert f'action="{audited.path}"' in page


def test_twelve_ratings_are_kept_and_compared(audited: AuditWorld, sign_in: SignIn) -> None:
    path = submitted(audited, sign_in, **{"value-plan": "fail", "note": "  Is noon enough?  "})

    assert audited.ratings() == [(k, "fail" if k == "plan" else "pass", None) for k in CRITERIA]
    audit = audited.audit()
    assert (audit.state, audit.reviewer_id, audit.locked_until, audit.note) == (
        "submitted",
        audited.ada.id,
        None,
        "Is noon enough?",
    )
    page = sign_in(audited.ada.id).get(path).text
    assert "11 of 12 as the auto-scores, 1 of 2 as Jan Reyes" in page
    assert page.count("differs") == 2  # data_protection from the machine, empathy from Jan
    assert "43\u00a0%" in page
    with audited.database.reading() as db:
        acts = db.execute(select(AuditRow.action, AuditRow.actor_id).order_by(AuditRow.sequence))
        assert [tuple(act) for act in acts if act[0].startswith("audit.")] == [
            ("audit.opened", audited.ada.id),
            ("audit.submitted", audited.ada.id),
        ]


def test_what_is_missing_is_said_and_the_rest_stays_chosen(
    audited: AuditWorld, sign_in: SignIn
) -> None:
    client = sign_in(audited.ada.id)
    client.post(f"{audited.path}/open")

    answer = client.post(audited.path, data={"value-greeting": "fail", "note": "Hm."})

    assert answer.status_code == 422
    assert "Still to rate: C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12." in answer.text
    assert 'name="value-greeting" value="fail" checked' in answer.text
    assert ">Hm.</textarea>" in answer.text
    assert audited.ratings() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"value-data_protection": "partial"},
        {"value-greeting": "good"},
        {"value-nothing": "pass"},
        {"cause-greeting": "agent_skill"},
        {"note": "x" * 4001},
    ],
)
def test_what_does_not_fit_is_refused(
    audited: AuditWorld, sign_in: SignIn, fields: dict[str, str]
) -> None:
    client = sign_in(audited.ada.id)
    client.post(f"{audited.path}/open")

    assert client.post(audited.path, data={**PASSES, **fields}).status_code == 422
    assert audited.ratings() == []


def test_the_same_form_sent_twice_counts_once(audited: AuditWorld, sign_in: SignIn) -> None:
    path = submitted(audited, sign_in)

    again = sign_in(audited.ada.id).post(path, data={**PASSES, "value-plan": "fail"})

    assert (again.status_code, len(audited.ratings())) == (303, 12)


def test_a_change_needs_a_reason_and_is_a_new_row(audited: AuditWorld, sign_in: SignIn) -> None:
    path, client = submitted(audited, sign_in), sign_in(audited.ada.id)
    change = f"{path}/ratings/plan"

    for reason in ("", "  a ", "x" * 501):
        refused = client.post(change, data={"value": "fail", "reason": reason})
        assert refused.status_code == 422, reason
    assert client.post(change, data={"value": "pass", "reason": "No change"}).status_code == 422
    assert (
        client.post(change, data={"value": "fail", "reason": "No owner named"}).status_code == 303
    )

    assert audited.ratings()[12:] == [("plan", "fail", "No owner named")]
    page = client.get(path).text
    assert "was pass" in page
    assert "No owner named" in page
    with audited.database.reading() as db:
        row = db.scalars(select(AuditRow).where(AuditRow.action == "audit.changed")).one()
        assert (row.details["before"], row.details["after"]) == ("pass", "fail")
        values = {v.criterion: (v.blind_value, v.value) for v in audited_values(db)}
        assert values["plan"] == ("pass", "fail")
        assert values["greeting"] == ("pass", "pass")
        assert {v.inclusion_probability for v in audited_values(db)} == {0.15}
        assert audited_values(db, kinds=("second",)) == []


def test_only_the_auditor_changes_and_only_the_auditor_and_leads_read(
    audited: AuditWorld, sign_in: SignIn
) -> None:
    before = sign_in(audited.ada.id).post(
        f"{audited.path}/ratings/plan", data={"value": "fail", "reason": "Too early"}
    )
    path = submitted(audited, sign_in)

    assert before.status_code == 403
    lead = sign_in(audited.lead.id)
    assert "12 of 12" not in lead.get(path).text
    assert "Change" not in lead.get(path).text.split("<main")[1]
    change = {"value": "fail", "reason": "I say so"}
    assert lead.post(f"{path}/ratings/plan", data=change).status_code == 403
    assert sign_in(audited.jan.id).get(path).status_code == 404


def test_skipping_leaves_it_to_others(audited: AuditWorld, sign_in: SignIn) -> None:
    client = sign_in(audited.ada.id)
    client.post(f"{audited.path}/open")

    assert client.post(f"{audited.path}/skip", data={"reason": "boring"}).status_code == 422
    done = client.post(f"{audited.path}/skip", data={"reason": "know_the_customer"})

    audit = audited.audit()
    assert (done.status_code, done.headers["location"]) == (303, "/queue")
    assert (audit.state, audit.reviewer_id) == ("waiting", None)
    assert audited.path not in client.get("/queue").text
    assert audited.path in sign_in(audited.lead.id).get("/queue").text
    assert sign_in(audited.ada.id).get(f"/reviews/{audited.review_id}").status_code == 200


def test_a_page_that_nobody_began_leads_to_the_stream(audited: AuditWorld, sign_in: SignIn) -> None:
    client = sign_in(audited.ada.id)

    shown = client.get(audited.path)

    assert (shown.status_code, shown.headers["location"]) == (303, "/queue?stream=blind")
    stream = client.get("/queue?stream=blind").text
    assert f'action="{audited.path}/open"' in stream
    assert client.get("/queue?stream=blind&after=1").status_code == 422
    assert "Nothing waits here." in client.get("/queue?stream=blind&language=pl").text


def test_when_no_review_waits_the_next_piece_of_work_is_an_audit(
    audited: AuditWorld, sign_in: SignIn
) -> None:
    """Jan submits a review; Ada's next is the audit, as she has nothing else to do."""
    other = audited.add()
    client = sign_in(audited.ada.id)
    opened = client.post(f"/queue/{other}/open").headers["location"]
    values = {"version": "1", "value-greeting": "pass"}

    done = client.post(opened, data=values)

    assert (done.status_code, done.headers["location"]) == (303, audited.path)
    assert audited.audit().reviewer_id == audited.ada.id


def test_blind_audits_are_a_share_of_what_comes_one_after_another() -> None:
    rows = list(mixed(range(20), ["a", "b", "c", "d", "e"], share=0.15))

    assert [place for place, row in enumerate(rows, 1) if isinstance(row, str)] == [
        7, 14, 20, 24, 25,
    ]  # fmt: skip
    assert rows[:6] == [0, 1, 2, 3, 4, 5]
    assert [n for n in range(20) if is_blind_due(n, share=0.15)] == [6, 13, 19]
    assert list(mixed([1, 2], ["a"], share=0.0)) == [1, 2, "a"]
    assert not any(is_blind_due(n, share=0.0) for n in range(50))


def test_the_ratings_of_an_audit_cannot_be_changed_in_the_database(
    audited: AuditWorld, sign_in: SignIn
) -> None:
    submitted(audited, sign_in)

    with pytest.raises(DBAPIError), audited.database.writing() as db:
        db.execute(update(AuditRating).values(value="fail"))
    with audited.database.reading() as db:
        assert db.scalars(select(Audit.state)).all() == ["submitted"]


def test_a_lead_who_may_audit_it_reads_the_comparison_only_afterwards(
    audited: AuditWorld, sign_in: SignIn
) -> None:
    path = submitted(audited, sign_in)

    assert sign_in(audited.lead.id).get(path).status_code == 200
    with audited.database.writing() as db:
        eve = make_user(db, role="lead", name="Eve", teams=("Returns",))
    assert sign_in(eve.id).get(path).status_code == 404
