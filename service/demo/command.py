"""`afterword demo`: load it, say how to sign in, or take it out."""

import typer

from service.commands import open_database
from service.config import Settings
from service.demo import loading, removing


def load() -> None:
    """Load the demo if it is not here yet, or what an interrupted load left; print the sign-ins."""
    settings = Settings()
    database = open_database(settings)
    with database.reading() as db:
        is_here = loading.is_loaded(db)
    if not is_here:
        typer.echo("Loading the demo …")
        loaded = loading.load(database, settings.data_dir)
        typer.echo(
            f"{loaded.conversations} conversations and {loaded.cases} resolved cases are in."
        )
    typer.echo("Sign in as one of these (role, e-mail, password, name):")
    typer.echo(loading.sign_ins(settings.data_dir).rstrip())
    database.close()


def remove() -> None:
    """Take the demo out."""
    settings = Settings()
    database = open_database(settings)
    gone = removing.remove(database, settings.data_dir)
    typer.echo(f"The demo is out: {gone} conversations, their cases, ratings and people.")
    database.close()
