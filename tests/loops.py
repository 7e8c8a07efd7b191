"""A loop of its own for asynchronous work: Playwright leaves one running in the main thread."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_alone(work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives, run in a thread that has no loop yet."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
