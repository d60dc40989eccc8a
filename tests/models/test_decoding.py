from typing import Any

import numpy as np
import pytest

from models.decoding import Decoder, Logits, not_scored
from models.temperature import Temperatures
from models.types import Dialogue, Speaker, Turn
from tests.models.test_heads import CONFIG


def make_dialogue(*speakers: Speaker, language: str = "en") -> Dialogue:
    return Dialogue("chat", language, tuple(Turn(s, f"turn {i}") for i, s in enumerate(speakers)))


def make_logits(turns: int, **changes: Any) -> Logits:
    values: dict[str, Any] = {
        "acts": np.full((turns, 3), -np.inf),
        "sentiment": np.tile([0.0, 0.0, 2.0], (turns, 1)),
        "ratings": np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 9.0, 1.0, 0.0]]),
        "found": np.array([1.0, 1.0]),
        "attention": np.full((2, turns), 1 / turns),
        "resolved": np.array([0.0, 1.0, 0.0, 0.0]),
        "risk": 0.0,
        "topic": np.array([0.0, 1.0]),
    }
    return Logits(**{**values, **changes})


@pytest.fixture
def decoder() -> Decoder:
    return Decoder(CONFIG, Temperatures((1.0, 2.0), risk=2.0))


THREE: tuple[Speaker, ...] = ("customer", "agent", "bot", "agent")


def test_a_disabled_value_has_no_probability(decoder: Decoder) -> None:
    score = decoder.analysis(make_dialogue(*THREE), make_logits(4)).criteria["privacy"]

    assert score.value == "fail"
    assert score.probabilities["partial"] == 0
    assert sum(score.probabilities.values()) == pytest.approx(1)
    assert score.confidence == score.probabilities["fail"]
    assert score.confidence == pytest.approx(np.exp(0.5) / (np.exp(0.5) + 2))


def test_evidence_is_agent_turns_best_first(decoder: Decoder) -> None:
    attention = np.array([[0.5, 0.1, 0.2, 0.2], [0.0, 0.7, 0.1, 0.2]])

    criteria = decoder.analysis(make_dialogue(*THREE), make_logits(4, attention=attention)).criteria

    assert criteria["greeting"].evidence == (3, 1)
    assert criteria["privacy"].evidence == (1,)  # the other holds too little


def test_what_does_not_apply_has_no_evidence(decoder: Decoder) -> None:
    ratings = np.array([[0.0, 0.0, 0.0, 5.0], [0.0, 0.0, 5.0, 0.0]])
    logits = make_logits(4, ratings=ratings, found=np.array([-1.0, -1.0]))

    criteria = decoder.analysis(make_dialogue(*THREE), logits).criteria

    assert (criteria["greeting"].evidence, criteria["greeting"].found) == ((), True)
    assert (criteria["privacy"].value, criteria["privacy"].found) == ("fail", False)
    assert criteria["privacy"].evidence == (1, 3)


def test_only_customers_have_a_sentiment(decoder: Decoder) -> None:
    dialogue = make_dialogue("agent", "customer", "system", "customer")

    sentiment = decoder.analysis(dialogue, make_logits(4)).sentiment

    assert [(s.position, s.value) for s in sentiment] == [(1, "positive"), (3, "positive")]


def test_acts_are_shown_from_a_fifth_on(decoder: Decoder) -> None:
    acts = np.full((4, 3), -np.inf)
    acts[1] = [2.0, -1.5, -np.inf]
    acts[3] = [-1.0, 1.0, -np.inf]

    shown = decoder.analysis(make_dialogue(*THREE), make_logits(4, acts=acts)).acts

    assert [list(turn) for turn in shown] == [[], ["greet"], [], ["bye", "greet"]]


def test_the_rest_is_named_and_tempered(decoder: Decoder) -> None:
    analysis = decoder.analysis(make_dialogue(*THREE), make_logits(4, risk=2.0))

    assert analysis.resolved[0] == "partly"
    topic, chances = analysis.topic
    assert topic == "other"
    assert chances == pytest.approx({"delivery": 0.2689, "other": 0.7311}, abs=1e-4)
    assert analysis.risk == pytest.approx(1 / (1 + np.exp(-1)))
    assert analysis.not_scored is None


@pytest.mark.parametrize(
    ("dialogue", "reason"),
    [
        (make_dialogue(), "empty"),
        (Dialogue("chat", "en", (Turn("agent", "  "), Turn("customer", ""))), "empty"),
        (make_dialogue("customer", "bot", "note"), "no_agent"),
        (Dialogue("chat", "en", (Turn("customer", "hi"), Turn("agent", " "))), "no_agent"),
        (make_dialogue("customer", "agent", language="ja"), "language"),
        (make_dialogue("customer", "agent", language="und"), "language"),
        (make_dialogue("agent"), None),
    ],
)
def test_what_is_not_scored_says_why(dialogue: Dialogue, reason: str | None) -> None:
    assert not_scored(dialogue, ("en", "pl")) == reason


def test_without_an_agent_nothing_applies_but_moods_are_read(decoder: Decoder) -> None:
    analysis = decoder.analysis(make_dialogue("customer"), make_logits(1))

    assert {key: s.value for key, s in analysis.criteria.items()} == {
        "greeting": "na",
        "privacy": "na",
    }
    assert analysis.criteria["greeting"].probabilities["na"] == 1
    assert [s.value for s in analysis.sentiment] == ["positive"]
    assert analysis.not_scored == "no_agent"


def test_what_cannot_be_read_is_all_unknown(decoder: Decoder) -> None:
    analysis = decoder.unscored(make_dialogue("customer", "agent", language="ja"), "language")

    assert {s.value for s in analysis.criteria.values()} == {"na"}
    assert analysis.resolved[0] == "unknown"
    assert (analysis.topic[0], analysis.risk, analysis.sentiment) == ("other", 0.0, ())
    assert (analysis.acts, analysis.not_scored) == (({}, {}), "language")
