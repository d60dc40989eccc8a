"""Run the web server of one process."""

import ipaddress
import os
import socket

import typer
import uvicorn

from service.app import create_app
from service.commands import open_database
from service.config import Settings
from service.database import Database
from service.demo.loading import is_present
from service.identity.setup import begin_setup
from service.worker import Embedded


def run(host: str, port: int) -> None:
    """Serve until Ctrl-C.

    Raises:
        Exit: plain http on an address that others reach, without `AFTERWORD_ALLOW_HTTP=1`.
    """
    settings = Settings()
    if not (is_loopback(host) or settings.allow_http):
        typer.echo(
            f"Sign-ins over plain http on {host} could be read by others. Put a proxy with https in "
            "front of it, name the proxy in AFTERWORD_TRUSTED_PROXIES and set AFTERWORD_ALLOW_HTTP=1.",
            err=True,
        )
        raise typer.Exit(1)
    database = open_database(settings)
    refuse_the_demo_outside(host, database)
    app = create_app(settings, database=database)
    if settings.is_embedded:
        app.state.worker = Embedded(database, settings, app.state.scorer)
    for warning in settings.warnings:
        typer.echo(f"Note: {warning}", err=True)
    typer.echo(f"Afterword: http://{host}:{port}   (Ctrl-C ends it)")
    if begun := begin_setup(database):
        app.state.setup, token = begun
        typer.echo(how_to_begin(host, port, token))
    uvicorn.run(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    if app.state.worker is not None and app.state.worker.runner.is_busy:
        os._exit(0)  # a chunk of work that cannot be broken off; it is given back already


def refuse_the_demo_outside(host: str, database: Database) -> None:
    """The demo's people are known to everybody who has read its files: this machine only.

    Raises:
        Exit: the demo is here, or a part of it, and the address is not loopback.
    """
    with database.reading() as db:
        if is_loopback(host) or not is_present(db):
            return
    typer.echo(
        "The demo is loaded, and it is served on this machine only. Take it out first: "
        "afterword demo --remove",
        err=True,
    )
    raise typer.Exit(1)


def how_to_begin(host: str, port: int, token: str) -> str:
    """Return what the operator of an empty system does first."""
    here = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 -- compared, not bound
    if not is_loopback(here):
        return "Nobody can sign in yet. Run `afterword users add` on this machine."
    address = f"[{here}]" if ":" in here else here
    return (
        "Nobody can sign in yet. On this machine, open this address once to make the first "
        f"admin:\n  http://{address}:{port}/setup?token={token}"
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        try:
            found = socket.getaddrinfo(host, None)
        except OSError:
            return False
        return all(ipaddress.ip_address(item[4][0]).is_loopback for item in found)
