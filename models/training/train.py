"""Train a version of the heads and write it: the function behind `afterword train`."""

import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from models.artifacts import sha256_of
from models.base_encoder import load_base
from models.centring import Centring
from models.encoder import Encoder, TransformerEncoder
from models.head_files import GATE_ROWS, REPLAY_ROWS, save_head_files
from models.heads_config import HeadsConfig
from models.local_encoder import load_local
from models.temperature import Temperatures
from models.training.crossfit import NOTHING_KEPT, cross_fit, figures, temperatures
from models.training.examples import BadExample, Example, read_examples
from models.training.loop import Report
from models.training.network import Network, States, encode, train_network, turn_vectors
from models.training.shape import config_for
from models.training.stages import Stages, stage_key
from models.training.tensors import Row, row, rows_to_arrays

HERE = Path(__file__).parent.parent
WEIGHTS = HERE / "weights"
DATA = HERE / "data"
SHIPPED = (
    *(
        DATA / "conversations" / f"{name}.jsonl"
        for name in ("train", "written-en", "written-pl", "written-ru")
    ),
    *(DATA / "contrast" / f"{name}.jsonl" for name in ("train", "written-pl", "written-ru")),
)
GATE = DATA / "conversations" / "dev.jsonl"
EPOCHS = 24
FOLDS = 4
CHECKED = 1  # of the folds: one network besides is enough for the temperatures
REPLAY = 240  # conversations kept as vectors beside the heads, so that adapting forgets nothing
PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "numpy")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained.

    Attributes:
        seed: of everything that is drawn.
        epochs: how often each conversation is seen.
        folds: in how many parts the examples are split, to fit the temperatures on a part that
            a network has not seen; 0 leaves them neutral.
        checked: how many of those parts are used, each with a network of its own; None: all.
    """

    seed: int = 0
    epochs: int = EPOCHS
    folds: int = FOLDS
    checked: int | None = CHECKED


def train(
    out: Path,
    *,
    data_files: Sequence[Path] = SHIPPED,
    gate_file: Path | None = GATE,
    encoder: Path | None = None,
    scorecard: Path | None = None,
    recipe: Recipe = Recipe(),
    report: Report | None = None,
) -> Mapping[str, Any]:
    """Train trunk and heads from nothing and write them to `out`.

    Interrupted and called again, it goes on from the networks that were finished.

    Args:
        out: the folder to write; see `head_files`.
        data_files: training lines and contrast lines.
        gate_file: conversations kept as vectors beside the heads, to judge later versions by;
            never trained on.
        encoder: an operator's own encoder folder; the shipped one by default.
        scorecard: YAML with the order of the criteria and the values that one lacks.
        recipe: seed, epochs and folds.
        report: called as training goes on.

    Returns:
        What the manifest says of the training.

    Raises:
        BadExample: a line that cannot be used.
        WeightsDamaged, RefusedEncoder: the encoder cannot be loaded.
    """
    examples = [example for path in data_files for example in read_examples(path)]
    held = read_examples(gate_file) if gate_file else []
    if {e.id for e in held} & {e.id for e in examples}:
        raise BadExample("a conversation stands in the training and in the gate file")
    engine = load_encoder(encoder)
    stages = Stages.beside(out)
    trained = train_with(
        engine, examples, held, scorecard=scorecard, recipe=recipe, stages=stages, report=report
    )
    data = {f"{path.parent.name}/{path.name}": sha256_of(path) for path in data_files}
    facts = trained.save(out, data)
    stages.forget()
    return facts


def load_encoder(
    folder: Path | None, *, layers: tuple[int, int] | None = None
) -> TransformerEncoder:
    """Return the encoder of an operator's folder, or the shipped one."""
    if folder is not None:
        return load_local(folder, layers=layers)
    return load_base(WEIGHTS / "base", layers=layers)


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained network with everything that is written beside it."""

    config: HeadsConfig
    network: Network
    temperatures: Temperatures
    centring: Centring
    replay: Sequence[Row]
    gate: Sequence[Row]
    facts: Mapping[str, Any]

    def save(self, out: Path, data: Mapping[str, str]) -> Mapping[str, Any]:
        """Write the folder; `data` is file name -> sha256. Returns the training facts."""
        training = {**self.facts, "data": data, "versions": library_versions()}
        save_head_files(
            out,
            config=self.config,
            trunk=self.network.trunk,
            heads=self.network.heads,
            temperatures=self.temperatures,
            centring=self.centring,
            kept={
                name: rows_to_arrays(rows)
                for name, rows in ((REPLAY_ROWS, self.replay), (GATE_ROWS, self.gate))
                if rows
            },
            training=training,
        )
        return training


def train_with(
    encoder: Encoder,
    examples: Sequence[Example],
    held: Sequence[Example],
    *,
    scorecard: Path | None = None,
    recipe: Recipe = Recipe(),
    stages: Stages = NOTHING_KEPT,
    report: Report | None = None,
    **sizes: int,
) -> Trained:
    """Train on examples in memory; see `train`.

    Args:
        encoder: any encoder.
        examples: to train on.
        held: to judge later versions by.
        scorecard, recipe, report: as `train` has them.
        stages: takes up and keeps finished networks.
        sizes: `narrow`, `wide` and `context` of HeadsConfig.
    """
    config = config_for(examples, encoder, layers=encoder.layers, scorecard=scorecard, **sizes)
    states = encode(encoder, [*examples, *held], report)
    fitted, cross_fitted = _cross_fitted(examples, states, config, recipe, stages, report)
    how: dict[str, Any] = {"seed": recipe.seed, "epochs": recipe.epochs}
    make = partial(train_network, examples, states, config, **how, report=report)
    network = stages.network(stage_key(examples, config, **how), config, make)

    def rows(chosen: Sequence[Example]) -> list[Row]:
        return [row(e, turn_vectors(network.trunk, e, states), config) for e in chosen]

    whole = [example for example in examples if not example.is_reply]
    return Trained(
        config=config,
        network=network,
        temperatures=fitted,
        centring=fit_centring(encoder, whole),
        replay=rows(spread(whole, REPLAY)),
        gate=rows(held),
        facts=_facts(examples, recipe) | {"cross_fitted": cross_fitted},
    )


def _facts(examples: Sequence[Example], recipe: Recipe) -> dict[str, Any]:
    replies = sum(example.is_reply for example in examples)
    return {
        "examples": len(examples) - replies,
        "replies": replies,
        "seed": recipe.seed,
        "epochs": recipe.epochs,
        "folds": recipe.folds,
        "checked": recipe.checked if recipe.folds else 0,
        "gate": None,
    }


def _cross_fitted(
    examples: Sequence[Example],
    states: States,
    config: HeadsConfig,
    recipe: Recipe,
    stages: Stages,
    report: Report | None,
) -> tuple[Temperatures, Mapping[str, Any] | None]:
    """Return temperatures and figures by networks asked about what they had not seen.

    Without folds they are neutral, and there are none.
    """
    if not recipe.folds:
        return Temperatures((1.0,) * len(config.criteria)), None
    answers = cross_fit(
        examples,
        states,
        config,
        seed=recipe.seed,
        epochs=recipe.epochs,
        folds=recipe.folds,
        checked=recipe.checked,
        stages=stages,
        report=report,
    )
    fitted = temperatures(answers)
    return fitted, figures(answers, config, fitted)


def spread(examples: Sequence[Example], most: int) -> list[Example]:
    """Return at most so many examples, at even steps through the set sorted by language."""
    ordered = sorted(examples, key=lambda e: (e.dialogue.language, e.id))
    step = max(1.0, len(ordered) / most)
    return [ordered[int(i * step)] for i in range(min(most, len(ordered)))]


def fit_centring(encoder: Encoder, examples: Sequence[Example]) -> Centring:
    """Return the mean vectors of the customers' first words, by language."""
    firsts = {
        turn.text: example.dialogue.language
        for example in examples
        for turn in [t for t in example.dialogue.turns if t.speaker == "customer"][:1]
    }
    with torch.inference_mode():
        vectors = encoder.embed(list(firsts)).numpy()
    return Centring.fit(vectors, list(firsts.values()))


def library_versions() -> dict[str, str]:
    """Return the versions of what the figures hang on."""
    return {name: importlib.metadata.version(name) for name in PACKAGES}
