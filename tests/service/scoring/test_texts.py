"""`sentiment` and `similar`: order kept, errors in place, scores from 1 down to 0."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from service.config import Settings
from service.errors import Invalid
from service.scoring.schemas import SCHEMAS
from service.scoring.scorer import Scorer
from service.scoring.streams import Progress
from service.scoring.texts import find_similar, judge_moods
from tests.service.scoring.schema_check import check
from tests.tiny_models import make_scorer


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    return make_scorer(Settings(data_dir=tmp_path_factory.mktemp("heads")))


def lines(*values: Any) -> io.BytesIO:
    return io.BytesIO(b"".join(json.dumps(value).encode() + b"\n" for value in values))


def read(sink: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def quiet() -> Progress:
    return Progress("lines", stream=io.StringIO())


def test_each_text_gets_its_mood_and_a_bad_line_an_error(scorer: Scorer) -> None:
    sink = io.BytesIO()
    source = lines(
        {"id": "a", "text": "Great, thanks!"}, {"id": "b"}, {"id": "c", "text": ""}, [],
        {"id": "d", "text": "a" * 65_537}, {"id": [5], "text": "x"},
    )  # fmt: skip

    is_clean = judge_moods(source, sink, scorer, quiet())

    answers = read(sink)
    for answer in answers:
        check("sentiment", answer)
    assert not is_clean
    assert [answer.get("id") for answer in answers] == ["a", None, "c", None, None, None]
    assert [a["error"]["code"] for a in answers if "error" in a] == [
        "IMP-015", "IMP-016", "IMP-017", "IMP-016",
    ]  # fmt: skip


def cases_file(folder: Path, *cases: dict[str, Any]) -> Path:
    path = folder / "cases.jsonl"
    path.write_bytes(lines(*cases).getvalue())
    return path


def similar(scorer: Scorer, source: io.BytesIO, cases: Path, *, k: int) -> list[dict[str, Any]]:
    """Return the answers to queries that are all in order, held against the schema."""
    sink = io.BytesIO()
    assert find_similar(source, sink, scorer, quiet(), cases=cases, k=k)
    answers = read(sink)
    for answer in answers:
        check("similar", answer)
    return answers


def test_the_case_with_the_same_words_comes_first(scorer: Scorer, tmp_path: Path) -> None:
    cases = cases_file(
        tmp_path,
        {"id": "late", "problem": "my parcel is late", "language": "en"},
        {"id": "bill", "problem": "the invoice shows a wrong amount", "solution": "x"},
        {"id": "pass", "problem": "cannot sign in with the password"},
    )
    sink = io.BytesIO()

    is_clean = find_similar(
        lines({"id": "q", "text": "my parcel is late"}), sink, scorer, quiet(), cases=cases, k=2
    )

    (answer,) = read(sink)
    check("similar", answer)
    scores = [hit["score"] for hit in answer["hits"]]
    assert is_clean
    assert answer["hits"][0] == {"case": "late", "score": 1.0}
    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)


def test_no_cases_are_no_hits_and_a_bad_query_has_an_error(scorer: Scorer, tmp_path: Path) -> None:
    sink = io.BytesIO()
    source = io.BytesIO(b'{"id": "q", "text": "late"}\nnope\n')

    is_clean = find_similar(source, sink, scorer, quiet(), cases=cases_file(tmp_path), k=3)

    first, second = read(sink)
    assert not is_clean
    assert first == {"id": "q", "hits": []}
    assert second["line"] == 2


def test_every_text_with_a_letter_or_digit_gets_as_many_hits_as_there_are(
    scorer: Scorer, tmp_path: Path
) -> None:
    problems = ("hello my parcel is late", "the invoice is wrong", "no password comes")
    cases = cases_file(
        tmp_path, *({"id": str(i), "problem": problem} for i, problem in enumerate(problems))
    )
    texts = ("hello", "it does not work", "Hello, good morning", "7", "ё", "parcel")
    asked = lines(*({"id": text, "text": text} for text in texts))
    found = [len(answer["hits"]) for answer in similar(scorer, asked, cases, k=10)]
    two = lines({"id": "a", "text": "hello"})

    assert found == [3] * len(texts)
    assert [len(answer["hits"]) for answer in similar(scorer, two, cases, k=2)] == [2]


def test_a_text_without_a_letter_or_digit_has_no_hits_and_says_why(
    scorer: Scorer, tmp_path: Path
) -> None:
    cases = cases_file(tmp_path, {"id": "late", "problem": "hello my parcel is late"})
    asked = lines(*({"id": i, "text": text} for i, text in enumerate(("", " \n", "😀!", "?"))))

    assert similar(scorer, asked, cases, k=3) == [
        {"id": i, "hits": [], "not_searched": "nothing_to_search_for"} for i in range(4)
    ]


IDS = ["5", 5, 0, -1, 9007199254740993]
NO_IDS: list[Any] = [True, None, 1.5, [], {}]


def test_ids_are_strings_or_integers_and_come_back_as_they_were(
    scorer: Scorer, tmp_path: Path
) -> None:
    asked = [{"id": one, "text": "my parcel is late"} for one in IDS]
    cases = cases_file(tmp_path, *({"id": one, "problem": "late parcel"} for one in IDS))
    sink = io.BytesIO()

    assert judge_moods(lines(*asked), sink, scorer, quiet())

    moods, answers = read(sink), similar(scorer, lines(*asked), cases, k=9)
    for mood in moods:
        check("sentiment", mood)
    assert [mood["id"] for mood in moods] == IDS
    assert [answer["id"] for answer in answers] == IDS
    for answer in answers:
        assert sorted(map(repr, (hit["case"] for hit in answer["hits"]))) == sorted(map(repr, IDS))


@pytest.mark.parametrize("one", NO_IDS)
def test_what_is_neither_string_nor_integer_is_no_id(scorer: Scorer, one: Any) -> None:
    sink = io.BytesIO()

    assert not judge_moods(lines({"id": one, "text": "x"}), sink, scorer, quiet())

    (answer,) = read(sink)
    assert answer["error"]["code"] == "IMP-016"
    assert "string or integer" in answer["error"]["detail"]


def test_a_bad_case_is_named_and_nothing_is_searched(scorer: Scorer, tmp_path: Path) -> None:
    cases = cases_file(tmp_path, {"id": "a", "problem": "x"}, {"id": "b"})

    with pytest.raises(Invalid, match=r"cases.jsonl, line 2: problem"):
        find_similar(lines(), io.BytesIO(), scorer, quiet(), cases=cases, k=3)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_an_object_with_a_title_and_a_dialect(name: str) -> None:
    from prompts.library import load_scorecard

    document = SCHEMAS[name](load_scorecard("standard-12/1"))

    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["title"]
    json.dumps(document, allow_nan=False)


@pytest.mark.parametrize(
    "line",
    [
        {"turns": [["C", "hi"], ["A", "hello"]], "lang": "en", "ratings": {"plan": {"value": "H"}}},
        {
            "id": "a", "channel": "chat", "turns": [{"speaker": "agent", "text": "hello"}],
            "ratings": {"plan": {"value": "partial", "evidence": [0]}},
        },
    ],
)  # fmt: skip
def test_both_forms_of_a_correction_fit_the_schema_and_are_read(line: dict[str, Any]) -> None:
    from models.training.examples import parse_line

    check("training", line)
    (example,) = parse_line(json.dumps(line))
    assert example.ratings["plan"].value == "partial"
