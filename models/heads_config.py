"""What a set of heads was made for: every name that the network's outputs stand for.

The lists come from the training data and the scorecard, never from code.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class HeadsConfig:
    """The shape of trunk and heads, and the names of their outputs.

    Attributes:
        criteria: keys, in the order of the outputs.
        disabled: criterion -> the values it lacks; their probability is 0.
        acts: "agent:greet", "customer:issue", …: the speaker who may do it, and the tag.
        topics: names of the topics.
        no_topic: the topic of a conversation that is not scored.
        channels: names of the channels; another channel is read as the first.
        languages: of the customers whose conversations are scored.
        encoder: name of the encoder that the heads were trained on.
        encoder_sha: its sha256.
        hidden: width of its states.
        layers: which layers' states the trunk reads.
        narrow: channels of the trunk's inner convolution.
        wide: channels of its outer one.
        context: units that hold a turn in its conversation.
    """

    criteria: tuple[str, ...]
    disabled: Mapping[str, tuple[str, ...]]
    acts: tuple[str, ...]
    topics: tuple[str, ...]
    no_topic: str
    channels: tuple[str, ...]
    languages: tuple[str, ...]
    encoder: str
    encoder_sha: str
    hidden: int
    layers: tuple[int, int]
    narrow: int = 160
    wide: int = 96
    context: int = 256

    @property
    def dimension(self) -> int:
        """Length of a turn vector: maxima, means, act evidence, mean upper state."""
        return 2 * (self.narrow + self.wide) + len(self.acts) + self.hidden

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "HeadsConfig":
        """Read what `to_json` gave; raises TypeError for a missing or an unknown key."""
        values: dict[str, Any] = {
            key: tuple(v) if isinstance(v, list) else v for key, v in plain.items()
        }
        values["disabled"] = {key: tuple(v) for key, v in plain["disabled"].items()}
        return cls(**values)
