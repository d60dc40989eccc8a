"""Where a request comes from and how: proxies are believed only if the operator named them."""

import ipaddress
from functools import cache

from fastapi import Request

from service.config import Settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
FORWARDED = ("x-forwarded-for", "x-forwarded-proto", "forwarded")


def is_https(request: Request) -> bool:
    """Whether the browser speaks https, to us or to a proxy that we were told to believe."""
    if request.url.scheme == "https":
        return True
    return _is_trusted(request, _peer(request)) and _last(request, "x-forwarded-proto") == "https"


def address_of(request: Request) -> str:
    """Return the network address of who asks: the last one that no trusted proxy stands for."""
    found = _peer(request)
    for part in reversed(request.headers.get("x-forwarded-for", "").split(",")):
        if not _is_trusted(request, found):
            return found
        parsed = _parsed(part.strip())
        if parsed is None:
            return found
        found = str(parsed)
    return found


def is_this_machine(request: Request) -> bool:
    """Whether somebody at this machine asks, directly and not through a proxy."""
    if any(name in request.headers for name in FORWARDED):
        return False
    found = _parsed(_peer(request))
    return found is not None and found.is_loopback


@cache
def networks(listed: str) -> tuple[Network, ...]:
    """Return the networks of a comma-separated list of addresses and networks.

    Raises:
        ValueError: a part is neither.
    """
    parts = (part.strip() for part in listed.split(","))
    return tuple(ipaddress.ip_network(part, strict=False) for part in parts if part)


def _is_trusted(request: Request, address: str) -> bool:
    settings: Settings = request.app.state.settings
    found = _parsed(address)
    return found is not None and any(found in net for net in networks(settings.trusted_proxies))


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""


def _last(request: Request, name: str) -> str:
    return request.headers.get(name, "").split(",")[-1].strip().lower()
