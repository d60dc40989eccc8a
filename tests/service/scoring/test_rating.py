"""`rate`: one line out per line in, in order, whatever comes in."""

import io
import json
from collections.abc import Sequence
from typing import Any

import pytest

from models.types import Dialogue
from prompts.library import load_scorecard
from service.config import Settings
from service.scoring.rating import rate
from service.scoring.scorer import Scorer
from service.scoring.streams import Progress
from tests.factories import CRITERIA
from tests.service.scoring.schema_check import check
from tests.tiny_models import make_scorer

HELLO = "Hello, my parcel is two weeks late and nobody answers my mails."


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    return make_scorer(Settings(data_dir=tmp_path_factory.mktemp("heads")))


def turn(speaker: str, text: str) -> dict[str, str]:
    return {"speaker": speaker, "text": text}


def conversation(*turns: dict[str, str], **fields: Any) -> dict[str, Any]:
    return {"id": "a", "channel": "chat", "turns": list(turns), **fields}


def run(scorer: Scorer, *lines: Any) -> tuple[list[dict[str, Any]], bool]:
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    sink = io.BytesIO()
    is_clean = rate(
        io.BytesIO(b"\n".join(raw)),
        sink,
        scorer,
        load_scorecard("standard-12/1"),
        Progress("conversations", stream=io.StringIO()),
    )
    answers = [json.loads(line) for line in sink.getvalue().splitlines()]
    for answer in answers:
        check("rating", answer)
    return answers, is_clean


def test_a_rating_says_everything_of_the_contract(scorer: Scorer) -> None:
    given = conversation(turn("customer", HELLO), turn("agent", "Good morning, I am sorry."))

    (answer,), is_clean = run(scorer, given)

    assert is_clean
    assert (answer["id"], answer["language"], answer["scorecard"]) == ("a", "en", "standard-12/1")
    assert answer["model"] == scorer.analyser().version
    assert tuple(answer["ratings"]) == CRITERIA
    assert [mood["turn"] for mood in answer["sentiment"]] == [0]
    for rating in answer["ratings"].values():
        assert sum(rating["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert rating["confidence"] == max(rating["probabilities"].values())
        assert set(rating["evidence"]) <= {1}


@pytest.mark.parametrize(
    ("reason", "turns", "language"),
    [
        ("empty", [], "und"),
        ("empty", [turn("customer", "  "), turn("agent", "")], "und"),
        ("no_agent", [turn("customer", HELLO)], "en"),
        ("no_agent", [turn("customer", HELLO), turn("bot", "Hi"), turn("note", "late")], "en"),
        ("language", [turn("agent", "Hello, how can I help?")], "und"),
        ("language", [turn("customer", "我的包裹在哪里"), turn("agent", "您好")], "und"),
        ("language", [turn("customer", "😡😡"), turn("agent", "🙏")], "und"),
        (
            "language",
            [
                turn("customer", "Guten Tag, wo ist mein Paket, ich warte schon seit zwei Wochen"),
                turn("agent", "Guten Tag"),
            ],
            "de",
        ),
    ],
)
def test_what_cannot_be_rated_gets_a_line_of_its_own(
    scorer: Scorer, reason: str, turns: list[dict[str, str]], language: str
) -> None:
    (answer,), is_clean = run(scorer, conversation(*turns))

    assert is_clean
    assert (answer["not_scored"], answer["language"]) == (reason, language)
    assert answer["quality_score"] is None
    assert {rating["value"] for rating in answer["ratings"].values()} == {"na"}
    assert all(rating["evidence"] == [] for rating in answer["ratings"].values())
    assert bool(answer["sentiment"]) == (reason == "no_agent")  # no head reads the others


@pytest.mark.parametrize("stated", ["en", "pl", "ru"])
def test_a_stated_language_is_believed(scorer: Scorer, stated: str) -> None:
    given = conversation(turn("customer", "ok"), turn("agent", "ok"), language=stated)

    (answer,), _ = run(scorer, given)

    assert (answer["language"], answer["not_scored"]) == (stated, None)


def test_a_conversation_may_have_5000_turns_and_a_turn_65536_bytes(scorer: Scorer) -> None:
    many = conversation(*[turn(["customer", "agent"][i % 2], f"word {i % 9}") for i in range(5000)])
    long = conversation(turn("customer", "a" * 65_536), turn("agent", "б" * 32_768))

    (first, second), is_clean = run(scorer, many | {"language": "en"}, long | {"language": "en"})

    assert is_clean
    assert len(first["sentiment"]) == 2500
    assert second["not_scored"] is None


@pytest.mark.parametrize(
    ("line", "code", "where"),
    [
        (b"not json", "IMP-010", ""),
        (b"", "IMP-010", ""),
        (b"[]", "IMP-016", ""),
        (b'{"id": "a", "id": "b"}', "IMP-011", ""),
        (b"\xff\xfe", "IMP-003", ""),
        (b'{"id": "a", "channel": "chat"}', "IMP-015", "turns"),
        (conversation(channel="fax"), "IMP-014", "channel"),
        (conversation(turn("robot", "x")), "IMP-014", "turns[0].speaker"),
        (conversation(turn("customer", "a" * 65_537)), "IMP-017", "turns[0].text"),
        (conversation(*[turn("agent", "x")] * 5001), "IMP-018", "turns"),
        (conversation(turn("customer", "a\0b")), "IMP-020", "turns[0].text"),
    ],
)
def test_a_bad_line_has_an_error_in_its_place_and_stops_nothing(
    scorer: Scorer, line: Any, code: str, where: str
) -> None:
    good = conversation(turn("customer", HELLO), turn("agent", "Hello"))

    answers, is_clean = run(scorer, good | {"id": "1"}, line, good | {"id": "3"})

    assert not is_clean
    assert [answer.get("id") for answer in answers] == ["1", None, "3"]
    assert answers[1]["line"] == 2
    assert answers[1]["error"]["code"] == code
    assert answers[1]["error"]["detail"].startswith(where)


def test_lines_come_out_in_the_order_they_came_in(scorer: Scorer) -> None:
    given = [
        conversation(
            turn("customer", HELLO), *[turn("agent", "word " * (n % 7))] * (n % 5), id=str(n)
        )
        for n in range(150)
    ]

    answers, _ = run(scorer, *given)

    assert [answer["id"] for answer in answers] == [str(n) for n in range(150)]


def test_the_same_conversation_gets_the_same_rating_in_any_company(scorer: Scorer) -> None:
    one = conversation(turn("customer", HELLO), turn("agent", "Hello, I will look."))
    other = conversation(*[turn("agent", "word " * 40)] * 30, language="en", id="b")

    (alone,), _ = run(scorer, one)
    (_, beside), _ = run(scorer, other, one)

    for key, rating in alone["ratings"].items():
        for value, probability in rating["probabilities"].items():
            found = beside["ratings"][key]["probabilities"][value]
            assert found == pytest.approx(probability, abs=1e-5)


def test_personal_data_is_masked_before_it_is_read(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    true = scorer.vectors

    def watch(dialogues: Sequence[Dialogue], **rest: Any) -> Any:
        seen.extend(one.text for dialogue in dialogues for one in dialogue.turns)
        return true(dialogues, **rest)

    monkeypatch.setattr(scorer, "vectors", watch)
    run(
        scorer,
        conversation(turn("customer", f"{HELLO} Mine is ann@mail.example."), turn("agent", "Hi")),
    )

    assert seen[0] == f"{HELLO} Mine is [EMAIL]."


def test_a_byte_order_mark_is_no_part_of_the_first_line(scorer: Scorer) -> None:
    line = b"\xef\xbb\xbf" + json.dumps(conversation()).encode()

    _, is_clean = run(scorer, line)

    assert is_clean


def test_nothing_in_is_nothing_out(scorer: Scorer) -> None:
    assert run(scorer) == ([], True)
