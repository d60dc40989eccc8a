"""Commands run as processes of their own, with no settings but the given ones."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a command whose data folder is `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AFTERWORD_")}
    given = {f"AFTERWORD_{name.upper()}": value for name, value in settings.items()}
    return {**kept, "AFTERWORD_DATA_DIR": str(folder), **given}


def ended(folder: Path, *arguments: str, **settings: str) -> tuple[int, str, str]:
    """Run a command and return its exit status, standard output and standard error."""
    done = subprocess.run(
        (sys.executable, "-m", "service", *arguments),
        env=environment(folder, settings),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
