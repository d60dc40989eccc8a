"""What options of the command line mean."""

from pathlib import Path

import typer


def existing_file(path: str) -> Path:
    """Return a file that must exist.

    Raises:
        BadParameter: there is no such file.
    """
    found = Path(path)
    if not found.is_file():
        raise typer.BadParameter(f"There is no file {path}.")
    return found


def existing_folder(path: str | None) -> Path | None:
    """Return a folder that must exist, if one was named.

    Raises:
        BadParameter: there is no such folder.
    """
    if path is not None and not Path(path).is_dir():
        raise typer.BadParameter(f"There is no folder {path}.")
    return Path(path) if path is not None else None


def pairs(values: list[str]) -> dict[str, str] | None:
    """Return NAME=VALUE options as a mapping; None if there are none.

    Raises:
        BadParameter: an option without "=".
    """
    found = {}
    for value in values:
        name, sign, rest = value.partition("=")
        if not sign or not name or not rest:
            raise typer.BadParameter(f"{value[:40]} is not NAME=VALUE.")
        found[name.strip()] = rest.strip()
    return found or None
