"""The first seconds of a server: it listens at once, and says that it is starting while the application is imported.

Importing the chat and the libraries behind it takes seconds; nobody should look at a browser's error page meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import NotReady
from rag.web import assets
from rag.web.errors import error_response, handle_errors
from rag.web.headers import SecurityHeaders
from rag.web.pages import opening_page, page_language
from rag.web.request import accepts


class Opening:
    """An ASGI application that builds another in a thread, and hands every request over to it once it is there.

    When `build` raises, `failure` is what it raised, and `on_failure` is called on the event loop.
    """

    def __init__(self, build: Callable[[], FastAPI]) -> None:
        self._build = build
        self.on_failure: Callable[[], None] = lambda: None
        self._app: ASGIApp = SecurityHeaders(_meanwhile())
        self._closing = asyncio.Event()
        self.failure: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        opening = asyncio.create_task(self._open())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._closing.set()
        await opening
        await send({"type": "lifespan.shutdown.complete"})

    async def _open(self) -> None:
        """The application's own start, its service, and its end."""
        try:
            app = await asyncio.to_thread(self._build)
            async with app.router.lifespan_context(app):
                self._app = app
                await self._closing.wait()
        except Exception as error:
            self.failure = error
            self.on_failure()


def _meanwhile() -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.add_route("/healthz", lambda request: JSONResponse({"status": "ok"}))
    app.include_router(assets.routes(assets.PUBLIC))
    app.add_route("/{path:path}", _starting, methods=["GET", "HEAD", "POST", "PUT", "DELETE"])
    handle_errors(app)
    return app


def _starting(request: Request) -> Response:
    """A page for people, the one form for programs."""
    if accepts(request.headers, "text/html"):
        return opening_page(page_language(request))
    return error_response(NotReady("Fonte is still starting.", "Ask again shortly."), request.scope["path"])
