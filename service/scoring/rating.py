"""Rate conversations that come as lines, without a database: the work of `afterword rate`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from models.types import Analysis, Dialogue, Speaker, Turn
from prompts.schema import Scorecard
from service.conversations.language import language_of
from service.conversations.masking import mask_conversation
from service.conversations.neutral import MAX_RECORD_BYTES, NeutralConversation
from service.conversations.refusals import Refused, explain
from service.conversations.validation import parse_record
from service.scoring.preparation import quality_of
from service.scoring.scorer import Scorer
from service.scoring.streams import Progress, error_line, lines_of, write

AT_ONCE = 64  # conversations read ahead, so that texts of like length are encoded together
TURNS_AT_ONCE = 1500
KEY = b"rate"  # of the customer's digest, which is not in the output
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Read:
    """One line: a conversation with the language of its customer, or why it is none."""

    number: int
    record: NeutralConversation | Refused
    language: str = ""

    @property
    def turns(self) -> int:
        """How much work it is."""
        return len(self.record.turns) if isinstance(self.record, NeutralConversation) else 0


def rate(
    source: BinaryIO, sink: BinaryIO, scorer: Scorer, scorecard: Scorecard, progress: Progress
) -> bool:
    """Rate every line of `source` into `sink`, in order.

    Returns:
        Whether every line was a conversation; a refused one has an error in its place.

    Raises:
        ModelUnavailable: the models cannot be loaded; nothing was written.
    """
    scorer.analyser()
    is_clean = True
    for chunk in _chunks(_read(source)):
        for answer in _answers(chunk, scorer, scorecard):
            is_clean = is_clean and "error" not in answer
            write(sink, answer)
        sink.flush()
        progress.add(len(chunk))
    progress.end()
    return is_clean


def _read(source: BinaryIO) -> Iterator[Read]:
    for number, line in lines_of(source):
        if line is None:
            yield Read(number, Refused(number, "", "IMP-005", {"limit": MAX_RECORD_BYTES >> 20}))
            continue
        record = parse_record(line, row=number)
        if isinstance(record, Refused):
            yield Read(number, record)
        else:
            yield Read(number, mask_conversation(record, key=KEY), language_of(record))


def _chunks(reads: Iterator[Read]) -> Iterator[list[Read]]:
    chunk: list[Read] = []
    turns = 0
    for read in reads:
        chunk.append(read)
        turns += read.turns
        if len(chunk) >= AT_ONCE or turns >= TURNS_AT_ONCE:
            yield chunk
            chunk, turns = [], 0
    if chunk:
        yield chunk


def _answers(
    chunk: Sequence[Read], scorer: Scorer, scorecard: Scorecard
) -> Iterator[dict[str, Any]]:
    dialogues = [_dialogue(r) for r in chunk if isinstance(r.record, NeutralConversation)]
    analyses = iter(scorer.analyse(dialogues, scorer.vectors(dialogues)))
    version = scorer.analyser().version
    for read in chunk:
        if isinstance(read.record, Refused):
            yield _refusal(read.number, read.record)
            continue
        analysis = next(analyses)
        yield {
            "id": read.record.id,
            "language": read.language,
            "model": version,
            "scorecard": scorecard.id,
            **rating_of(analysis, quality_of(scorecard, analysis)),
        }


def _dialogue(read: Read) -> Dialogue:
    assert isinstance(read.record, NeutralConversation)
    turns = tuple(Turn(cast("Speaker", turn.speaker), turn.text) for turn in read.record.turns)
    return Dialogue(read.record.channel, read.language, turns)


def rating_of(analysis: Analysis, quality: float | None) -> dict[str, Any]:
    """Return an analysis in the words of the contract, as `afterword schema rating` has them."""
    return {
        "quality_score": None if quality is None else round(quality, 2),
        "not_scored": analysis.not_scored,
        "ratings": {
            key: {
                "value": score.value,
                "probabilities": rounded(score.probabilities),
                "confidence": round(score.confidence, DIGITS),
                "evidence": list(score.evidence),
                "found": score.found,
            }
            for key, score in analysis.criteria.items()
        },
        "sentiment": [
            {
                "turn": mood.position,
                "value": mood.value,
                "probabilities": rounded(mood.probabilities),
            }
            for mood in analysis.sentiment
        ],
        "resolved": {
            "value": analysis.resolved[0],
            "probabilities": rounded(analysis.resolved[1]),
        },
        "risk": {"probability": round(analysis.risk, DIGITS)},
        "topic": {"value": analysis.topic[0], "probabilities": rounded(analysis.topic[1])},
    }


def rounded(probabilities: dict[str, float]) -> dict[str, float]:
    """Return probabilities as they are written."""
    return {key: round(value, DIGITS) for key, value in probabilities.items()}


def _refusal(number: int, refused: Refused) -> dict[str, Any]:
    found = explain(refused).found
    detail = f"{refused.field}: {found}" if refused.field else found
    return error_line(number, refused.code, detail)
