"""What a training set says about the shape of the heads: criteria, acts, topics, channels."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from models.encoder import Encoder
from models.heads import SPEAKER_NUMBERS
from models.heads_config import HeadsConfig
from models.training.examples import BadExample, Example
from models.types import VALUES

RARE = 5  # a language with fewer conversations is not scored
SURE = 50  # so many ratings of a criterion without a value mean that it lacks the value


def config_for(
    examples: Sequence[Example],
    encoder: Encoder,
    *,
    layers: tuple[int, int],
    scorecard: Path | None = None,
    **sizes: int,
) -> HeadsConfig:
    """Return the shape of heads for a training set.

    Args:
        examples: at least one rated conversation among them.
        encoder: whose states they are to read.
        layers: which of its layers.
        scorecard: YAML with `criteria`, each with `key` and perhaps `levels`; gives their order
            and the values that a criterion lacks. Without it both come from the examples.
        sizes: `narrow`, `wide` and `context` of HeadsConfig.

    Raises:
        BadExample: no rated conversation, or none with a topic.
    """
    whole = [example for example in examples if not example.is_reply]
    rated = [example for example in whole if example.ratings]
    topics = Counter(example.topic for example in whole if example.topic)
    if not rated or not topics:
        raise BadExample("training needs rated conversations with a topic")
    card = _scorecard(scorecard) if scorecard else {}
    criteria = tuple(card) or tuple(dict.fromkeys(key for e in rated for key in e.ratings))
    languages = Counter(example.dialogue.language for example in rated)
    return HeadsConfig(
        criteria=criteria,
        disabled={
            key: lacking for key in criteria if (lacking := card.get(key) or _never(rated, key))
        },
        acts=tuple(sorted(set(_acts(examples)))),
        topics=tuple(sorted(topics)),
        no_topic="other" if "other" in topics else min(topics),
        channels=tuple(_by_count(example.dialogue.channel for example in whole)),
        languages=tuple(sorted(tag for tag, n in languages.items() if n >= RARE)),
        encoder=encoder.name,
        encoder_sha=encoder.sha,
        hidden=encoder.hidden,
        layers=layers,
        **sizes,
    )


def _scorecard(path: Path) -> dict[str, tuple[str, ...]]:
    """Return criterion -> the values it lacks, as far as the scorecard says."""
    card: Mapping[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return {
        criterion["key"]: tuple(v for v in VALUES if v not in criterion.get("levels", VALUES))
        for criterion in card["criteria"]
    }


def _never(rated: Sequence[Example], key: str) -> tuple[str, ...]:
    """Return the values that a criterion never has, though it was rated often."""
    seen = Counter(e.ratings[key].value for e in rated if key in e.ratings)
    if seen.total() < SURE:
        return ()
    return tuple(value for value in VALUES if not seen[value])


def _acts(examples: Iterable[Example]) -> Iterable[str]:
    for example in examples:
        for turn, tags in example.acts.items():
            speaker = example.dialogue.turns[turn].speaker
            if speaker in SPEAKER_NUMBERS:
                yield from (f"{speaker}:{tag}" for tag in tags)


def _by_count(names: Iterable[str]) -> list[str]:
    """Return names, most frequent first, then by alphabet."""
    return [
        name for name, _ in sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0]))
    ]
