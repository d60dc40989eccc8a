"""The review page as values: what each pane shows, finished for the templates."""

from collections.abc import Iterator
from datetime import timedelta

from babel import Locale
from babel.lists import format_list

from prompts.library import load_names, load_scorecard
from prompts.schema import Criterion, Names, Scorecard
from service.conversations.tables import Turn
from service.identity.rules import Principal, may_review
from service.quoting import quoted_from
from service.review import rules
from service.review.evidence import Marker, numbers, parts, quote, wanted_words
from service.review.queries import SUBMITTED, OpenReview
from service.review.rules import Decision, Proposal
from service.review.views import Bar, Bench, Choice, CriterionView, Option, Quote, Tag, TurnView

VALUES = ("pass", "partial", "fail", "na")
LISTED_TURNS = 8  # more searched turns than this are counted, not listed


class _Builder:
    """Joins what was read with the scorecard's and the interface's words."""

    def __init__(self, opened: OpenReview, principal: Principal, language: str, at: str) -> None:
        self.opened = opened
        self.language = language
        self.at = at
        self.scorecard: Scorecard = load_scorecard(opened.review.scorecard)
        self.names: Names = load_names(language)
        is_mine = opened.review.reviewer_id == principal.id
        self.is_draft = may_review(principal, opened.review.agent_id) and not (
            opened.review.state in SUBMITTED and is_mine
        )
        shows_theirs = not any(made.is_made for made in opened.mine.values()) and opened.theirs
        self.decisions = opened.theirs if shows_theirs else opened.mine
        if shows_theirs:
            self.is_draft = False
        self.pins = {
            (pin.criterion, pin.position): "good" if pin.is_praise else "weak"
            for pin in opened.pins
        }
        self.marks = dict(self._marks())

    def _marks(self) -> Iterator[tuple[int, dict[str, tuple[int, int]]]]:
        """Yield for each turn that is evidence where each criterion marks it."""
        wanted: dict[int, list[str]] = {}
        for proposal in self.opened.proposals.values():
            for position in proposal.evidence:
                wanted.setdefault(position, []).append(proposal.criterion)
        language = self.opened.conversation.language
        for turn in self.opened.turns:
            if turn.position in wanted:
                marker = Marker(turn.text, language)
                yield (
                    turn.position,
                    {
                        key: marker.span(wanted_words(self.opened.review.scorecard, key, language))
                        for key in wanted[turn.position]
                    },
                )

    def criterion(self, criterion: Criterion, *, is_open: bool) -> CriterionView:
        """Return one row of the scorecard."""
        proposal = self.opened.proposals[criterion.key]
        decision = self.decisions.get(criterion.key)
        made = decision if decision and decision.is_made else None
        options = [self._option(criterion, value, proposal, made) for value in VALUES]
        agent_turns = [turn.position for turn in self.opened.turns if turn.speaker == "agent"]
        is_absent = not proposal.is_found
        return CriterionView(
            key=criterion.key,
            number=criterion.number,
            name=criterion.name(self.language),
            is_open=is_open,
            is_current=criterion.key == self.at,
            is_nominated=rules.is_nominated(proposal, criterion),
            auto=next(option for option in options if option.is_auto),
            confidence=proposal.confidence,
            options=options,
            quotes=[self._quote(criterion.key, position) for position in self._evidence(proposal)],
            absence=criterion.absence.in_language(self.language) if is_absent else None,
            searched=self._listed(numbers(agent_turns)),
            searched_count=len(agent_turns),
            decision=decision,
            value_name=self.names.values[made.value] if made else "",
            causes=[
                Choice(
                    c.key,
                    c.name(self.language),
                    bool(made and made.root_cause == c.key),
                )
                for c in self.scorecard.root_causes
            ],
            reasons=[
                Choice(r.key, r.name(self.language), bool(made and made.reason == r.key))
                for r in self.scorecard.correction_reasons
            ],
            withheld=self.opened.withheld.get(criterion.key, ""),
            ruling=self._ruling(criterion, options),
        )

    def _ruling(self, criterion: Criterion, options: list[Option]) -> Option | None:
        ruled = self.opened.rulings.get(criterion.key)
        if ruled is None:
            return None
        return next(option for option in options if option.value == ruled.value)

    def _option(
        self, criterion: Criterion, value: str, proposal: Proposal, made: Decision | None
    ) -> Option:
        has_level = value in criterion.levels
        return Option(
            value=value,
            name=self.names.values[value],
            definition=criterion.definition(value, self.language) if has_level else "",
            is_auto=value == proposal.value,
            is_checked=made is not None and made.value == value,
            is_disabled=not has_level or not self.is_draft,
        )

    def _evidence(self, proposal: Proposal) -> list[int]:
        return [position for position in proposal.evidence if position in self.marks]

    def _quote(self, key: str, position: int) -> Quote:
        begin, end = self.marks[position][key]
        text = next(t.text for t in self.opened.turns if t.position == position)
        return Quote(position + 1, quote(text[begin:end]), self.pins.get((key, position)))

    def _listed(self, found: list[int]) -> str:
        if not found or len(found) > LISTED_TURNS:
            return ""
        locale = Locale.parse(self.language)
        return str(format_list([str(number) for number in found], locale=locale))

    def turn(self, turn: Turn) -> TurnView:
        """Return one turn with its marks and tags."""
        marks = self.marks.get(turn.position, {})
        mood = self.opened.moods.get(turn.position)
        ordered = sorted(marks, key=lambda key: self.scorecard[key].number)
        spans = [(*marks[key], key) for key in ordered]
        at = quoted_from(turn.text)
        if any(end > at for _, end, _ in spans):
            at = len(turn.text)  # evidence is never folded away
        return TurnView(
            turn=turn,
            number=turn.position + 1,
            speaker=self.names.speakers[turn.speaker],
            mood=mood,
            mood_name=self.names.sentiment[mood] if mood else "",
            parts=parts(turn.text[:at], spans),
            quoted=turn.text[at:],
            tags=[
                Tag(
                    key,
                    self.scorecard[key].number,
                    self.scorecard[key].name(self.language),
                    self.pins.get((key, turn.position)),
                )
                for key in ordered
            ],
        )

    def bar(self, eyes: list[Criterion]) -> Bar:
        """Return where the review stands."""
        values = rules.decided(self.decisions)
        return Bar(
            score=self.opened.review.quality_score
            if self.opened.rulings or self.opened.withheld
            else rules.review_score(self.scorecard, self.decisions),
            auto_score=self.opened.run.quality_score,
            eyes=len(eyes),
            left=len(rules.undecided(eyes, self.decisions)),
            decided=len(values),
            machine=len(self.opened.proposals) - len(values),
        )


def build(
    opened: OpenReview,
    *,
    principal: Principal,
    language: str,
    unsure_below: float,
    at: str | None = None,
) -> Bench:
    """Return the page of a review in a language.

    Args:
        at: the criterion to stand on; else the first that is to decide.
    """
    builder = _Builder(opened, principal, language, at or "")
    eyes, sure = rules.grouped(opened.proposals, builder.scorecard, unsure_below=unsure_below)
    todo = rules.undecided(eyes, builder.decisions)
    if builder.at not in opened.proposals:
        builder.at = next((c.key for c in (*todo, *eyes, *sure)), "")
    moods = list(opened.moods.values())
    return Bench(
        opened=opened,
        eyes=[builder.criterion(criterion, is_open=True) for criterion in eyes],
        sure=[builder.criterion(criterion, is_open=False) for criterion in sure],
        turns=[builder.turn(turn) for turn in opened.turns],
        bar=builder.bar(eyes),
        mood_first=builder.names.sentiment[moods[0]] if moods else None,
        mood_last=builder.names.sentiment[moods[-1]] if moods else None,
        first_response=first_response(opened.turns),
        length=length(opened.turns),
        is_draft=builder.is_draft,
        at=builder.at,
        critical=[
            builder.scorecard[key].name(language)
            for key in rules.critical_errors(builder.scorecard, builder.decisions)
        ],
    )


def first_response(turns: list[Turn]) -> timedelta | None:
    """Return how long the customer waited for the agent's first words; None without times."""
    asked = next((turn.at for turn in turns if turn.speaker == "customer"), None)
    answered = next((turn.at for turn in turns if turn.speaker == "agent"), None)
    if asked is None or answered is None or answered < asked:
        return None
    return answered - asked


def length(turns: list[Turn]) -> timedelta | None:
    """Return the time from the first turn to the last; None without times."""
    times = [turn.at for turn in turns if turn.at is not None]
    return max(times) - min(times) if len(times) > 1 else None
