import json
from pathlib import Path

import pytest

from models.training.examples import BadExample, Rated, parse_line, read_examples
from models.types import Turn

LINE = {
    "id": "a-1",
    "lang": "pl",
    "channel": "email",
    "turns": [["C", "Gdzie paczka?"], ["A", "Sprawdzam."], ["S", "zamknięto"]],
    "ratings": {
        "greeting": {"value": "F", "evidence": []},
        "solution": {"value": "H", "evidence": [1]},
    },
    "sentiment": {"0": "-"},
    "acts": {"0": ["question"], "1": []},
    "resolved": "p",
    "risk": 1,
    "topic": "delivery",
}


def test_a_training_line_is_read_whole() -> None:
    (example,) = parse_line(json.dumps(LINE))

    assert example.dialogue.turns == (
        Turn("customer", "Gdzie paczka?"),
        Turn("agent", "Sprawdzam."),
        Turn("system", "zamknięto"),
    )
    assert (example.dialogue.language, example.dialogue.channel) == ("pl", "email")
    assert example.ratings == {"greeting": Rated("fail", ()), "solution": Rated("partial", (1,))}
    assert (example.sentiment, example.acts) == ({0: "negative"}, {0: ("question",), 1: ()})
    assert (example.resolved, example.risk, example.topic) == ("partly", True, "delivery")
    assert not example.is_reply


def test_each_reply_of_a_contrast_line_is_an_example_labelled_on_its_last_turn() -> None:
    line = {
        "id": "x", "lang": "en", "channel": "chat", "speaker": "A",
        "context": [["C", "hi"]],
        "replies": [
            {"text": "Hello", "acts": ["greet"], "values": {"greeting": "H"}},
            {"text": "What", "acts": ["curt"]},
        ],
    }  # fmt: skip

    first, second = parse_line(json.dumps(line))

    assert [turn.text for turn in first.dialogue.turns] == ["hi", "Hello"]
    assert (first.id, first.acts, first.is_reply) == ("x/0", {1: ("greet",)}, True)
    assert (first.ratings, second.ratings) == ({"greeting": Rated("partial", (1,))}, {})
    assert second.dialogue.turns[1] == Turn("agent", "What")


def test_a_customers_reply_has_a_sentiment_and_an_agents_has_none() -> None:
    line = {"id": "x", "lang": "en", "context": [["A", "hi"]], "speaker": "C"}
    reply = {"text": "thanks", "acts": ["thank"], "sentiment": "+"}

    (customer,) = parse_line(json.dumps({**line, "replies": [reply]}))
    (agent,) = parse_line(json.dumps({**line, "speaker": "A", "replies": [reply]}))

    assert (customer.sentiment, agent.sentiment) == ({1: "positive"}, {})


def test_a_neutral_conversation_with_what_rate_prints_is_read() -> None:
    line = {
        "id": "n", "channel": "chat", "language": "en",
        "turns": [
            {"speaker": "customer", "text": "hi"},
            {"speaker": "agent", "text": "yes"},
            {"speaker": "note", "text": "vip"},
        ],
        "ratings": {
            "greeting": {"value": "fail", "evidence": [1], "found": False},
            "plan": {"value": "pass", "evidence": [1, 0, 7]},
        },
        "sentiment": [{"turn": 0, "value": "neutral", "probabilities": {}}],
        "resolved": {"value": "yes", "probabilities": {}},
        "risk": {"probability": 0.3},
        "topic": {"value": "billing"},
    }  # fmt: skip

    (example,) = parse_line(json.dumps(line))

    assert example.dialogue.turns[2].speaker == "note"
    assert example.ratings == {"greeting": Rated("fail", ()), "plan": Rated("pass", (1,))}
    assert (example.sentiment, example.resolved) == ({0: "neutral"}, "yes")
    assert (example.risk, example.topic) == (None, "billing")


def test_ratings_alone_are_enough() -> None:
    line = {"turns": LINE["turns"], "lang": "pl", "ratings": {"plan": {"value": "N"}}}

    (example,) = parse_line(json.dumps(line), "12")

    assert (example.id, example.ratings) == ("12", {"plan": Rated("na", ())})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "it is not JSON"),
        ("[]", "it is not a JSON object"),
        (json.dumps({**LINE, "turns": []}), "it has no turns"),
        (json.dumps({**LINE, "turns": [["X", "a"]]}), "'X' is none of C, A"),
        (json.dumps({**LINE, "turns": [["C"]]}), "wrong shape"),
        (json.dumps({"ratings": {}}), "wrong shape"),
        (json.dumps({**LINE, "ratings": {"plan": {"value": "Q"}}}), "'Q' is none of P, H"),
        (json.dumps({**LINE, "sentiment": {"first": "-"}}), "not JSON|wrong shape|a number"),
    ],
)
def test_a_line_that_cannot_be_used_says_why(line: str, reason: str) -> None:
    with pytest.raises(BadExample, match=reason):
        parse_line(line)


def test_a_bad_line_is_named_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps(LINE) + "\n\n{\n", "utf-8")

    with pytest.raises(BadExample, match=r"^data\.jsonl, line 3: it is not JSON$"):
        read_examples(path)
