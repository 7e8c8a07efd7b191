"""A visitor's answer as server-sent events: `place` while it waits, `sources`, `statement` by statement, `done`.

Nothing piles up for a reader who does not read: a piece that is not taken within SLOW seconds ends the stream.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from rag.models import Answer
from rag.web.errors import error_json, not_found, translate
from rag.web.stream import MEDIA_TYPE, Channel, event
from rag.web.widget.reply import Teller

log = logging.getLogger("fonte.web")
LOOK = 1.0  # seconds between two looks at the place in the queue and at the kill switch
PING = 10.0  # seconds of silence after which a reader is told that the line is open
SLOW = 20.0  # seconds in which a reader must take what is sent


class VisitorStream(Response):
    """Sends the events of one answer; the question is dropped when its reader goes, or reads too slowly."""

    media_type = MEDIA_TYPE

    def __init__(self, events: AsyncIterator[str], slow: float = SLOW) -> None:
        self.status_code = 200
        self.background = None
        self._events = events
        self._slow = slow
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    def init_headers(self, headers: object = None) -> None:
        super().init_headers(headers)  # type: ignore[arg-type]
        self.raw_headers = [(n, v) for n, v in self.raw_headers if n != b"content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            leaving.cancel()
            sending.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send(self, send: Send) -> None:
        async def piece(message: Message) -> None:
            async with asyncio.timeout(self._slow):
                await send(message)

        try:
            await piece({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async for line in self._events:
                await piece({"type": "http.response.body", "body": line.encode(), "more_body": True})
            await piece({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            log.info("a reader was too slow, and was dropped")
        finally:
            await self._events.aclose()  # type: ignore[attr-defined]


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def events(
    asked: Future[Answer], channel: Channel, ahead: Callable[[], int], is_open: Callable[[], bool], teller: Teller
) -> AsyncIterator[str]:
    """The events of one question; `is_open` is the kill switch. The question is dropped with its reader."""
    task = asyncio.wrap_future(asked)
    told, silent = ahead(), 0.0
    try:
        yield event("place", {"ahead": told})
        while True:
            happening = await channel.next(task, LOOK)
            if not is_open():
                yield event("error", error_json(not_found("address")))
                return
            place, silent = ahead(), silent + LOOK
            if happening is not None:
                silent = 0.0
                yield teller.happened(happening)
            elif task.done():
                break
            elif place != told:
                told, silent = place, 0.0
                yield event("place", {"ahead": place})
            elif silent >= PING:
                silent = 0.0
                yield event("ping", {})
        error = task.exception()
        if error is None:
            yield teller.done(task.result())
        elif isinstance(error, Exception):
            yield event("error", error_json(translate(error)))
    finally:
        channel.close()
        task.cancel()
