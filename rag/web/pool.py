"""The bounded pool that every interface shares: the core is synchronous, the edge waits without blocking.

An asynchronous caller writes `await app.state.pool.ask(question)`; a synchronous one (a thread of Gradio's)
`app.state.pool.submit(lambda: assistant.ask(question)).result()`. Both take a place among `workers` running and
`queue` waiting, and raise `Busy` when there is none. Visitors of widgets share three places of four: however many come,
the fourth is left to those who work here.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import takewhile
from typing import Any, TypeVar

from rag.assistant import Assistant
from rag.errors import Busy
from rag.models import Answer, Check, CheckedText, ClaimQuestion, Hit, Question
from rag.proofs.archive import Archive
from rag.writing.answers import Tell

T = TypeVar("T")
RETRY_AFTER = 5  # seconds


class Pool:
    """Runs the assistant's work on `workers` threads, with at most `queue` more pieces waiting."""

    def __init__(self, assistant: Assistant, workers: int, queue: int, archive: Archive | None = None) -> None:
        self.assistant = assistant
        self._archive = archive  # of what staff are told; visitors leave nothing behind
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="fonte-worker")
        self._places = threading.Semaphore(workers + queue)
        self._for_visitors = threading.Semaphore(visitor_places(workers, queue))
        self._line: dict[Future[Any], None] = {}  # in the order of coming; what runs is in it too
        self._lock = threading.Lock()

    async def ask(self, question: Question, tell: Tell | None = None) -> Answer:
        """The assistant's answer; raises what `Assistant.ask` raises, and Busy. `tell` is called on the worker."""
        ask, archive = self.assistant.ask, None if question.public_only else self._archive

        def work() -> Answer:
            answer = ask(question, tell) if tell else ask(question)
            return archive.kept(answer, question) if archive else answer

        return await self.run(work)

    async def check(self, claim: ClaimQuestion) -> Check:
        archive = None if claim.public_only else self._archive

        def work() -> Check:
            checked = self.assistant.check(claim)
            return archive.kept_check(checked, claim) if archive else checked

        return await self.run(work)

    async def check_text(self, text: ClaimQuestion) -> CheckedText:
        archive = None if text.public_only else self._archive

        def work() -> CheckedText:
            checked = self.assistant.check_text(text)
            return archive.kept_text(checked, text) if archive else checked

        return await self.run(work)

    async def keep_text(self, checked: CheckedText, text: ClaimQuestion) -> CheckedText:
        """Checks that were made one by one, with the address of the one proof of all."""
        archive = self._archive
        return await self.run(lambda: archive.kept_text(checked, text)) if archive else checked

    async def search(self, question: Question, limit: int) -> list[Hit]:
        return await self.run(lambda: self.assistant.search(question, limit))

    async def run(self, work: Callable[[], T]) -> T:
        """`work` on a worker; cancelled while it waits, it gives its place back and never runs."""
        return await asyncio.wrap_future(self.submit(work))

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """The same for callers without an event loop. Raises Busy when there is no place."""
        if not self._places.acquire(blocking=False):
            raise _busy()
        try:
            future = self._executor.submit(work)
        except BaseException:
            self._places.release()
            raise
        with self._lock:
            self._line[future] = None
        future.add_done_callback(self._leave)
        return future

    def submit_for_visitor(self, work: Callable[[], T]) -> Future[T]:
        """`submit` on the visitors' share of the places."""
        if not self._for_visitors.acquire(blocking=False):
            raise _busy()
        try:
            future = self.submit(work)
        except BaseException:
            self._for_visitors.release()
            raise
        future.add_done_callback(lambda _: self._for_visitors.release())
        return future

    def _leave(self, future: Future[Any]) -> None:
        with self._lock:
            self._line.pop(future, None)
        self._places.release()

    def ahead(self, future: Future[Any]) -> int:
        """How many pieces must begin before this one runs, itself included; 0 once it does."""
        if future.running() or future.done():
            return 0
        with self._lock:
            before = takewhile(lambda other: other is not future, self._line)
            return 1 + sum(not other.running() for other in before)

    def close(self) -> None:
        """Take no more work; what waits is dropped, what runs may end."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def visitor_places(workers: int, queue: int) -> int:
    """How many places visitors may hold at once: three of four, and always one."""
    places = workers + queue
    return places - places // 4


def _busy() -> Busy:
    return Busy("Too many questions are being answered.", f"Ask again in {RETRY_AFTER} seconds.", RETRY_AFTER)
