"""What of Gradio's own addresses is answered: those that our page asks for, and with errors in our form."""

from __future__ import annotations

import json
import re
from collections.abc import Container
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.errors import error_response, not_found, translate

# Uploads, files, proxies, recordings, run histories and its metrics are none of these.
PAGE = frozenset({"/", "/config", "/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt"})
FILES = ("/assets/", "/static/", "/svelte/", "/gradio_api/heartbeat/")
CALLS = {"/gradio_api/queue/join": "fn_index", "/gradio_api/component_server": "component_id"}
QUEUE = frozenset({"/gradio_api/queue/data", "/gradio_api/cancel", "/gradio_api/reset", *CALLS})
# What a shared link would show: the framework's name and a picture on another host.
CARD = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')


class Narrowed:
    """ASGI middleware around the mounted page. `functions` and `components` are the numbers that it knows."""

    def __init__(self, app: ASGIApp, functions: Container[int], components: Container[int]) -> None:
        self._app = app
        self._known = {"fn_index": functions, "component_id": components}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        address = path.rstrip("/")
        if path not in PAGE and not path.startswith(FILES) and address not in QUEUE:
            await error_response(not_found("address"), path)(scope, receive, send)
            return
        field = CALLS.get(address)
        if field and scope["method"] == "POST":
            body = await _body(receive)
            if not self._knows(body, field):
                await error_response(not_found("part of the page"), path)(scope, receive, send)
                return
            receive = _again(body, receive)
        await self._told(scope, receive, _without_card(send) if path == "/" else send)

    def _knows(self, body: bytes, field: str) -> bool:
        """False for a number that the page has not; what is no such message at all, the framework refuses by itself."""
        try:
            sent = json.loads(body)
        except ValueError:
            return True
        number = sent.get(field) if isinstance(sent, dict) else None
        return number is None or (isinstance(number, int) and number in self._known[field])

    async def _told(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands on every reply but a refusal, which is told again in our form; a fault goes up as what was raised."""
        refusal: HTTPException | None = None

        async def ours(message: Message) -> None:
            nonlocal refusal
            if message["type"] == "http.response.start" and message["status"] >= 400:
                allow = Headers(raw=message["headers"]).get("allow", "")
                refusal = HTTPException(message["status"], headers={"Allow": allow})
            if refusal is None:
                await send(message)

        await self._app(scope, receive, ours)
        if refusal:
            await error_response(translate(refusal), scope["path"])(scope, receive, send)


def _without_card(send: Send) -> Send:
    """`send` for the page itself, which is sent once it is whole."""
    begun: Message = {}
    body = bytearray()

    async def held(message: Message) -> None:
        nonlocal begun
        if message["type"] == "http.response.start":
            begun = message
        body.extend(message.get("body", b""))
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            page = CARD.sub(b"", bytes(body))
            MutableHeaders(scope=begun)["Content-Length"] = str(len(page))
            await send(begun)
            await send({"type": "http.response.body", "body": page})

    return held


async def _body(receive: Receive) -> bytes:
    """The whole body, which `rag.web.limits` keeps small."""
    found = bytearray()
    more = True
    while more:
        message: dict[str, Any] = dict(await receive())
        found += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(found)


def _again(body: bytes, receive: Receive) -> Receive:
    """`receive` as if the body had not been read."""
    read = False

    async def replayed() -> Message:
        nonlocal read
        if read:
            return await receive()
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
