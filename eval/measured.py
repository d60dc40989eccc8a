"""The product's own answers to rated conversations, computed once for all parts."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.analyser import Analyser
from models.training.examples import Example
from models.types import Analysis


@dataclass(frozen=True, slots=True)
class Measured:
    """Conversations and what the analyser said of each, in the same order."""

    model: str
    data: str
    examples: Sequence[Example]
    analyses: Sequence[Analysis]
    analyser: Analyser


def measure(analyser: Analyser, examples: Sequence[Example], data: str) -> Measured:
    """Ask the analyser about every conversation; `data` names the file."""
    dialogues = [example.dialogue for example in examples]
    analyses = analyser.analyse(dialogues, analyser.vectors(dialogues))
    return Measured(analyser.version, data, examples, analyses, analyser)
