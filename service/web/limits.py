"""How much a request may bring. Pure ASGI: refused before anything is parsed."""

from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import N_
from service.web.problems import answer

BODY_BYTES = 10 * 1024 * 1024
UPLOAD_BYTES = 1024 * 1024 * 1024
UPLOAD_PATHS = ("/imports",)  # files stream to disk there
OVER = N_(
    "The request is too large; the limit here is {limit} MB. Larger files come in by "
    "`afterword import`. Nothing was changed."
)


class BodyLimit:
    """Refuse a body over 10 MB (an import file: 1 GB), by its declared length or while it comes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, counting; or answer 413."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = UPLOAD_BYTES if scope["path"] in UPLOAD_PATHS else BODY_BYTES
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdigit() or int(declared) > limit:
            await self._refuse(scope, receive, send, limit)
            return
        seen = 0
        is_too_much = has_started = False

        async def counted() -> Message:
            nonlocal seen, is_too_much
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                is_too_much = True
                return {"type": "http.disconnect"}  # ends whatever was reading
            return message

        async def watched(message: Message) -> None:
            nonlocal has_started
            if is_too_much and not has_started:
                return  # what the app says of a body cut off is not the answer
            has_started = True
            await send(message)

        with suppress(ClientDisconnect):
            await self.app(scope, counted, watched)
        if is_too_much and not has_started:
            await self._refuse(scope, receive, send, limit)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        response = await run_in_threadpool(
            answer,
            Request(scope, receive),
            status=413,
            code="REQ-413",
            message=OVER,
            values={"limit": limit // (1024 * 1024)},
        )
        await response(scope, receive, send)
