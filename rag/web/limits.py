"""How much of a request is read."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.errors import PROGRAMS, TooLarge, WrongType, error_response
from rag.web.request import SAFE_METHODS, VISITORS

MAX_BODY = 2**20
MAX_VISIT = 2**16  # of a visitor's request
UPLOADS = "/api/v1/documents"


class BodyLimit:
    """Refuses what is announced as too large, and stops reading what turns out to be; uploads have their own limit.

    The API reads JSON only: a form that another site makes a browser send never reaches any of `routes`. What none
    of them takes goes on, to be told that the address or its method is wrong.
    """

    def __init__(self, app: ASGIApp, uploads: int, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._uploads = uploads
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_upload = scope["method"] == "POST" and scope["path"] == UPLOADS
        limit = self._uploads if is_upload else MAX_VISIT if scope["path"].startswith(VISITORS) else MAX_BODY
        if _announced(headers) > limit:
            await error_response(_too_large(limit), scope["path"])(scope, receive, send)
        elif (
            scope["method"] == "POST"  # no route of another method reads a body
            and scope["path"].startswith((*PROGRAMS, VISITORS))
            and not is_upload
            and _has_body(headers)
            and not _is_json(headers)
            and any(route.matches(scope)[0] is Match.FULL for route in self._routes)
        ):
            error = WrongType("The API reads JSON.", "Send Content-Type: application/json.")
            await error_response(error, scope["path"])(scope, receive, send)
        else:
            await self._app(scope, _counted(receive, limit), send)


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(413)
        return message

    return counted


def _announced(headers: Headers) -> int:
    value = headers.get("content-length", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else 0


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _is_json(headers: Headers) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _too_large(limit: int) -> TooLarge:
    return TooLarge("The request is too large.", f"At most {limit // 1024} KiB are read.")
