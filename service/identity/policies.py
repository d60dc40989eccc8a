"""Default deny: every route's policy stands in `service/authz.yaml`, or the app does not start."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount, Route

from service.identity.tables import ROLES


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may call a route. What they find there is limited by `visible_to` besides."""

    roles: frozenset[str]
    is_public: bool
    scoped: str | None  # the kind of object the path names: conversation, review, agent, …


class UndeclaredRoute(RuntimeError):
    """A route has no policy, or a policy has no route: the app does not start."""


@cache
def policies() -> dict[str, Policy]:
    """Return the policy of each route name.

    Raises:
        UndeclaredRoute: for a role or a key that is not known.
    """
    source = files("service").joinpath("authz.yaml").read_text("utf-8")
    found: dict[str, Policy] = {}
    for name, entry in yaml.safe_load(source).items():
        unknown = set(entry) - {"public", "roles", "scoped"}
        roles = frozenset(ROLES if entry.get("roles") == "all" else entry.get("roles", ()))
        if unknown or not roles <= set(ROLES) or bool(roles) == bool(entry.get("public")):
            raise UndeclaredRoute(f"authz.yaml: the policy of {name} cannot be understood")
        found[name] = Policy(roles, bool(entry.get("public")), entry.get("scoped"))
    return found


def check_routes(app: FastAPI) -> None:
    """Refuse to start while a route is not declared.

    Raises:
        UndeclaredRoute: naming the routes and the policies without a partner.
    """
    names = {route.name or "" for route in routes_of(app.routes)}
    missing, spare = sorted(names - set(policies())), sorted(set(policies()) - names)
    if missing or spare:
        raise UndeclaredRoute(f"authz.yaml lacks {missing}, and declares {spare} that do not exist")


def routes_of(routes: Iterable[BaseRoute]) -> Iterator[APIRoute | Route | Mount]:
    """Yield every route, those of included routers too.

    Raises:
        UndeclaredRoute: for one that no policy can be given to.
    """
    for route in routes:
        included = getattr(route, "original_router", None)  # FastAPI 0.165 keeps routers whole
        if included is not None:
            yield from routes_of(included.routes)
        elif isinstance(route, APIRoute | Route | Mount) and route.name:
            yield route
        else:
            raise UndeclaredRoute(f"a {type(route).__name__} cannot be given a policy")


def may(role: str | None, route: str) -> bool:
    """Whether a role may call a route by its policy."""
    policy = policies()[route]
    return policy.is_public or role in policy.roles
