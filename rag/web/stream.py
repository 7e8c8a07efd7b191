"""One answer as server-sent events: `evidence`, `statement` by statement, `done` with the whole reply.

`evidence` holds the citations so far and comes again when a written sentence cites another passage; its `candidates`
are the passages that a model is writing from. `ping` keeps the line open while the answer is made; `error` ends a
stream that could not be finished. A sentence is sent after it was checked and never taken back, and `done` holds
exactly what the JSON reply would.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any, Protocol

from starlette.responses import StreamingResponse

from rag.errors import RagError
from rag.models import Answer, Evidenced, Happening
from rag.rendering import answer_json, citation_json, statement_json
from rag.web.errors import error_json, translate

MEDIA_TYPE = "text/event-stream"
EVIDENCE = ("citations", "nearest", "candidates")
AT_ONCE = 0.2  # seconds in which a refusal still becomes a plain HTTP error


class Abandoned(RagError):
    """The reader has gone: the answer need not be finished."""


class Channel:
    """Carries what happens on a worker's thread to the event loop; `tell` is called there, the rest here."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[Happening] = asyncio.Queue()
        self._closed = threading.Event()

    def tell(self, happening: Happening) -> None:
        """Raises Abandoned once nobody listens any more: a model must not go on writing for nobody."""
        if self._closed.is_set():
            raise Abandoned("Nobody reads this answer.")
        self._loop.call_soon_threadsafe(self._waiting.put_nowait, happening)

    def close(self) -> None:
        self._closed.set()

    async def next(self, task: asyncio.Future[Answer], seconds: float) -> Happening | None:
        """What happened next; None after so many seconds, or when all is said and the task is done."""
        if task.done():
            return None if self._waiting.empty() else self._waiting.get_nowait()
        getting: asyncio.Future[Happening] = asyncio.ensure_future(self._waiting.get())
        either: set[asyncio.Future[Any]] = {getting, task}
        await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if getting.done():
            return getting.result()
        getting.cancel()  # what came in this very moment is still in the queue
        return None if self._waiting.empty() else self._waiting.get_nowait()


def told(*names: str) -> dict[str, Any]:
    """What OpenAPI tells of a stream's events: their names, if they have any, and their data."""
    data: dict[str, Any] = {"data": {"type": "string"}}
    if names:
        data = {"event": {"enum": list(names)}, "data": {"type": "string", "contentMediaType": "application/json"}}
    return {MEDIA_TYPE: {"itemSchema": {"type": "object", "properties": data, "required": list(data)}}}


def event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


class Form(Protocol):
    """How what happens is written down for one reader; each gives server-sent events, or "" for none."""

    def waiting(self) -> str: ...

    def happened(self, happening: Happening) -> str: ...

    def done(self, answer: Answer) -> str: ...

    def failed(self, error: RagError) -> str: ...


class OurForm:
    """The events of POST /api/v1/ask."""

    def waiting(self) -> str:
        return event("ping", {})

    def happened(self, happening: Happening) -> str:
        if isinstance(happening, Evidenced):
            lists = {name: [citation_json(c) for c in getattr(happening, name)] for name in EVIDENCE}
            return event("evidence", lists)
        return event("statement", statement_json(happening.statement))

    def done(self, answer: Answer) -> str:
        return event("done", answer_json(answer))

    def failed(self, error: RagError) -> str:
        return event("error", error_json(error))


async def stream(task: asyncio.Task[Answer], channel: Channel, ping_seconds: float, form: Form) -> StreamingResponse:
    """The reply to a streamed question, whose answer `task` makes. Raises what the task raises within AT_ONCE."""
    await asyncio.wait({task}, timeout=AT_ONCE)
    if task.done():
        task.result()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    events = _events(task, channel, ping_seconds, form)
    return StreamingResponse(events, media_type=MEDIA_TYPE, headers=headers)


async def _events(task: asyncio.Task[Answer], channel: Channel, ping_seconds: float, form: Form) -> AsyncIterator[str]:
    """Cancels the question when the reader has gone."""
    try:
        if not task.done():
            yield form.waiting()
        while True:
            happening = await channel.next(task, ping_seconds)
            if happening is not None:
                yield form.happened(happening)
            elif task.done():
                break
            else:
                yield form.waiting()
        error = task.exception()
        if error is None:
            yield form.done(task.result())
        elif isinstance(error, Exception):
            yield form.failed(translate(error))
    finally:
        channel.close()
        task.cancel()
