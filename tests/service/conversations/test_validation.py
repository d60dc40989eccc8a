import json
import re
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.conversations.formats.lines import numbered_lines
from service.conversations.formats.neutral_jsonl import parse
from service.conversations.formats.options import FormatOptions
from service.conversations.neutral import (
    CHANNELS,
    MAX_RECORD_BYTES,
    SPEAKERS,
    NeutralConversation,
    NeutralTurn,
    Refused,
    explain,
    to_line,
)
from service.conversations.refusals import REASONS
from service.conversations.schema import CONVERSATION, TURN
from service.conversations.validation import conversation_of, parse_record

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
names = st.none() | texts.filter(str.strip)
moments = st.none() | st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 -- Hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 -- Hypothesis adds the zone
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
).map(lambda at: at.astimezone(UTC))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | texts
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
turns = st.builds(NeutralTurn, st.sampled_from(SPEAKERS), texts, moments, names)
conversations = st.builds(
    NeutralConversation,
    id=texts.filter(str.strip),
    channel=st.sampled_from(CHANNELS),
    turns=st.lists(turns, max_size=5).map(tuple),
    language=names,
    domain=names,
    agent=names,
    customer=names,
    started_at=moments,
    csat=st.none() | st.floats(1, 5) | st.integers(1, 5),
    tags=st.lists(texts, max_size=3).map(tuple),
    metadata=st.dictionaries(texts, json_values, max_size=3),
)


@given(st.lists(conversations, max_size=3))
def test_parsing_what_was_exported_gives_the_same(given_: list[NeutralConversation]) -> None:
    lines = "".join(to_line(one) + "\n" for one in given_).encode()

    found = list(parse(BytesIO(lines), FormatOptions()))

    empty = Refused(0, "", "IMP-001")
    assert found == ([*given_] if given_ else [empty])


def minimal(**fields: Any) -> dict[str, Any]:
    return {"id": "1", "channel": "chat", "turns": [], **fields}


@pytest.mark.parametrize(
    ("value", "field", "code"),
    [
        ("text", "", "IMP-016"),
        (minimal(id=None), "id", "IMP-015"),
        (minimal(id="  "), "id", "IMP-015"),
        (minimal(id=7), "id", "IMP-016"),
        (minimal(id="x" * 501), "id", "IMP-022"),
        (minimal(channel="fax"), "channel", "IMP-014"),
        (minimal(channel=["chat"]), "channel", "IMP-014"),
        (minimal(turns=[1]), "turns[0]", "IMP-016"),
        (minimal(turns=[{"speaker": "agent"}]), "turns[0].text", "IMP-015"),
        (minimal(turns=[{"speaker": "agent", "text": 1}]), "turns[0].text", "IMP-016"),
        (minimal(turns=[{"text": ""}]), "turns[0].speaker", "IMP-015"),
        (minimal(turns=[{"speaker": "agent", "text": "", "at": 5}]), "turns[0].at", "IMP-016"),
        (minimal(turns=[{"speaker": "agent", "text": "", "at": "x"}]), "turns[0].at", "IMP-012"),
        (minimal(turns=[{"speaker": "agent", "text": "", "author": {}}]), "turns[0].author", "IMP-016"),
        (minimal(csat=5.1), "csat", "IMP-023"),
        (minimal(csat="5"), "csat", "IMP-016"),
        (minimal(csat=10**400), "csat", "IMP-023"),
        (minimal(tags="a"), "tags", "IMP-016"),
        (minimal(tags=["a", 1]), "tags[1]", "IMP-016"),
        (minimal(tags=["\0"]), "tags[0]", "IMP-020"),
        (minimal(metadata=[]), "metadata", "IMP-016"),
        (minimal(metadata={"a": {"\ud800": 1}}), "metadata", "IMP-021"),
        (minimal(agent="a\0b"), "agent", "IMP-020"),
        (minimal(started_at="2026-13-01"), "started_at", "IMP-012"),
        (minimal(extra={"x": ["\0"]}), "", "IMP-020"),
    ],
)  # fmt: skip
def test_a_flaw_is_named_by_field_and_code(value: Any, field: str, code: str) -> None:
    found = conversation_of(value, row=3)

    assert isinstance(found, Refused)
    assert (found.row, found.field, found.code) == (3, field, code)


def test_fields_that_are_not_known_are_ignored_and_null_is_absent() -> None:
    value = minimal(ratings={"empathy": "P"}, agent=None, csat=None, tags=None, metadata=None)

    assert conversation_of(value, row=1) == NeutralConversation("1", "chat", ())


def test_a_refusal_never_repeats_what_was_said() -> None:
    secret = "jan.kowalski@poczta.example"
    line = json.dumps(minimal(channel=secret, started_at=secret)).encode()
    other = json.dumps(minimal(started_at=secret)).encode()

    for found in (parse_record(line, row=1), parse_record(other, row=1)):
        assert isinstance(found, Refused)
        told = explain(found)
        assert secret not in told.found + told.advice + str(found)


def test_every_reason_says_what_was_found_and_what_to_do() -> None:
    values = {
        name: 1 for reason in REASONS.values() for name in re.findall(r"{(\w+)}", str(reason))
    }

    for code in REASONS:
        told = explain(Refused(1, "x", code, values))
        assert told.found.endswith(".")
        assert told.advice.endswith(".")
        assert "{" not in told.found + told.advice


def test_reasons_are_told_in_the_persons_language() -> None:
    told = explain(Refused(1, "x", "IMP-001"), str.upper)

    assert told.found == "THE FILE IS EMPTY."


def test_a_record_over_the_limit_is_skipped_without_being_held() -> None:
    data = b'"' + b"x" * (MAX_RECORD_BYTES + 10) + b'"\n{"id":"2"}\n'

    found = [(row, start, line) for row, start, line in numbered_lines(BytesIO(data))]

    assert found == [(1, 0, None), (2, MAX_RECORD_BYTES + 13, b'{"id":"2"}\n')]


def test_the_schema_names_every_field_that_is_written() -> None:
    everything = NeutralConversation(
        *("i", "chat", (NeutralTurn("agent", "t", datetime.now(UTC), "a"),), "pl", "d", "a", "c"),
        *(datetime.now(UTC), 5, ("t",), {"a": 1}),
    )

    written = json.loads(to_line(everything))

    assert set(written) == set(CONVERSATION["properties"])
    assert set(written["turns"][0]) == set(TURN["properties"])
