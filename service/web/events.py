"""Progress that a page follows by server-sent events, for as long as its reader may see it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from service.errors import DomainError

EVERY = 1.0  # seconds between two looks
LONGEST = 60  # looks in one answer; the browser asks again by itself


@dataclass(frozen=True, slots=True)
class Look:
    """What a page shows at one moment: a fragment, and whether there is more to come."""

    fragment: str
    is_open: bool


async def follow(look: Callable[[], Look]) -> AsyncIterator[ServerSentEvent]:
    """Send the fragment each time it changes, and `end` with the last of it.

    Asynchronous, since a thread for each page that is open would soon be all threads.

    Args:
        look: checks anew what the person may see, before each event; a refusal ends the stream.
            The page asks once more after that, and is told why.
    """
    last = ""
    for _ in range(LONGEST):
        try:
            found = await run_in_threadpool(look)
        except DomainError:
            break
        if found.fragment != last:
            yield ServerSentEvent(raw_data=found.fragment)
            last = found.fragment
        if not found.is_open:
            break
        await asyncio.sleep(EVERY)
    else:
        return
    yield ServerSentEvent(event="end", raw_data="")
