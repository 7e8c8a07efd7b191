"""One answer as server-sent events: `evidence`, `statement` by statement, `done` with the whole reply.

`ping` keeps the line open while the answer is made; `error` ends a stream that could not be finished. A sentence is
sent after it was checked and never taken back, and `done` holds exactly what the JSON reply would.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

from starlette.responses import StreamingResponse

from rag.models import Answer, Support
from rag.rendering import answer_json
from rag.web.errors import error_json, translate

MEDIA_TYPE = "text/event-stream"
AT_ONCE = 0.2  # seconds in which a refusal still becomes a plain HTTP error


def event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


def answer_events(answer: Answer) -> Iterator[str]:
    """The events of a finished answer, in order."""
    whole = answer_json(answer)
    yield event("evidence", {"citations": whole["citations"], "nearest": whole["nearest"]})
    for statement in whole["statements"]:
        if statement["support"] != Support.UNSUPPORTED.value:
            yield event("statement", statement)
    yield event("done", whole)


async def stream(task: asyncio.Task[Answer], ping_seconds: float) -> StreamingResponse:
    """The reply to a streamed question. Raises what the task raises within AT_ONCE."""
    await asyncio.wait({task}, timeout=AT_ONCE)
    if task.done():
        task.result()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(task, ping_seconds), media_type=MEDIA_TYPE, headers=headers)


async def _events(task: asyncio.Task[Answer], ping_seconds: float) -> AsyncIterator[str]:
    """Cancels the question when the reader has gone."""
    try:
        while not task.done():
            yield event("ping", {})
            await asyncio.wait({task}, timeout=ping_seconds)
        for line in _outcome(task):
            yield line
    finally:
        task.cancel()


def _outcome(task: asyncio.Task[Answer]) -> Iterator[str]:
    error = task.exception()
    if error is None:
        yield from answer_events(task.result())
    elif isinstance(error, Exception):
        yield event("error", error_json(translate(error)))
