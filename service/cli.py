"""The command line. Heavy imports wait until a command needs them: `--help` answers at once."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="afterword",
    help="Afterword reviews customer-service conversations with local models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
users = typer.Typer(help="People who may sign in.", no_args_is_help=True)
app.add_typer(users, name="users")


def main() -> None:
    """Run the command line; a refusal is one sentence on standard error and exit status 1."""
    from service.errors import DomainError  # noqa: PLC0415 -- fast start

    try:
        app()
    except DomainError as error:
        typer.echo(f"{error.code} {error}", err=True)
        sys.exit(1)


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from service.config import Settings, secret_of  # noqa: PLC0415 -- fast start
    from service.database import Database  # noqa: PLC0415 -- fast start
    from service.migrate import newest, upgrade  # noqa: PLC0415 -- fast start

    settings = Settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.url, secret=secret_of(settings))
    upgrade(database.engine)
    typer.echo(f"The database is at {newest()}.")


@users.command("add")
def add_user(
    email: str,
    name: Annotated[str, typer.Option(help="As colleagues see it.")],
    role: Annotated[str, typer.Option(help="reviewer, mentor, lead, agent or admin")],
    team: Annotated[list[str], typer.Option(help="May be given several times.")] = [],  # noqa: B006 -- typer's way
    password_stdin: Annotated[bool, typer.Option(help="Read the password from a pipe.")] = False,  # noqa: FBT002 -- typer's way
) -> None:
    """Add a person who may sign in."""
    from service.commands import open_database  # noqa: PLC0415 -- fast start
    from service.identity import actions  # noqa: PLC0415 -- fast start

    password = (
        sys.stdin.readline().rstrip("\n") if password_stdin else getpass.getpass("Password: ")
    )
    database = open_database()
    with database.writing() as db:
        actions.add_person(
            db, email=email, name=name, role=role, teams=team, password=password, by=None
        )
    typer.echo(f"{email} can sign in as {role}.")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Serve the pages; in the embedded mode also run the jobs."""
    from service.serve import run  # noqa: PLC0415 -- fast start

    run(host, port)


for _name in ("erase", "backup", "restore"):

    @app.command(_name, help="Not built yet.", hidden=True)
    def _not_built() -> None:
        typer.echo("This command is not built yet. Nothing was changed.", err=True)
        raise typer.Exit(2)


def existing_file(path: str) -> Path:
    """Return a file that must exist.

    Raises:
        BadParameter: there is no such file.
    """
    found = Path(path)
    if not found.is_file():
        raise typer.BadParameter(f"There is no file {path}.")
    return found
