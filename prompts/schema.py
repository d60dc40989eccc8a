"""The shape of the data files: frozen, and strict about what it does not know."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Language = Literal["en", "pl", "ru"]
Value = Literal["pass", "partial", "fail", "na"]

LANGUAGES: Final[tuple[Language, ...]] = ("en", "pl", "ru")
VALUES: Final[tuple[Value, ...]] = ("pass", "partial", "fail", "na")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Frozen(BaseModel):
    """What is read from a file does not change, and a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Translated(Frozen):
    """One text in every language of the interface."""

    en: Text
    pl: Text
    ru: Text

    def in_language(self, language: str) -> str:
        """Return the text in `en`, `pl` or `ru`.

        Raises:
            ValueError: for any other language.
        """
        match language:
            case "en":
                return self.en
            case "pl":
                return self.pl
            case "ru":
                return self.ru
        raise ValueError(f"texts exist in {', '.join(LANGUAGES)}, not in “{language}”")


class Named(Frozen):
    """A key that programs store, with the name that people see."""

    key: Key
    names: Translated

    def name(self, language: str) -> str:
        """Return the name in `en`, `pl` or `ru`."""
        return self.names.in_language(language)


class RootCause(Named):
    """Why a criterion was failed; some causes take the point off the agent."""

    counts_against_agent: bool


class Definitions(Frozen):
    """What each value of a criterion means; a level that the criterion lacks has no text."""

    pass_: Translated | None = Field(None, alias="pass")
    partial: Translated | None = None
    fail: Translated | None = None
    na: Translated | None = None

    def of(self, value: str) -> Translated | None:
        """Return the texts of one value, or None if the criterion lacks that level."""
        texts: Mapping[str, Translated | None] = {
            "pass": self.pass_,
            "partial": self.partial,
            "fail": self.fail,
            "na": self.na,
        }
        return texts.get(value)


class Criterion(Named):
    """One thing that is judged.

    Attributes:
        number: 1, 2, …, the order in which people read it (“C1”).
        weight: its part of the quality score, in points.
        is_bonus: the weight comes on top of the 100 and counts only where it applies.
        levels: the values a rating may take, in the order of the keys that rate.
        critical: what makes a confirmed fail a critical error; None if nothing does.
        absence: what was searched for when a fail is by absence; follows “Searched, not found:”.
        default_root_cause: the cause prefilled for a fail.
    """

    number: int = Field(ge=1)
    weight: int = Field(gt=0)
    is_bonus: bool = False
    levels: tuple[Value, ...]
    default_root_cause: Key
    definitions: Definitions
    critical: Translated | None = None
    absence: Translated
    example: Translated | None = None

    @property
    def is_critical(self) -> bool:
        """Whether a confirmed fail can set the flag “critical error”."""
        return self.critical is not None

    def definition(self, value: str, language: str) -> str:
        """Return what `value` means for this criterion.

        Raises:
            ValueError: for a level that this criterion lacks, or an unknown language.
        """
        texts = self.definitions.of(value)
        if texts is None:
            raise ValueError(f"“{self.key}” has no level “{value}”")
        return texts.in_language(language)

    @model_validator(mode="after")
    def _defines_exactly_its_levels(self) -> Self:
        defined = tuple(value for value in VALUES if self.definitions.of(value) is not None)
        if defined != self.levels:
            raise ValueError(f"“{self.key}” has the levels {self.levels} and defines {defined}")
        return self


class Scorecard(Frozen):
    """A versioned set of criteria on one scale.

    Attributes:
        enough_weight: percent of the weight without bonus that must apply to a conversation
            for it to have a quality score.
        solution_criterion: whose confirmed pass makes a resolved conversation a case to learn from.
        correction_reasons: why a person replaced an auto-score.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
    version: int = Field(ge=1)
    enough_weight: int = Field(ge=0, le=100)
    solution_criterion: Key | None = None
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    root_causes: tuple[RootCause, ...] = Field(min_length=1)
    correction_reasons: tuple[Named, ...] = Field(min_length=1)

    @property
    def id(self) -> str:
        """The name and version that a stored rating refers to, such as “standard-12/1”."""
        return f"{self.name}/{self.version}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The criteria's keys, in the order of their numbers."""
        return tuple(criterion.key for criterion in self.criteria)

    @property
    def regular_weight(self) -> int:
        """The sum of the weights without bonus criteria."""
        return sum(criterion.weight for criterion in self.criteria if not criterion.is_bonus)

    def __contains__(self, key: object) -> bool:
        return any(criterion.key == key for criterion in self.criteria)

    def __getitem__(self, key: str) -> Criterion:
        return _with_key(self.criteria, key)

    def root_cause(self, key: str) -> RootCause:
        """Return one root cause; raises KeyError for an unknown one."""
        return _with_key(self.root_causes, key)

    def correction_reason(self, key: str) -> Named:
        """Return one reason for a correction; raises KeyError for an unknown one."""
        return _with_key(self.correction_reasons, key)

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        _refuse_repeats(criterion.key for criterion in self.criteria)
        _refuse_repeats(cause.key for cause in self.root_causes)
        _refuse_repeats(reason.key for reason in self.correction_reasons)
        numbers = [criterion.number for criterion in self.criteria]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError(f"criteria are numbered 1, 2, … in order, not {numbers}")
        if self.solution_criterion is not None and self.solution_criterion not in self:
            raise ValueError(f"“{self.solution_criterion}” is not a criterion")
        causes = {cause.key for cause in self.root_causes}
        for criterion in self.criteria:
            if criterion.default_root_cause not in causes:
                raise ValueError(f"“{criterion.default_root_cause}” is not a root cause")
        return self


class CriterionQuestions(Frozen):
    """Open questions about one criterion: two for a gap, one for praise."""

    gap: Annotated[tuple[Text, ...], Field(min_length=2, max_length=2)]
    praise: Text


class StandingTopic(Frozen):
    """A topic that every coaching session has, with the question that opens it."""

    key: Key
    title: Text
    question: Text


class Questions(Frozen):
    """The agenda questions of one language. A mentor edits them before they are announced."""

    language: Language
    openers: Annotated[tuple[Text, ...], Field(min_length=3)]
    standing: tuple[StandingTopic, ...]
    criteria: Mapping[Key, CriterionQuestions]

    def __contains__(self, criterion: object) -> bool:
        return criterion in self.criteria

    def __getitem__(self, criterion: str) -> CriterionQuestions:
        return self.criteria[criterion]


class Names(Frozen):
    """What the classifiers' answers are called in one language: stored key to name."""

    language: Language
    values: Mapping[Key, Text]
    sentiment: Mapping[Key, Text]
    resolved: Mapping[Key, Text]
    topics: Mapping[Key, Text]
    channels: Mapping[Key, Text]
    speakers: Mapping[Key, Text]


AnyNamed = TypeVar("AnyNamed", bound=Named)


def _with_key(items: Iterable[AnyNamed], key: str) -> AnyNamed:
    for item in items:
        if item.key == key:
            return item
    raise KeyError(key)


def _refuse_repeats(keys: Iterable[str]) -> None:
    repeated = [key for key, count in Counter(keys).items() if count > 1]
    if repeated:
        raise ValueError(f"keys stand once, not twice: {', '.join(repeated)}")
