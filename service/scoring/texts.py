"""Moods of texts and similar cases, from lines to lines, without a database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from service.conversations.language import UNSURE, detect, known_code
from service.conversations.neutral import MAX_RECORD_BYTES, MAX_TURN_BYTES
from service.conversations.refusals import Refused, explain
from service.conversations.validation import Flaw, check_characters, read_json
from service.errors import N_, Invalid
from service.scoring.rating import DIGITS, rounded
from service.scoring.scorer import Scorer
from service.scoring.streams import Progress, error_line, lines_of, write

AT_ONCE = 128
NOTHING = "nothing_to_search_for"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Text:
    """One line with an id and a text."""

    number: int
    id: str | int
    text: str
    language: str

    @property
    def has_words(self) -> bool:
        """Whether there is anything to compare: one letter or digit is enough."""
        return any(char.isalnum() for char in self.text)


@dataclass(frozen=True, slots=True)
class Unusable:
    """A line that is none, with what stands in its place."""

    answer: Mapping[str, Any]


def judge_moods(source: BinaryIO, sink: BinaryIO, scorer: Scorer, progress: Progress) -> bool:
    """Write the mood of each `{"id", "text"}` line, in order; whether no line was refused."""
    scorer.analyser()
    is_clean = True
    for chunk in _chunks(texts_of(source, "text")):
        usable = [line for line in chunk if isinstance(line, Text)]
        moods = iter(scorer.sentiment([line.text for line in usable]))
        for line in chunk:
            if isinstance(line, Unusable):
                is_clean = False
                write(sink, line.answer)
                continue
            mood = next(moods)
            probabilities = rounded(mood.probabilities)
            answer = {"id": line.id, "value": mood.value, "probabilities": probabilities}
            write(sink, answer)
        sink.flush()
        progress.add(len(chunk))
    progress.end()
    return is_clean


def find_similar(
    source: BinaryIO, sink: BinaryIO, scorer: Scorer, progress: Progress, *, cases: Path, k: int
) -> bool:
    """Write the k most similar cases of each `{"id", "text"}` line; whether no line was refused.

    Every text with a letter or a digit gets its hits, however little it says; only pages keep
    back what is not reliable.

    Args:
        source: queries.
        sink: `{"id", "hits": [{"case", "score"}]}`, scores 0 to 1, descending; beside the empty
            hits of a text without a letter or digit `"not_searched": "nothing_to_search_for"`.
        scorer: the models.
        progress: counts queries.
        cases: lines of `{"id", "problem", "solution"?, "language"?}`.
        k: at least 1; fewer cases are fewer hits.

    Raises:
        Invalid: a line of `cases` is none.
    """
    from models.case_index import CaseIndex  # noqa: PLC0415 -- FAISS takes its time

    with cases.open("rb") as file:
        known = list(_all_usable(texts_of(file, "problem"), name=cases.name))
    vectors = scorer.embed([case.text for case in known], [case.language for case in known])
    index = CaseIndex(scorer.analyser().encoder_id, range(len(known)), vectors)
    is_clean = True
    for chunk in _chunks(texts_of(source, "text")):
        usable = [line for line in chunk if isinstance(line, Text) and line.has_words]
        asked = scorer.embed([line.text for line in usable], [line.language for line in usable])
        found = iter(index.search(asked, k) if usable else [])
        for line in chunk:
            if isinstance(line, Unusable):
                is_clean = False
                write(sink, line.answer)
            elif not line.has_words:
                write(sink, {"id": line.id, "hits": [], "not_searched": NOTHING})
            else:
                hits = [
                    {"case": known[hit.case_id].id, "score": _score(hit.similarity)}
                    for hit in next(found)
                ]
                write(sink, {"id": line.id, "hits": hits})
        sink.flush()
        progress.add(len(chunk))
    progress.end()
    return is_clean


def _score(similarity: float) -> float:
    """Return a cosine as a score of 0 to 1: what points the other way is like nothing."""
    return round(min(1.0, max(0.0, similarity)), DIGITS)


def texts_of(stream: BinaryIO, field: str) -> Iterator[Text | Unusable]:
    """Yield each line's text, or what is to stand in its place."""
    for number, line in lines_of(stream):
        try:
            yield _text(number, line, field)
        except Flaw as flaw:
            refused = flaw.refused(number)
            yield Unusable(error_line(number, refused.code, _detail(refused)))


def _text(number: int, line: bytes | None, field: str) -> Text:
    if line is None:
        raise Flaw("IMP-005", limit=MAX_RECORD_BYTES >> 20)
    value = read_json(line, row=number)
    if not isinstance(value, dict):
        raise Flaw("IMP-016", expected="object")
    for name in ("id", field):
        if name not in value:
            raise Flaw("IMP-015", name)
    if not isinstance(value["id"], str | int) or isinstance(value["id"], bool):
        raise Flaw("IMP-016", "id", expected="string or integer")
    if not isinstance(value[field], str):
        raise Flaw("IMP-016", field, expected="string")
    text = value[field]
    size = check_characters(text, field)
    if size > MAX_TURN_BYTES:
        raise Flaw("IMP-017", field, bytes=size, limit=MAX_TURN_BYTES)
    language = value.get("language")
    stated = known_code(language) if isinstance(language, str) else None
    return Text(number, value["id"], text, stated or _detected(text))


def _detected(text: str) -> str:
    if not any(char.isalpha() for char in text):
        return UNSURE
    return detect(text[:400]) or UNSURE


def _detail(refused: Refused) -> str:
    found = explain(refused).found
    return f"{refused.field}: {found}" if refused.field else found


def _all_usable(lines: Iterable[Text | Unusable], *, name: str) -> Iterator[Text]:
    for line in lines:
        if isinstance(line, Unusable):
            raise Invalid(
                N_("{file}, line {line}: {reason} Nothing was searched."),
                file=name,
                line=line.answer["line"],
                reason=line.answer["error"]["detail"],
            )
        yield line


def _chunks(lines: Iterator[T]) -> Iterator[Sequence[T]]:
    while chunk := list(islice(lines, AT_ONCE)):
        yield chunk
