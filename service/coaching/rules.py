"""What a coaching session is about: the draft of its agenda, and how often to talk. Pure.

Everything here is made of what people confirmed or corrected, and of turns that they pinned. No
auto-score is an argument of any function.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from prompts.schema import Criterion, Questions, Scorecard
from prompts.scoring import POINTS
from service.coaching.estimates import NEEDED, TARGET, Estimate, estimate

MOST_GAPS: Final = 2
MOST_PRAISES: Final = 2
QUESTIONS: Final = 2  # open ones in a draft; the mentor may add
MOST_ACTIONS: Final = 5
NEW_DAYS: Final = 60  # of tenure: onboarding
EXPERIENCED_DAYS: Final = 180
NOTICE: Final = timedelta(hours=24)  # how long before a session its agenda is announced
WINDOW: Final = timedelta(weeks=12)  # the ratings that a number is made of

Place = tuple[UUID, int]  # a review and the position of a turn in it


@dataclass(frozen=True, slots=True)
class Rated:
    """One confirmed or corrected rating of a submitted review."""

    review_id: UUID
    rating_id: UUID
    criterion: str
    value: str
    at: datetime  # when the review was submitted
    counts: bool = True  # False: the cause lies with a procedure, a tool, the knowledge base, …
    evidence: tuple[int, ...] = ()  # turns that a person confirmed as showing it, best first


@dataclass(frozen=True, slots=True)
class Pinned:
    """A turn of a submitted review that a reviewer kept for coaching."""

    id: UUID
    review_id: UUID
    criterion: str
    position: int
    is_praise: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenAction:
    """An action item of an earlier session that is still open."""

    id: UUID
    criterion: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A turn that a point of the agenda rests on, with the rating it shows, if there is one."""

    review_id: UUID
    position: int
    rating_id: UUID | None


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a drafted agenda."""

    kind: str  # follow_up, gap, praise, standing, question
    key: str | None = None  # criterion, or key of a standing topic
    body: str = ""  # in the agent's language
    action_id: UUID | None = None
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often to talk is suggested, and why."""

    rhythm: str  # weekly, two_weekly, monthly
    reason: str  # new, below_target, on_target, usual
    criteria: tuple[str, ...] = ()  # those below target, for the reason


def worth(ratings: Iterable[Rated], criterion: str) -> list[float]:
    """Return what the ratings of a criterion are worth, 0 to 1, those that do not apply left out.

    A fail or partial whose cause does not lie with the agent is left out, too.
    """
    return [
        POINTS[rating.value]
        for rating in ratings
        if rating.criterion == criterion and rating.counts and rating.value in POINTS
    ]


def estimates(
    ratings: Sequence[Rated], scorecard: Scorecard, *, needed: int = NEEDED
) -> dict[str, Estimate]:
    """Return mean and interval of each criterion of a scorecard."""
    return {key: estimate(worth(ratings, key), needed=needed) for key in scorecard.keys}


def reliable_gap(found: Estimate, *, target: float = TARGET) -> float:
    """Return by how much the whole interval lies below the target; 0 if it does not."""
    return 0.0 if found.high is None else max(0.0, target - found.high)


def below_target(
    found: Mapping[str, Estimate], scorecard: Scorecard, *, target: float = TARGET
) -> list[Criterion]:
    """Return the criteria with a reliable gap, the largest first, then by weight."""
    gaps = [(reliable_gap(found[c.key], target=target), c) for c in scorecard.criteria]
    gaps.sort(key=lambda pair: (-pair[0], -pair[1].weight, pair[1].number))
    return [criterion for gap, criterion in gaps if gap > 0]


def cadence(
    found: Mapping[str, Estimate], scorecard: Scorecard, *, tenure_days: int | None
) -> Cadence:
    """Suggest how often to talk; nobody is held to it.

    Args:
        found: the estimates by criterion.
        scorecard: its criteria, in order.
        tenure_days: since the agent began; None if nobody wrote it down.
    """
    gaps = below_target(found, scorecard)
    if tenure_days is not None and tenure_days <= NEW_DAYS:
        return Cadence("weekly", "new")
    if gaps:
        return Cadence("weekly", "below_target", tuple(criterion.key for criterion in gaps))
    means = [one.mean for one in found.values() if one.mean is not None]
    is_experienced = tenure_days is not None and tenure_days >= EXPERIENCED_DAYS
    if is_experienced and means and min(means) >= TARGET:
        return Cadence("monthly", "on_target")
    return Cadence("two_weekly", "usual")


def build_agenda(
    *,
    ratings: Sequence[Rated],
    pins: Sequence[Pinned],
    actions: Sequence[OpenAction],
    turns: Collection[Place],
    scorecard: Scorecard,
    questions: Questions,
    sessions_before: int = 0,
    needed: int = NEEDED,
) -> list[Point]:
    """Draft an agenda: what was agreed, what to work on, what went well, topics, questions.

    At most two criteria to work on: those with the largest reliable gap, then those without a
    number that a reviewer pinned a weak example of, or confirmed a critical error in. There are at
    least as many examples of praise as critical ones; an example that has no praise to stand
    beside it is left out.

    Args:
        ratings: confirmed and corrected ratings of submitted reviews.
        pins: turns that were pinned in submitted reviews.
        actions: open action items of earlier sessions.
        turns: the agent's own turns that exist; nothing else is quoted.
        scorecard: names and weights of the criteria.
        questions: in the agent's language.
        sessions_before: how many sessions there were; the questions take turns.
        needed: how many ratings make a number.
    """
    source = _Source(ratings, pins, frozenset(turns))
    found = estimates(ratings, scorecard, needed=needed)
    praises = source.praises(scorecard)[:MOST_PRAISES]
    gaps = _gaps(source, found, scorecard, questions, praised=praises, turn=sessions_before)
    return [
        *(Point("follow_up", item.criterion, action_id=item.id) for item in actions),
        *gaps,
        *(
            Point("praise", key, questions[key].praise if key in questions else "", None, (quote,))
            for key, quote in praises
        ),
        *(Point("standing", topic.key, topic.question) for topic in questions.standing),
        *(Point("question", None, text) for text in _openers(questions, sessions_before)),
    ]


def _gaps(
    source: "_Source",
    found: Mapping[str, Estimate],
    scorecard: Scorecard,
    questions: Questions,
    *,
    praised: Sequence[tuple[str, Quote]],
    turn: int,
) -> list[Point]:
    examples = len(praised)
    praised_places = {(quote.review_id, quote.position) for _, quote in praised}
    reliable = below_target(found, scorecard)
    pinned = [c for c in source.worrying(scorecard) if not found[c.key].is_enough]
    points: list[Point] = []
    for criterion in [*reliable, *pinned]:
        weak = source.weak_example(criterion.key, apart_from=praised_places)
        quote = weak if examples else None
        if quote is None and criterion not in reliable:
            continue  # neither a number nor an example: nothing to show
        examples -= quote is not None
        asked = questions[criterion.key].gap if criterion.key in questions else ("",)
        quotes = () if quote is None else (quote,)
        points.append(Point("gap", criterion.key, asked[turn % len(asked)], None, quotes))
    return points[:MOST_GAPS]


def _openers(questions: Questions, turn: int) -> list[str]:
    texts = questions.openers
    return [texts[(turn + offset) % len(texts)] for offset in range(min(QUESTIONS, len(texts)))]


class _Source:
    """The turns that may be quoted, newest first."""

    def __init__(
        self, ratings: Sequence[Rated], pins: Sequence[Pinned], turns: frozenset[Place]
    ) -> None:
        self._ratings = sorted(ratings, key=lambda rating: (rating.at, rating.rating_id))[::-1]
        self._pins = sorted(pins, key=lambda pin: (pin.at, pin.id))[::-1]
        self._turns = turns
        self._by_criterion = {(r.review_id, r.criterion): r for r in ratings}

    def _pin_quotes(self, *, is_praise: bool) -> list[tuple[str, Quote]]:
        quotes = []
        for pin in self._pins:
            if pin.is_praise == is_praise and (pin.review_id, pin.position) in self._turns:
                rating = self._by_criterion.get((pin.review_id, pin.criterion))
                rating_id = rating.rating_id if rating else None
                quotes.append((pin.criterion, Quote(pin.review_id, pin.position, rating_id)))
        return quotes

    def _rating_quotes(self, *values: str) -> list[tuple[str, Quote]]:
        quotes = []
        for rating in self._ratings:
            place = next((p for p in rating.evidence if (rating.review_id, p) in self._turns), None)
            if rating.value in values and rating.counts and place is not None:
                quote = Quote(rating.review_id, place, rating.rating_id)
                quotes.append((rating.criterion, quote))
        return quotes

    def praises(self, scorecard: Scorecard) -> list[tuple[str, Quote]]:
        """Return good examples: pinned ones, then confirmed passes, each turn and criterion once."""
        found: dict[Place, tuple[str, Quote]] = {}
        seen: set[str] = set()
        # One example of each criterion first, so that two praises are not the same praise twice.
        everything = [*self._pin_quotes(is_praise=True), *self._rating_quotes("pass")]
        for key, quote in everything:
            place = (quote.review_id, quote.position)
            if key in scorecard and key not in seen and place not in found:
                found[place] = (key, quote)
                seen.add(key)
        return list(found.values())

    def weak_example(self, criterion: str, *, apart_from: Collection[Place]) -> Quote | None:
        """Return what shows a weakness best: a pinned turn, a fail, then a partial.

        Args:
            apart_from: turns that are praised: the same words are not both.
        """
        quotes = [
            *self._pin_quotes(is_praise=False),
            *self._rating_quotes("fail"),
            *self._rating_quotes("partial"),
        ]
        fitting = (quote for key, quote in quotes if key == criterion)
        return next((q for q in fitting if (q.review_id, q.position) not in apart_from), None)

    def worrying(self, scorecard: Scorecard) -> list[Criterion]:
        """Return the criteria with a confirmed critical error, then those with a weak pin."""
        failed = {r.criterion for r in self._ratings if r.value == "fail" and r.counts}
        pinned = {key for key, _ in self._pin_quotes(is_praise=False)}
        critical = [c for c in scorecard.criteria if c.is_critical and c.key in failed]
        rest = [c for c in scorecard.criteria if c.key in pinned and c not in critical]
        rest.sort(key=lambda criterion: (-criterion.weight, criterion.number))
        return [*critical, *rest]
