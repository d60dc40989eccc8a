"""What every answer carries, and what every unsafe request must show. Pure ASGI."""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import N_
from service.web.addresses import is_https
from service.web.problems import answer

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'"
)
ALWAYS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "x-frame-options": "DENY",
}
FOREIGN = N_("This request came from another site. Nothing was changed.")
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class SecurityHeaders:
    """Add the headers of RELIABILITY §3e to every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
                is_static = scope["path"].startswith("/static/")
                keep = "public, max-age=31536000, immutable" if is_static else "no-store"
                headers.setdefault("cache-control", keep)
                if is_https(Request(scope)):  # what makes the cookie Secure
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        await self.app(scope, receive, with_headers)


class SameOrigin:
    """Refuse an unsafe request that another site sent: header checks, no token to forget."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer 403."""
        if scope["type"] == "http" and scope["method"] in UNSAFE and not is_own(scope):
            response = await run_in_threadpool(
                answer, Request(scope, receive), status=403, code="REQ-403", message=FOREIGN
            )
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_own(scope: MutableMapping[str, Any]) -> bool:
    """Whether a request comes from our own pages, or from a program rather than a browser."""
    headers = Headers(raw=scope["headers"])
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return True  # no browser sends neither; cookies of a browser never travel this way
    return urlsplit(origin).netloc == headers.get("host", "")
