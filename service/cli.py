"""The command line. Heavy imports wait until a command needs them: `--help` answers at once."""

import getpass
import os
import sys
from typing import Annotated

import typer

from service import audit_commands, model_commands
from service.arguments import existing_file

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
audit_commands.add_to(app)
model_commands.add_to(app)


def main() -> None:
    """Run the command line; a refusal is one sentence on standard error.

    Exit status 2 stands for settings or arguments that cannot be used, 1 for any other refusal.
    """
    os.umask(0o077)  # the database, its log and uploads are for this user alone

    try:
        app()
    except Exception as error:
        from service.failures import told  # noqa: PLC0415 -- fast start

        failure = told(error)
        if failure is None:
            raise
        for sentence in failure.sentences:
            typer.echo(sentence, err=True)
        sys.exit(failure.status)


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


@app.command()
def demo(
    remove: Annotated[bool, typer.Option("--remove", help="Take the demo out again.")] = False,
) -> None:
    """Load demo conversations, cases and people, once; print how to sign in."""
    from service.demo import command  # noqa: PLC0415 -- fast start

    if remove:
        command.remove()
    else:
        command.load()


@app.command("import")
def import_(
    paths: Annotated[list[str] | None, typer.Argument(metavar="FILE…")] = None,
    format_name: Annotated[
        str | None,
        typer.Option("--format", help="neutral, csv, xlsx, zendesk, webvtt, srt; else detected"),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Ids are unique within; else the format's name.")
    ] = None,
    encoding: Annotated[
        str, typer.Option(help="utf-8, cp1250, cp1251, koi8-r or utf-16")
    ] = "utf-8",
    column: Annotated[
        list[str], typer.Option(help="FIELD=COLUMN of a table; may be repeated.")
    ] = [],  # noqa: B006 -- typer's way
    speaker: Annotated[
        list[str], typer.Option(help="NAME=agent|customer|bot|system|note; may be repeated.")
    ] = [],  # noqa: B006 -- typer's way
    channel: Annotated[str | None, typer.Option(help="Of a format that does not say.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Of the customer's side; else detected.")
    ] = None,
    zone: Annotated[str, typer.Option(help="IANA time zone of times without an offset.")] = "UTC",
    users_file: Annotated[
        str | None, typer.Option("--users", help="A help desk's export of its users.")
    ] = None,
    cases: Annotated[str | None, typer.Option(help="Resolved tickets to be kept as cases.")] = None,
    report: Annotated[
        str | None, typer.Option(help="Write all refusals into this CSV file.")
    ] = None,
    is_json: Annotated[
        bool, typer.Option("--json", help="The last line is the counts as JSON.")
    ] = False,
    no_score: Annotated[bool, typer.Option("--no-score", help="Leave scoring to later.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Score before the command ends.")] = False,
) -> None:
    """Import conversations, and put down a job that scores them."""
    from service import import_command, import_options  # noqa: PLC0415 -- fast start

    if not paths and not cases:
        raise typer.BadParameter("Name a file to import.")
    choice = import_options.checked_choice(
        source=source,
        encoding=encoding,
        column=column,
        speaker=speaker,
        channel=channel,
        language=language,
        zone=zone,
    )
    chosen_format = import_options.checked_format(format_name)
    report_path = import_options.writable_file(report, "--report")
    users_path = existing_file(users_file) if users_file else None
    found = [existing_file(path) for path in paths or ()]
    status = 0
    if cases:
        status = import_command.import_cases(existing_file(cases), is_json=is_json and not found)
    if found:
        status |= import_command.import_files(
            found,
            choice,
            format_name=chosen_format,
            source=source,
            users_file=users_path,
            report=report_path,
            is_json=is_json,
            is_scored=not no_score,
            waits=wait,
        )
    raise typer.Exit(status)


@app.command()
def export() -> None:
    """Write every stored conversation, masked, in the neutral format to standard output."""
    from service import import_command  # noqa: PLC0415 -- fast start

    import_command.export()


@users.command("add")
def add_user(
    email: str,
    name: Annotated[str, typer.Option(help="As colleagues see it.")],
    role: Annotated[str, typer.Option(help="reviewer, mentor, lead, agent or admin")],
    team: Annotated[list[str], typer.Option(help="May be given several times.")] = [],  # noqa: B006 -- typer's way
    password_stdin: Annotated[bool, typer.Option(help="Read the password from a pipe.")] = False,
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


@app.command()
def work() -> None:
    """Run background jobs until Ctrl-C; start as many as you like, on any number of hosts."""
    from service.commands import open_database  # noqa: PLC0415 -- fast start
    from service.config import Settings  # noqa: PLC0415 -- fast start
    from service.worker import work as run_worker  # noqa: PLC0415 -- fast start

    settings = Settings()
    run_worker(open_database(settings), settings)


@app.command()
def score(
    is_all: Annotated[
        bool, typer.Option("--all", help="Also what these heads, or others, have scored.")
    ] = False,
) -> None:
    """Score stored conversations now, with the heads at hand, and fill the queue from them."""
    from service import score_command  # noqa: PLC0415 -- fast start

    score_command.score(is_all=is_all)


@app.command()
def doctor() -> None:
    """Check that what is stored holds together: OK, or what is broken and exit status 1."""
    from service import doctor as checks  # noqa: PLC0415 -- fast start

    raise typer.Exit(checks.run())


for _name in ("erase", "backup", "restore"):

    @app.command(
        _name,
        help="Not built yet.",
        hidden=True,
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def _not_built() -> None:
        typer.echo("This command is not built yet. Nothing was changed.", err=True)
        raise typer.Exit(2)
