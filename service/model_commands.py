"""The commands that need the models and no database. Heavy imports wait until one is called."""

from pathlib import Path
from typing import Annotated

import typer

from service.arguments import existing_file, existing_folder


def add_to(app: typer.Typer) -> None:
    """Give a command line these commands."""
    for command in (rate, sentiment, similar, train, schema):
        app.command()(command)


def rate(
    heads: Annotated[str | None, typer.Option(help="A folder that `train` wrote.")] = None,
) -> None:
    """Rate conversations from standard input, one JSON object a line, to standard output."""
    from service.scoring import commands  # noqa: PLC0415 -- fast start

    raise typer.Exit(commands.rate(heads=existing_folder(heads)))


def sentiment(
    heads: Annotated[str | None, typer.Option(help="A folder that `train` wrote.")] = None,
) -> None:
    """Judge the mood of texts from standard input, lines of {"id", "text"}."""
    from service.scoring import commands  # noqa: PLC0415 -- fast start

    raise typer.Exit(commands.sentiment(heads=existing_folder(heads)))


def similar(
    cases: Annotated[
        str, typer.Option(help='Lines of {"id", "problem", "solution"?, "language"?}.')
    ],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="Cases for each query.")] = 10,
) -> None:
    """Find similar cases for texts from standard input, lines of {"id", "text"}."""
    from service.scoring import commands  # noqa: PLC0415 -- fast start

    raise typer.Exit(commands.similar(cases=existing_file(cases), k=k))


def schema(
    name: Annotated[str, typer.Argument(help="conversation, rating, sentiment, similar, training")],
) -> None:
    """Print the JSON Schema of what a command reads or writes."""
    from service.scoring import commands  # noqa: PLC0415 -- fast start

    commands.schema(name)


def train(
    out: Annotated[str, typer.Option(help="The folder to write.")],
    corrections: Annotated[
        str | None, typer.Option(help="Adapt the heads to these rated conversations.")
    ] = None,
    data: Annotated[
        list[str], typer.Option(help="Or train from these alone; may be repeated.")
    ] = [],  # noqa: B006 -- typer's way
    heads: Annotated[str | None, typer.Option(help="The version to adapt.")] = None,
    encoder: Annotated[
        str | None, typer.Option(help="A local sentence-transformers folder.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    epochs: Annotated[int | None, typer.Option(min=1, help="How often each is seen.")] = None,
) -> None:
    """Train heads, or adapt them to corrections (`afterword schema training`)."""
    from service.scoring import commands  # noqa: PLC0415 -- fast start

    if corrections and data:
        raise typer.BadParameter("Give --corrections or --data, not both.")
    commands.train(
        Path(out),
        corrections=existing_file(corrections) if corrections else None,
        data=[existing_file(path) for path in data],
        heads=existing_folder(heads),
        encoder=existing_folder(encoder),
        seed=seed,
        epochs=epochs,
    )
