"""The bounded pool that every interface shares: the core is synchronous, the edge waits without blocking.

An asynchronous caller writes `await app.state.pool.ask(question)`; a synchronous one (a thread of Gradio's)
`app.state.pool.submit(lambda: assistant.ask(question)).result()`. Both take a place among `workers` running and
`queue` waiting, and raise `Busy` when there is none, so that no door fills the house for the others.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from rag.assistant import Assistant
from rag.errors import Busy
from rag.models import Answer, Hit, Question

T = TypeVar("T")
RETRY_AFTER = 5  # seconds


class Pool:
    """Runs the assistant's work on `workers` threads, with at most `queue` more pieces waiting."""

    def __init__(self, assistant: Assistant, workers: int, queue: int) -> None:
        self.assistant = assistant
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="fonte-worker")
        self._places = threading.Semaphore(workers + queue)

    async def ask(self, question: Question) -> Answer:
        """The assistant's answer; raises what `Assistant.ask` raises, and Busy."""
        return await self.run(lambda: self.assistant.ask(question))

    async def search(self, question: Question, limit: int) -> list[Hit]:
        return await self.run(lambda: self.assistant.search(question, limit))

    async def run(self, work: Callable[[], T]) -> T:
        """`work` on a worker; cancelled while it waits, it gives its place back and never runs."""
        return await asyncio.wrap_future(self.submit(work))

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """The same for callers without an event loop. Raises Busy when there is no place."""
        if not self._places.acquire(blocking=False):
            raise Busy("Too many questions are being answered.", f"Ask again in {RETRY_AFTER} seconds.", RETRY_AFTER)
        try:
            future = self._executor.submit(work)
        except BaseException:
            self._places.release()
            raise
        future.add_done_callback(lambda _: self._places.release())
        return future

    def close(self) -> None:
        """Take no more work; what waits is dropped, what runs may end."""
        self._executor.shutdown(wait=False, cancel_futures=True)
