"""Every request has a number, in its log lines and on its pages; a fault ends as an answer of ours.

Pure ASGI.
"""

import uuid

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.web.problems import unexpected

LOG = structlog.get_logger()
HEADER = "x-request-id"


class RequestNumber:
    """Number the request: for its log lines, its problem page, and the header `X-Request-Id`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, numbered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = uuid.uuid4().hex[:12]
        scope.setdefault("state", {})["request_id"] = number

        async def numbered(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = number
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=number):
            await self.app(scope, receive, numbered)


class Faults:
    """Answer an error that nobody expected, inside of what every answer carries.

    Starlette would answer it outside of all middleware: without the security headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; log a fault with its traceback and answer it, if nothing was answered yet."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_started = False

        async def watched(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            # Of the route its name, not the path: a one-time link is no word for a log.
            route = getattr(scope.get("route"), "name", None)
            LOG.error("request.failed", route=route, method=scope["method"], exc_info=error)
            if has_started:
                raise  # too late for a page; the server cuts the answer off
            answer = await run_in_threadpool(unexpected, Request(scope, receive))
            await answer(scope, receive, watched)
