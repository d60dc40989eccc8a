from datetime import UTC, datetime
from io import BytesIO

import pytest

from service.conversations.formats.captions import parse
from service.conversations.formats.options import FormatOptions
from service.conversations.neutral import NeutralConversation, NeutralTurn, Refused


def read(text: str, **options: object) -> NeutralConversation:
    chosen = FormatOptions(file_name="calls/call-17.vtt", **options)  # type: ignore[arg-type]
    (found,) = parse(BytesIO(text.encode()), chosen)
    assert isinstance(found, NeutralConversation), found
    return found


def said(text: str, **options: object) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in read(text, **options).turns]


def vtt(*cues: str) -> str:
    timed = [f"00:{i:02}.000 --> 00:{i + 1:02}.000\n{cue}" for i, cue in enumerate(cues)]
    return "WEBVTT\n\n" + "\n\n".join(timed) + "\n"


ZOOM = """WEBVTT

1
00:00:01.000 --> 00:00:03.000
Anna Kowalska: Dzień dobry, w czym mogę pomóc?

2
00:00:03.500 --> 00:00:06.000
Jan Nowak: Dzień dobry, uwaga: mam problem.

3
00:00:06.500 --> 00:00:07.000
Jan Nowak: Nie działa internet.
"""


def test_zooms_names_become_speakers_and_one_speakers_cues_a_turn() -> None:
    found = read(ZOOM, started_at=datetime(2026, 5, 14, 9, tzinfo=UTC))

    assert (found.id, found.channel) == ("call-17", "call")
    assert (found.agent, found.customer) == ("Anna Kowalska", "Jan Nowak")
    assert found.turns == (
        NeutralTurn(
            "agent",
            "Dzień dobry, w czym mogę pomóc?",
            datetime(2026, 5, 14, 9, 0, 1, tzinfo=UTC),
            "Anna Kowalska",
        ),
        NeutralTurn(
            "customer",
            "Dzień dobry, uwaga: mam problem. Nie działa internet.",
            datetime(2026, 5, 14, 9, 0, 3, 500_000, tzinfo=UTC),
            "Jan Nowak",
        ),
    )


def test_teams_writes_identifiers_with_slashes_and_voices_over_lines() -> None:
    text = (
        "\ufeffWEBVTT\r\n\r\nNOTE duration: 3\r\nNOTE language: pl\r\n\r\n"
        "0d1c2b3a-11-22/12-0\r\n00:00:01.000 --> 00:00:03.000 align:start position:0%\r\n"
        "<v Anna K>Good morning &amp; welcome,\r\nhow can I help?</v>\r\n\r\n"
        "0d1c2b3a-11-22/12-1\r\n00:00:03.000 --> 00:00:04.000\r\n"
        "<v Jan &quot;J&quot; N>A <i>problem</i> &lt;b&gt;</v>\r\n"
    )

    assert said(text) == [
        ("agent", "Good morning & welcome, how can I help?"),
        ("customer", "A problem <b>"),
    ]


def test_webvtts_blocks_classes_and_timestamps_are_no_words() -> None:
    text = (
        "WEBVTT - a title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:fred\n\n"
        "NOTE\nAnna: not said\n\n01.000 --> 02.000\nnot a cue's time\n\n"
        "100:00:01.000 --> 100:00:02.000\n<v.loud.first Agent>Hello</v>\n<v Customer>Hi\n\n"
        "00:02.000 --> 00:03.000\n<v Customer><00:00:02.500><c.yellow>I need</c> help<b/>\n"
    )

    assert said(text)[-2:] == [("agent", "Hello"), ("customer", "Hi I need help")]


def test_rolling_captions_are_read_once() -> None:
    rolled = vtt(
        ">> AGENT: hello and welcome",
        ">> AGENT: hello and welcome\nto the support line",
        "to the support line\nhow can I help",
        "how can I help",
        ">> CALLER: my order",
        ">> CALLER: my order is",
        ">> CALLER: my order is late\nvery late",
    )

    assert said(rolled) == [
        ("agent", "hello and welcome to the support line how can I help"),
        ("customer", "my order is late very late"),
    ]


def test_a_line_of_blanks_does_not_end_a_webvtt_cue() -> None:
    text = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Agent>Hello\n \n\t\nhow can I help?\n\nnot said\n\n"
        "00:02.000 --> 00:03.000\n \n<v Caller>My order\n"
    )

    assert said(text) == [("agent", "Hello how can I help?"), ("customer", "My order")]


def test_youtubes_captions_with_lines_of_blanks_are_read_once() -> None:
    text = (
        "WEBVTT\nKind: captions\n\n"
        "00:00.000 --> 00:02.000 align:start\n \n>> AGENT: good<00:00:00.500><c> morning</c>\n\n"
        "00:02.000 --> 00:02.010\n>> AGENT: good morning\n \n\n"
        "00:02.010 --> 00:04.000\n>> AGENT: good morning\nhow<00:00:03.000><c> are</c> you\n\n"
        "00:04.000 --> 00:04.010\nhow are you\n \n"
    )

    assert said(text) == [("agent", "good morning how are you")]


def test_cues_that_begin_with_the_last_words_of_the_one_before_are_joined() -> None:
    rolled = vtt(
        ">> AGENT: good morning how can",
        "how can I help",
        "can I help you\nwith your order",
        "you with your order today",
        ">> CALLER: your order today is late",
        "is late again",
        "is late again and again",
    )

    assert said(rolled) == [
        ("agent", "good morning how can I help you with your order today"),
        ("customer", "your order today is late again and again"),
    ]


@pytest.mark.parametrize("words", ["Yes.", "Thank you.", "No, thank you."])
def test_the_same_answer_twice_stays_where_nothing_rolls(words: str) -> None:
    text = vtt("Agent: Is it on?", f"Caller: {words}", f"Caller: {words}", "Agent: And now?")

    assert said(text) == [
        ("agent", "Is it on?"),
        ("customer", f"{words} {words}"),
        ("agent", "And now?"),
    ]


def test_the_same_answer_in_cues_that_overlap_in_time_is_one() -> None:
    text = (
        "WEBVTT\n\n00:01.000 --> 00:03.000\nAgent: Yes.\n\n00:02.000 --> 00:04.000\nAgent: Yes.\n\n"
        "00:04.000 --> 00:06.000\nAgent: It is on.\n\n00:05.000 --> 00:07.000\nAgent: is on.\n"
    )

    assert said(text) == [("agent", "Yes. It is on.")]


def test_one_shared_word_or_another_speaker_joins_nothing() -> None:
    text = vtt(
        "Agent: I can", "Agent: can you wait", "Caller: you wait for me", "Caller: wait for us"
    )

    assert said(text) == [
        ("agent", "I can can you wait"),
        ("customer", "you wait for me wait for us"),
    ]


def test_what_is_said_again_after_a_pause_stays() -> None:
    text = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nAgent: Yes.\n\n00:05.000 --> 00:06.000\nAgent: Yes.\n"
    )

    assert said(text) == [("agent", "Yes. Yes.")]


def test_srt_as_transcribers_write_it() -> None:
    text = (
        "1\n00:00:00,000 --> 00:00:02,000\n[SPEAKER_00]: Hello, support.\n\n"
        "2\n00:00:02,000 --> 00:00:04,000\n[SPEAKER_01]: <i>Hi</i> {\\an8}there\n\nstill me\n\n"
        "3\n00:00:05,000 --> 00:00:06,000\n[SPEAKER_01]: 42\n4\n00:00:07,000 --> 00:00:08,000\n"
        "[SPEAKER_00]: [laughs] ok\n"
    )

    assert said(text) == [
        ("agent", "Hello, support."),
        ("customer", "Hi there still me 42"),
        ("agent", "[laughs] ok"),
    ]


def test_a_speaker_map_and_role_words_stand_above_who_speaks_first() -> None:
    text = vtt("Jan: Hej", "Anna: Dzień dobry")

    assert said(text) == [("agent", "Hej"), ("customer", "Dzień dobry")]
    assert said(text, speakers={"ANNA": "agent"}) == [("customer", "Hej"), ("agent", "Dzień dobry")]
    assert said(vtt("Klient: Hej", "Anna: Dzień dobry")) == [
        ("customer", "Hej"),
        ("agent", "Dzień dobry"),
    ]
    assert said(vtt("Jan (Customer): Hej", "Anna: Dzień dobry"))[0] == ("customer", "Hej")


def test_a_telephone_number_as_a_name_is_the_caller() -> None:
    found = read(vtt("+48 601 *** 567: Dzień dobry", "Ola Lis: Słucham"))

    assert [(turn.speaker, turn.author) for turn in found.turns] == [
        ("customer", None),
        ("agent", "Ola Lis"),
    ]
    assert (found.agent, found.customer) == ("Ola Lis", None)


def test_marks_without_names_are_two_people_who_take_turns() -> None:
    assert said(vtt(">> hello there", ">> hi, I have", "a problem")) == [
        ("agent", "hello there"),
        ("customer", "hi, I have a problem"),
    ]


def test_a_colon_is_not_a_speaker_where_names_are_not_usual() -> None:
    text = vtt("<v Anna>Hours: nine to five", "<v Jan>Note: closed")

    assert said(text) == [("agent", "Hours: nine to five"), ("customer", "Note: closed")]


@pytest.mark.parametrize("text", ["WEBVTT\n\n00:01.000 --> 00:02.000\nplain words\n", "WEBVTT\n"])
def test_without_speakers_or_cues_the_file_is_refused(text: str) -> None:
    (found,) = parse(BytesIO(text.encode()), FormatOptions())

    assert isinstance(found, Refused)
    assert found.code == ("IMP-051" if "words" in text else "IMP-050")


def test_a_long_monologue_is_split_below_the_limit_of_a_turn() -> None:
    text = vtt("<v Agent>" + "ж" * 20_000, "<v Agent>" + "щ" * 20_000, "<v Agent>end")

    assert [len(turn.text) for turn in read(text).turns] == [20_000, 20_000 + 1 + 3]
