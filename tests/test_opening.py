"""The first seconds of a server: it answers before its application is built, hands over, or ends if it cannot."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from loops import run_alone

from rag.errors import ConfigurationError
from rag.web.assets import PUBLIC
from rag.web.opening import Opening

Doing = Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]


async def live(opening: Opening, doing: Doing) -> list[str]:
    """The server's life around `doing`, as uvicorn leads it; what the application told it."""
    incoming: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    told: list[str] = []
    started = asyncio.Event()

    async def send(message: Any) -> None:
        told.append(message["type"])
        started.set()

    life = asyncio.create_task(opening({"type": "lifespan"}, incoming.get, send))
    await incoming.put({"type": "lifespan.startup"})
    await started.wait()
    transport = httpx.ASGITransport(opening)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as web:
        await doing(web)
    await incoming.put({"type": "lifespan.shutdown"})
    await life
    return told


def test_a_page_and_its_style_are_there_before_the_application() -> None:
    held = threading.Event()

    def build() -> FastAPI:
        held.wait(30)
        return FastAPI()

    async def doing(web: httpx.AsyncClient) -> None:
        page = await web.get("/documents/x", headers={"Accept": "text/html", "Accept-Language": "en"})
        assert (page.status_code, page.headers["refresh"]) == (503, "2")
        assert "Fonte is starting" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        for name in PUBLIC:
            assert (await web.get(f"/site/{name}")).status_code == 200
        refused = await web.post("/api/v1/ask", json={"question": "?"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "not_ready")
        assert (await web.get("/healthz")).status_code == 200
        assert (await web.get("/site/chat.js")).status_code == 404
        held.set()

    assert run_alone(live(Opening(build), doing)) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_the_application_takes_over_and_lives_its_own_life() -> None:
    lived: list[str] = []
    begun = threading.Event()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        lived.append("begun")
        yield
        lived.append("ended")

    def build() -> FastAPI:
        app = FastAPI(lifespan=lifespan)
        app.add_api_route("/mine", begun.set)
        return app

    async def doing(web: httpx.AsyncClient) -> None:
        while not begun.is_set():
            await web.get("/mine")
        assert (await web.get("/nowhere")).status_code == 404

    run_alone(live(Opening(build), doing))
    assert lived == ["begun", "ended"]


def test_what_the_application_fails_with_is_kept_and_told() -> None:
    failed = threading.Event()

    def build() -> FastAPI:
        raise ConfigurationError("There is no corpus.", "Make one.")

    async def doing(web: httpx.AsyncClient) -> None:
        while not failed.is_set():
            await web.get("/healthz")

    opening = Opening(build)
    opening.on_failure = failed.set
    run_alone(live(opening, doing))
    with pytest.raises(ConfigurationError, match="no corpus"):
        raise opening.failure or AssertionError
