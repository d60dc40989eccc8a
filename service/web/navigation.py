"""The entries of the top bar. The app says which; a person sees those their role may open."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the route it opens, its marked label, and the path's beginning it stands for."""

    route: str
    label: str
    beginning: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as the page shows it."""

    path: str
    label: str
    is_current: bool


def entries_for(
    request: Request, entries: tuple[Entry, ...], *, may: Callable[[str], bool]
) -> list[Shown]:
    """Return what somebody sees in the top bar, in order."""
    here = request.url.path
    return [
        Shown(
            str(request.app.url_path_for(entry.route)),
            entry.label,
            here == entry.beginning or here.startswith(entry.beginning + "/"),
        )
        for entry in entries
        if may(entry.route)
    ]
