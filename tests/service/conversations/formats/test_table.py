from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.conversations.formats.columns import missing, propose_mapping
from service.conversations.formats.options import FormatOptions
from service.conversations.formats.table import parse, preview
from service.conversations.moments import table_moment
from service.conversations.neutral import NeutralConversation, NeutralTurn, Refused


def read(text: str | bytes, **options: Any) -> list[NeutralConversation | Refused]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(parse(BytesIO(data), FormatOptions(**options)))


def test_excels_polish_csv_becomes_conversations() -> None:
    text = (
        "\ufeffticket_ref;source;created;owner_email;author_type;body;survey_score;tags\r\n"
        'GO-1;web chat;14.05.2025 09:12;anna@x.pl;visitor;"hi\r\nmy ""box"" came; but";5;"a, b"\r\n'
        "GO-2;e-mail;45791,5;anna@x.pl;klient;x;9/10;\r\n"
        "GO-1;web chat;14.05.2025 09:13;anna@x.pl;agent;ok;;c\r\n"
    )

    assert read(text) == [
        NeutralConversation(
            id="GO-1",
            channel="chat",
            turns=(
                NeutralTurn("customer", 'hi\nmy "box" came; but'),
                NeutralTurn("agent", "ok"),
            ),
            agent="anna@x.pl",
            started_at=datetime(2025, 5, 14, 9, 12, tzinfo=UTC),
            csat=5,
            tags=("a", "b", "c"),
        ),
        NeutralConversation(
            id="GO-2",
            channel="email",
            turns=(NeutralTurn("customer", "x"),),
            agent="anna@x.pl",
            started_at=datetime(2025, 5, 14, 12, tzinfo=UTC),
            csat=1 + 4 * 8 / 9,
        ),
    ]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("cp1250", "id;mówca;treść\r\n1;klient;Zażółć\r\n"), ("cp1251", "номер;роль;текст\n1;клиент;Зажёг\n"),
     ("koi8-r", "номер;роль;текст\n1;клиент;Зажёг\n"), ("utf-16", "id\trole\ttext\n1\tcustomer\tżя\n")],
)  # fmt: skip
def test_other_encodings_are_read_only_by_choice(encoding: str, text: str) -> None:
    (found,) = read(text.encode(encoding), encoding=encoding)
    (refused,) = read(text.encode(encoding))

    assert isinstance(found, NeutralConversation)
    assert found.turns[0].text in {"Zażółć", "Зажёг", "żя"}
    assert isinstance(refused, Refused)
    assert (refused.row, refused.code) == (0, "IMP-003")


def test_a_bad_row_refuses_its_conversation_alone() -> None:
    text = (
        "id,role,text,sent at\n"
        "1,customer,a,28.02.2026 10:00\n"
        "2,customer,b,28.02.2026 10:00\n"
        "1,agent,c,31.02.2026 10:00\n"
    )

    refused, found = read(text)

    assert refused == Refused(4, "sent at", "IMP-012", {"value": "31.02.2026 10:00"})
    assert isinstance(found, NeutralConversation)
    assert found.id == "2"


def test_a_cell_that_is_no_date_is_not_shown() -> None:
    (refused,) = read("id,role,text,sent at\n1,customer,a,Jan Nowak\n")

    assert refused == Refused(2, "sent at", "IMP-012", {"value": "…"})


def test_turns_are_sorted_by_their_times() -> None:
    (found,) = read("id,role,text,at\n1,agent,b,2026-01-01 10:01\n1,customer,a,2026-01-01 10:00\n")

    assert isinstance(found, NeutralConversation)
    assert [turn.text for turn in found.turns] == ["a", "b"]


def test_american_dates_are_known_by_one_that_can_be_nothing_else() -> None:
    first, _ = read("id,role,text,at\n1,agent,a,5/6/2026 9:12 PM\n2,agent,b,5/14/2026 9:12 AM\n")
    (european,) = read("id,role,text,at\n1,agent,a,5/6/2026\n")

    assert isinstance(first, NeutralConversation)
    assert isinstance(european, NeutralConversation)
    assert first.started_at == datetime(2026, 5, 6, 21, 12, tzinfo=UTC)
    assert european.started_at == datetime(2026, 6, 5, tzinfo=UTC)


def test_a_quotation_mark_that_is_never_closed_costs_one_row() -> None:
    found = read('id,role,text\n1,customer,"oh\n2,customer,fine\n3,agent,"good"\n')

    assert [item.code for item in found if isinstance(item, Refused)] == ["IMP-032"]
    assert [item.id for item in found if isinstance(item, NeutralConversation)] == ["2", "3"]


def test_whole_conversations_in_a_cell_are_split_by_their_names() -> None:
    text = 'id,transcript\n1,"[10:02] Anna Lis: Dzień dobry\n(10:03:11) Jan: Mam <b>: tak\ndalej"\n'

    (found,) = read(text)

    assert isinstance(found, NeutralConversation)
    assert found.turns == (
        NeutralTurn("agent", "Dzień dobry", None, "Anna Lis"),
        NeutralTurn("customer", "Mam <b>: tak\ndalej", None, "Jan"),
    )


def test_a_mapping_by_the_person_stands_above_the_proposal() -> None:
    mapping = {"id": "B", "speaker": "C", "text": "A", "metadata.shop": "D"}

    (found,) = read("A,B,C,D\nhello,7,Frau,Łódź\n", mapping=mapping, speakers={"frau": "agent"})

    assert isinstance(found, NeutralConversation)
    assert (found.id, found.turns, found.metadata) == (
        "7",
        (NeutralTurn("agent", "hello", None, "Frau"),),
        {"shop": "Łódź"},
    )
    assert read("A,B\n1,2\n", mapping={**mapping, "id": "X"}) == [
        Refused(0, "id", "IMP-031", {"column": "X"})
    ]


@pytest.mark.parametrize(
    ("header", "mapping"),
    [
        (["Conversation ID", "Sender Type", "Message", "Timestamp"],
         {"id": "Conversation ID", "speaker": "Sender Type", "text": "Message", "at": "Timestamp"}),
        (["Nr zgłoszenia", "Autor", "Treść wiadomości", "Data", "Konsultant"],
         {"id": "Nr zgłoszenia", "speaker": "Autor", "text": "Treść wiadomości", "at": "Data",
          "agent": "Konsultant"}),
        (["Номер обращения", "Роль", "Сообщение", "Оценка"],
         {"id": "Номер обращения", "speaker": "Роль", "text": "Сообщение", "csat": "Оценка"}),
        (["id", "review", "response"], {"id": "id", "customer_text": "review", "agent_text": "response"}),
        (["ticketId", "transcript"], {"id": "ticketId", "transcript": "transcript"}),
    ],
)  # fmt: skip
def test_columns_are_proposed_in_three_languages(
    header: list[str], mapping: dict[str, str]
) -> None:
    assert propose_mapping(header) == mapping
    assert missing(mapping) is None


@pytest.mark.parametrize(
    ("mapping", "needed"),
    [({}, "id"), ({"id": "a"}, "text"), ({"id": "a", "text": "b"}, "speaker")],
)
def test_what_a_mapping_lacks_is_said(mapping: dict[str, str], needed: str) -> None:
    assert missing(mapping) == needed


def test_the_first_rows_are_shown_for_the_choice_of_columns() -> None:
    data = BytesIO(b"id;tekst\n1;a\n2;b\n3;c\n4;d\n")

    assert preview(data, FormatOptions(), rows=2) == [["id", "tekst"], ["1", "a"], ["2", "b"]]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-05-14T09:12:33.123456789+02", datetime(2025, 5, 14, 7, 12, 33, 123456, UTC)),
        ("14.05.2025 09:12", datetime(2025, 5, 14, 9, 12, tzinfo=UTC)),
        ("14/05/25", datetime(2025, 5, 14, tzinfo=UTC)),
        ("14 maja 2025 r., 10:02", datetime(2025, 5, 14, 10, 2, tzinfo=UTC)),
        ("14 мая 2025 г. 10:02:11", datetime(2025, 5, 14, 10, 2, 11, tzinfo=UTC)),
        ("Wed, May 14, 2025 9:12 pm", datetime(2025, 5, 14, 21, 12, tzinfo=UTC)),
        ("45791.3833", datetime(2025, 5, 14, 9, 11, 57, tzinfo=UTC)),
        ("1747213920", datetime(2025, 5, 14, 9, 12, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("31.02.2026", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("soon", None),
        ("١٤.٠٥.٢٠٢٥", None),
    ],
)
def test_dates_are_read_as_people_and_excel_write_them(text: str, moment: datetime | None) -> None:
    assert table_moment(text) == moment


def test_a_time_without_a_zone_is_local_time() -> None:
    warsaw = ZoneInfo("Europe/Warsaw")

    assert table_moment("14.05.2025 09:12", zone=warsaw) == datetime(2025, 5, 14, 7, 12, tzinfo=UTC)
