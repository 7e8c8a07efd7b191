"""The HTTP application: the v1 contract, who gets in, the reading room. `ui.py` mounts the chat behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import BaseRoute

from rag import __version__
from rag.assistant import Assistant
from rag.models import Question
from rag.proofs.archive import Archive
from rag.proofs.store import store_of
from rag.rendering import answer_json, hit_json
from rag.settings import Settings, database_of
from rag.web import assets, check_routes, library, proof_pages, reading_room, signing_in
from rag.web.access import API_KEY, Door, Gate, access_of, check_access
from rag.web.errors import STARTING_RETRY, Boundary, handle_errors
from rag.web.guard import is_reachable
from rag.web.headers import SecurityHeaders
from rag.web.library import require_ready
from rag.web.limits import BodyLimit
from rag.web.openai import routes as openai_routes
from rag.web.pool import Pool
from rag.web.presence import nobody, while_present
from rag.web.replies import AnswerReply, ErrorReply, HealthReply, NotReadyReply, ReadyReply, SearchReply
from rag.web.request import accepts
from rag.web.routing import answer_the_rest
from rag.web.sessions import Attempts, signing_key
from rag.web.shapes import AskBody, SearchBody
from rag.web.stream import MEDIA_TYPE, Channel, OurForm, stream, told
from rag.web.widget import demo as widget_demo
from rag.web.widget import routes as widget
from rag.web.widget.register import open_widgets
from rag.web.widget.visitors import Visitors

PING_SECONDS = 10.0
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorReply, "description": "the request cannot be read"},
    401: {"model": ErrorReply, "description": "nobody is signed in, and no key was sent"},
    403: {"model": ErrorReply, "description": "from another site's page, or beyond what the key allows"},
    421: {"model": ErrorReply, "description": "for a host that this server does not answer for"},
    422: {"model": ErrorReply, "description": "a field is missing, unknown, too long or of the wrong kind"},
    500: {"model": ErrorReply, "description": "a fault of the server"},
}
_BODY: dict[int | str, dict[str, Any]] = {
    413: {"model": ErrorReply, "description": "the body is too large"},
    415: {"model": ErrorReply, "description": "the body is not JSON"},
    503: {"model": ErrorReply, "description": "busy or still starting; Retry-After says when to come back"},
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "model": AnswerReply,
        "description": "the answer; or, with Accept: text/event-stream, the events `evidence`, `statement`, `ping`, "
        "`error` and `done`, the last holding the same answer",
        "content": told("evidence", "statement", "ping", "error", "done"),
    }
}


def create_app(
    assistant: Assistant, settings: Settings, *, home: bool = False, ping_seconds: float = PING_SECONDS
) -> FastAPI:
    """The application over one assistant, which may still be loading.

    `home` makes "/" lead to the list of documents, where no chat will be mounted. `app.state.pool` is the bounded
    pool (rag.web.pool) that a mounted chat must use too; `app.state.door` knows who asks. Raises ConfigurationError
    for settings that would let in who should not be.
    """
    check_access(settings)
    key = _signing_key(assistant, settings)
    door = Door(settings, key)
    archive = Archive(assistant, store_of(settings))
    pool = Pool(assistant, settings.workers, settings.queue, archive)
    app = _application()
    app.state.assistant, app.state.pool, app.state.door = assistant, pool, door
    app.state.archive = archive
    house = widget.House(assistant, pool, door, open_widgets(settings), Visitors(key))
    routers = [
        _asking(assistant, pool, ping_seconds),
        check_routes.routes(assistant, pool),
        openai_routes.routes(assistant, pool, ping_seconds),
        library.routes(assistant),
        library.admin_routes(assistant),
        _health(assistant),
        reading_room.routes(assistant),
        proof_pages.routes(archive, settings),
        assets.routes(),
        signing_in.routes(door, Attempts()),
        widget.routes(house, settings),
        widget_demo.routes(house.widgets, is_local=not is_reachable(settings)),
    ]
    for router in routers:
        app.include_router(router)
    if home:
        app.add_api_route("/", lambda: RedirectResponse("/documents", 303), include_in_schema=False)
    routes = [route for router in routers for route in router.routes]
    answer_the_rest(app, routes)
    handle_errors(app)
    _guard(app, door, settings, routes)
    return app


def _application() -> FastAPI:
    return FastAPI(
        title="Fonte",
        version=__version__,
        description="Answers over mission documents, every sentence traceable to an exact quote.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        responses=_REFUSALS,
        lifespan=_lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )


def _signing_key(assistant: Assistant, settings: Settings) -> bytes:
    """The key of this data folder; of servers that share a database, the first one's, so that each lets in whom
    another has let in."""
    own = signing_key(settings.data)
    if database_of(settings) is None:
        return own
    return bytes.fromhex(assistant.index.manifest.first_meta("signing key", own.hex()))


def _guard(app: FastAPI, door: Door, settings: Settings, routes: Sequence[BaseRoute]) -> None:
    """The middleware, from the inside out: what is added last sees a request first and a response last."""
    app.add_middleware(BodyLimit, uploads=settings.max_file_mb * 2**20, routes=routes)
    app.add_middleware(Gate, door=door)
    app.add_middleware(Boundary)
    app.add_middleware(SecurityHeaders)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.pool.close()


def _asking(assistant: Assistant, pool: Pool, ping_seconds: float) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["questions"], dependencies=[API_KEY])

    @router.post("/ask", response_model=AnswerReply, responses={**_BODY, **_STREAM, **library.MISSING})
    async def ask(body: AskBody, request: Request) -> Response:
        """Answer a question with quotes of the documents, or say that they do not answer it."""
        require_ready(assistant)
        question = body.question_value()
        if accepts(request.headers, MEDIA_TYPE):
            channel = Channel()
            task = asyncio.ensure_future(pool.ask(question, channel.tell))
            return await stream(task, channel, ping_seconds, OurForm())
        answer = await while_present(request, pool.ask(question))
        return JSONResponse(answer_json(answer)) if answer else nobody()

    @router.post("/search", response_model=SearchReply, responses={**_BODY})
    async def search(body: SearchBody, request: Request) -> Response:
        """The passages nearest to a query, best first."""
        require_ready(assistant)
        hits = await while_present(request, pool.search(Question(body.query), body.limit))
        return JSONResponse({"hits": [hit_json(hit) for hit in hits]}) if hits is not None else nobody()

    return router


def _health(assistant: Assistant) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz", response_model=HealthReply, summary="The process lives")
    def healthz() -> Response:
        return JSONResponse({"status": "ok"})

    @router.get("/readyz", response_model=ReadyReply, responses={503: {"model": NotReadyReply}})
    def readyz(request: Request) -> Response:
        """Whether questions are answered yet; before, why not. Only those who have access are told the details."""
        state = assistant.state
        if state.ready:
            return JSONResponse({"status": "ready"})
        status = "failed" if state.stage == "failed" else "starting"
        error = {"code": "not_ready", "message": "Fonte is still starting.", "hint": "Ask again shortly."}
        if status == "failed":
            error |= {"message": "Fonte could not start.", "hint": "Its log says why."}
        details: dict[str, Any] = {}
        if access_of(request) is not None:
            error |= {"message": state.error or error["message"], "hint": state.hint or error["hint"]}
            details = {"stage": state.stage, "done": state.done, "total": state.total, "source": state.source}
        headers = {"Retry-After": str(STARTING_RETRY)}
        return JSONResponse({"error": error, "status": status, **details}, 503, headers)

    return router
