"""What holds for every parser, whatever the bytes."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.conversations.formats.options import ENCODINGS, FormatOptions
from service.conversations.formats.registry import ENDINGS, PARSERS, detect, format_named, parser_of
from service.conversations.masking import mask_conversation
from service.conversations.neutral import NeutralConversation, Refused, explain, to_line
from service.conversations.validation import checked

CORPUS = sorted((Path(__file__).parents[3] / "corpus" / "imports").iterdir())
SCRAPS = [
    *(b'{"id":"a","channel":"chat","turns":[{"speaker":"agent","text":"', b'"}]}', b"\\u0000"),
    *(b"\\ud800", b"1e999", b"NaN", b"[" * 70, b"\xef\xbb\xbf", b"\xff", b"\x00", b"\r", b"\n\n"),
    *(b"WEBVTT\n\n", b"00:01.000 --> 00:02.000\n", b"<v Anna>", b"&#x110000;", b"-->", b"1\n"),
    *(b"id,role,text\n", b'1,agent,"', b'""', b";", b"\t", b"PK\x03\x04", b"31.02.2026", b"sep=;\n"),
    *(b'{"id":1,"requester_id":5,"comments":[{"author_id":5,"html_body":"<p>', b'"}]}', b"null"),
]  # fmt: skip
scraps = st.lists(st.one_of(st.sampled_from(SCRAPS), st.binary(max_size=6)), max_size=12)


@settings(max_examples=500)
@given(scraps.map(b"".join), st.sampled_from(sorted(PARSERS)), st.sampled_from(ENCODINGS))
def test_no_bytes_break_a_parser(data: bytes, name: str, encoding: str) -> None:
    options = FormatOptions(encoding=encoding, file_name="x.bin")

    for found in parser_of(name)(BytesIO(data), options):
        if isinstance(found, NeutralConversation):
            assert checked(found, row=1) == found
            mask_conversation(found, key=b"k")
        else:
            assert "{" not in explain(found).found


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_every_file_of_the_corpus_gives_what_its_name_says(path: Path) -> None:
    """`3ok-1IMP-012-anything.csv`: three conversations, and one refusal with that code."""
    expected = path.name.split("-")
    ok = int(expected[0].removesuffix("ok"))
    codes = [f"IMP-{expected[i + 1]}" for i, part in enumerate(expected) if part.endswith("IMP")]
    name = detect(path.name, path.read_bytes()[:65_536])
    assert name is not None

    with path.open("rb") as stream:
        found = list(parser_of(name)(stream, FormatOptions(file_name=path.name)))

    assert sum(isinstance(item, NeutralConversation) for item in found) == ok
    assert [item.code for item in found if isinstance(item, Refused)] == codes


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.jsonl", b'{"id":"1","channel":"chat","turns":[]}', "neutral"),
        ("a.json", b'\xef\xbb\xbf{"id":1,"requester_id":2,"comments":[]}', "zendesk"),
        ("tickets.jsonl", b'{"ticket":{"id":1,"via":{},"assignee_id":1}}', "zendesk"),
        ("a.txt", b"WEBVTT\n", "webvtt"),
        ("a.txt", b"1\n00:00:01,000 --> 00:00:02,000\nx", "srt"),
        ("A.CSV", b"id;text", "csv"),
        ("a.csv", b"PK\x03\x04", "xlsx"),
        ("C:\\x\\a.srt", b"", "srt"),
        ("a.jsonl", b"", "neutral"),
        ("a.pdf", b"%PDF-1.7", None),
    ],
)
def test_a_format_is_known_by_name_and_first_bytes(
    name: str, head: bytes, expected: str | None
) -> None:
    assert detect(name, head) == expected


def test_formats_have_other_names() -> None:
    assert {format_named(name) for name in ("JSONL", "vtt", "excel", "Zendesk")} == {
        "neutral",
        "webvtt",
        "xlsx",
        "zendesk",
    }
    assert format_named("pdf") is None
    assert set(ENDINGS.values()) <= set(PARSERS)


def test_what_is_exported_is_read_back() -> None:
    path = next(path for path in CORPUS if path.name.endswith("everything.jsonl"))
    read = list(PARSERS["neutral"](BytesIO(path.read_bytes()), FormatOptions()))
    lines = "\n".join(to_line(item) for item in read if isinstance(item, NeutralConversation))

    assert list(PARSERS["neutral"](BytesIO(lines.encode()), FormatOptions())) == read
