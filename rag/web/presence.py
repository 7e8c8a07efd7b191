"""Work for a caller who may leave before it is done: then its place in the queue is another's."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request, Response

T = TypeVar("T")


async def while_present(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` gives, or None when the caller left first: then it does not keep its place in the queue."""
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        gone.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def nobody() -> Response:
    """The reply to one who has left."""
    return Response(status_code=499)  # nobody reads it
