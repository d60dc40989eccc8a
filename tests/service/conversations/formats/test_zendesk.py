import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest

from service.conversations.formats.html_text import html_text, text_of
from service.conversations.formats.options import FormatOptions, HelpDeskUser
from service.conversations.formats.zendesk import parse, read_users
from service.conversations.neutral import NeutralConversation, NeutralTurn, Refused
from service.conversations.validation import Flaw

USERS = [
    {"id": 5, "name": "Jan Nowak", "role": "end-user", "active": True},
    {"id": 6, "name": "Kolega", "role": "end-user", "active": True},
    {"id": 9, "name": "Anna Kowalska", "role": "agent", "active": True},
    {"id": 10, "name": "Permanently deleted user", "role": "end-user", "active": False},
]


def at(minute: int) -> datetime:
    return datetime(2026, 5, 14, 9, minute, tzinfo=UTC)


def comment(author: int | None, text: str, minute: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "id": minute,
        "type": "Comment",
        "author_id": author,
        "body": text,
        "public": True,
        "created_at": f"2026-05-14T09:{minute:02}:00Z",
        "via": {"channel": "web"},
        "metadata": {"system": {"ip_address": "10.0.0.1", "location": "Warsaw"}},
        **fields,
    }


def ticket(*comments: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": 88213,
        "subject": "Zwrot",
        "status": "closed",
        "requester_id": 5,
        "assignee_id": 9,
        "tags": ["zwrot", "pl"],
        "via": {"channel": "email"},
        "created_at": "2026-05-14T09:00:00Z",
        "comments": list(comments),
        **fields,
    }


def read(value: Any, users: list[dict[str, Any]] | None = None) -> NeutralConversation | Refused:
    known = read_users(json.dumps(USERS if users is None else users).encode())
    (found,) = parse(BytesIO(json.dumps(value).encode()), FormatOptions(users=known))
    return found


def turns(value: Any, users: list[dict[str, Any]] | None = None) -> tuple[NeutralTurn, ...]:
    found = read(value, users)
    assert isinstance(found, NeutralConversation), found
    return found.turns


def test_a_ticket_becomes_a_conversation() -> None:
    found = read(
        ticket(
            comment(5, "Gdzie paczka?", 1),
            comment(9, "", 3, html_body="<p>Dzień&nbsp;dobry</p><p>już <b>sprawdzam</b></p>"),
            comment(9, "klient zły", 4, public=False),
            satisfaction_rating={"score": "good", "comment": "super"},
        )
    )

    assert found == NeutralConversation(
        id="88213",
        channel="email",
        turns=(
            NeutralTurn("customer", "Gdzie paczka?", at(1), "Jan Nowak"),
            NeutralTurn("agent", "Dzień dobry\njuż sprawdzam", at(3), "Anna Kowalska"),
            NeutralTurn("note", "klient zły", at(4), "Anna Kowalska"),
        ),
        agent="Anna Kowalska",
        customer="Jan Nowak",
        started_at=at(0),
        csat=5,
        tags=("zwrot", "pl"),
        metadata={"subject": "Zwrot", "status": "closed", "satisfaction_comment": "super"},
    )


def test_comments_stand_in_the_order_of_their_own_times() -> None:
    found = turns(ticket(comment(9, "second", 5), comment(5, "first", 1)))

    assert [turn.text for turn in found] == ["first", "second"]


def test_what_no_person_wrote_is_system_or_bot() -> None:
    found = turns(
        ticket(
            comment(-1, "auto-solved", 1),
            comment(9, "trigger", 2, via={"channel": "rule"}),
            comment(9, "merged", 3, type="Event"),
            comment(None, "unknown", 4),
            comment(9, "have you tried", 5, via={"channel": "answer_bot"}),
        )
    )

    assert [turn.speaker for turn in found] == ["system", "system", "system", "system", "bot"]


def test_deleted_people_keep_their_side() -> None:
    value = ticket(
        comment(5, "asks", 1),
        comment(10, "answers", 2),
        comment(77, "answers, too", 3),
        comment(6, "is a colleague of the customer", 4),
        comment(78, "was copied in", 5),
        collaborator_ids=[78],
        assignee_id=10,
    )

    found = read(value)

    assert isinstance(found, NeutralConversation)
    assert found.agent is None
    assert [(turn.speaker, turn.author) for turn in found.turns] == [
        ("customer", "Jan Nowak"),
        ("agent", None),
        ("agent", None),
        ("customer", "Kolega"),
        ("customer", None),
    ]


def test_a_deleted_requester_stays_the_customer() -> None:
    found = read(ticket(comment(5, "asks", 1)), [])

    assert isinstance(found, NeutralConversation)
    assert [turn.speaker for turn in found.turns] == ["customer"]
    assert found.customer == "5"


def test_deleted_tickets_are_refused_with_the_reason() -> None:
    found = read(ticket(status="deleted"))

    assert found == Refused(1, "status", "IMP-040")


def test_a_ticket_without_comments_has_its_description() -> None:
    found = turns(ticket(description="Hello<br>there", comments=None))

    assert found == (NeutralTurn("customer", "Hello\nthere", at(0), "Jan Nowak"),)


@pytest.mark.parametrize(
    ("score", "csat"),
    [("good", 5), ("bad", 1), ("offered", None), ("unoffered", None), ("4", 4), (3, 3), (9, None)],
)
def test_satisfaction_becomes_one_to_five(score: Any, csat: float | None) -> None:
    found = read(ticket(satisfaction_rating={"score": score}))

    assert isinstance(found, NeutralConversation)
    assert found.csat == csat


@pytest.mark.parametrize(
    ("via", "channel"),
    [("web", "email"), ("native_messaging", "chat"), ("voice", "call"), ("facebook", "social"),
     ("Google Play", "review"), ("something new", "email")],
)  # fmt: skip
def test_the_way_in_becomes_the_channel(via: str, channel: str) -> None:
    found = read(ticket(via={"channel": via}))

    assert isinstance(found, NeutralConversation)
    assert found.channel == channel


def test_an_unreadable_time_is_named() -> None:
    found = read(ticket(comment(5, "x", created_at="yesterday")))

    assert found == Refused(1, "comments[0].created_at", "IMP-012", {"value": "…"})


@pytest.mark.parametrize(
    "text",
    ['[{"id": 5, "name": "A", "role": "agent"}]', '{"users": [{"id": 5, "name": "A", "role": "admin"}]}',
     '{"id": 5, "name": "A", "role": "agent"}\n', '\ufeff{"user": {"id": 5, "name": "A", "role": "agent"}}'],
)  # fmt: skip
def test_users_come_as_lines_array_or_object(text: str) -> None:
    assert read_users(text.encode()) == {"5": HelpDeskUser("5", "A", "agent")}


def test_a_broken_list_of_users_is_refused() -> None:
    with pytest.raises(Flaw, match="IMP-041"):
        read_users(b'[{"name": "nobody"}]')


def test_html_becomes_what_a_reader_sees() -> None:
    body = (
        "<html><head><title>x</title><style>p{}</style></head><body><p>Hi&nbsp;<b>you</b> &lt;3</p>"
        "<ul><li>a</li><li>b</li></ul>one<br>two<script>alert(1)</script><!-- c --></body></html>"
    )

    assert html_text(body) == "Hi you <3\n- a\n- b\n\none\ntwo"
    assert text_of("a < b && c > d &amp; e") == "a < b && c > d & e"
    assert html_text("<div>" * 20_000 + "deep") == "deep"
