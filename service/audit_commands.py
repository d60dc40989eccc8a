"""`afterword audits`: blind audits from the command line."""

import typer


def add_to(app: typer.Typer) -> None:
    """Give a command line these commands."""
    audits = typer.Typer(
        help="Blind audits: what people rate without seeing any value.", no_args_is_help=True
    )
    audits.command("draw")(draw)
    audits.callback()(_group)
    app.add_typer(audits, name="audits")


def _group() -> None:
    """Keep `draw` a command of its own while it is the only one."""


def draw() -> None:
    """Draw blind audits from all that was scored since the last draw; a worker does it hourly."""
    from service.commands import open_database  # noqa: PLC0415 -- fast start
    from service.config import Settings  # noqa: PLC0415 -- fast start
    from service.database import now  # noqa: PLC0415 -- fast start
    from service.review.lottery import draw_audits  # noqa: PLC0415 -- fast start

    settings = Settings()
    database = open_database(settings)
    with database.writing() as db:
        drawn = draw_audits(db, at=now(), reviews_per_day=settings.reviews_per_day)
    database.close()
    typer.echo(
        f"{drawn.audits} blind audits drawn of {drawn.scored} conversations scored since the last "
        f"draw, {drawn.second} second reviews of {drawn.submitted} submitted; "
        f"{drawn.cancelled} given up after four weeks."
    )
