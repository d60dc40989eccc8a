"""The commands of scoring that need no database: rate, sentiment, similar, train, schema."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from prompts.library import load_scorecard
from service.config import Settings
from service.errors import N_, Invalid
from service.scoring.rating import rate as rate_lines
from service.scoring.schemas import SCHEMAS
from service.scoring.scorer import ModelUnavailable, Scorer
from service.scoring.streams import Progress, write
from service.scoring.texts import find_similar, judge_moods

if TYPE_CHECKING:
    from models.training.loop import Progress as Stage


def rate(*, heads: Path | None) -> int:
    """Rate conversations from standard input; the exit status."""
    settings = _with_heads(heads)
    is_clean = rate_lines(
        sys.stdin.buffer,
        sys.stdout.buffer,
        Scorer(settings),
        load_scorecard(settings.scorecard),
        Progress("conversations"),
    )
    return 0 if is_clean else 1


def sentiment(*, heads: Path | None) -> int:
    """Judge the moods of texts from standard input; the exit status."""
    scorer = Scorer(_with_heads(heads))
    is_clean = judge_moods(sys.stdin.buffer, sys.stdout.buffer, scorer, Progress("texts"))
    return 0 if is_clean else 1


def similar(*, cases: Path, k: int) -> int:
    """Find similar cases for texts from standard input; the exit status."""
    is_clean = find_similar(
        sys.stdin.buffer,
        sys.stdout.buffer,
        Scorer(Settings()),
        Progress("queries"),
        cases=cases,
        k=k,
    )
    return 0 if is_clean else 1


def schema(name: str) -> None:
    """Print a JSON Schema.

    Raises:
        BadParameter: there is none of that name.
    """
    if name not in SCHEMAS:
        raise typer.BadParameter(f"There are the schemas {', '.join(SCHEMAS)}.")
    document = SCHEMAS[name](load_scorecard(Settings().scorecard))
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def train(
    out: Path,
    *,
    corrections: Path | None,
    data: list[Path],
    heads: Path | None,
    encoder: Path | None,
    seed: int,
    epochs: int | None,
) -> None:
    """Adapt the heads to corrections, or train them from data; prints what the manifest says.

    Raises:
        Invalid: a line that cannot be used.
        ModelUnavailable: the encoder or the heads to start from cannot be loaded.
    """
    from models.artifacts import EncoderMismatch, WeightsDamaged  # noqa: PLC0415 -- torch
    from models.local_encoder import RefusedEncoder  # noqa: PLC0415 -- torch
    from models.training.adapt import adapt  # noqa: PLC0415 -- torch
    from models.training.examples import BadExample  # noqa: PLC0415 -- torch
    from models.training.train import Recipe  # noqa: PLC0415 -- torch
    from models.training.train import train as train_heads  # noqa: PLC0415 -- torch

    settings = Settings()
    chosen: dict[str, Any] = {"report": _report, "encoder": encoder or settings.encoder}
    how: dict[str, Any] = {"seed": seed} if epochs is None else {"seed": seed, "epochs": epochs}
    if data:
        chosen["data_files"] = data
    try:
        if corrections is not None:
            facts = adapt(out, corrections, heads=heads or settings.heads_dir, **how, **chosen)
        else:
            facts = train_heads(out, recipe=Recipe(**how), **chosen)
    except BadExample as error:
        raise Invalid(N_("{reason}. Nothing was trained."), reason=str(error)) from error
    except (EncoderMismatch, WeightsDamaged, RefusedEncoder) as error:
        raise ModelUnavailable(str(error)) from error
    write(sys.stdout.buffer, facts)


def _report(stage: "Stage") -> None:
    loss = "" if stage.loss is None else f", loss {stage.loss:.3f}"
    end = "\r" if sys.stderr.isatty() and stage.done < stage.total else "\n"
    if sys.stderr.isatty() or stage.done in {1, stage.total}:
        sys.stderr.write(f"{stage.stage}: {stage.done} of {stage.total}{loss}{end}")
        sys.stderr.flush()


def _with_heads(heads: Path | None) -> Settings:
    settings = Settings()
    if heads is None:
        return settings
    return settings.model_copy(update={"heads_dir": heads})
