"""The widget's routes: the loader, the panel of each widget, and what its visitors may ask.

A widget that is unknown, switched off or allowed nowhere gives one and the same answer, whatever is asked of it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.responses import JSONResponse, Response

from rag.assistant import Assistant
from rag.errors import Busy, InvalidInput, NotFound
from rag.feedback import FILE, Feedback, Thumb
from rag.language.detection import detect
from rag.models import Answer, Document, Question, Status
from rag.settings import Settings
from rag.web.access import Door
from rag.web.errors import not_found
from rag.web.library import require_ready
from rag.web.pages import message_page, other_language, page_language, page_response
from rag.web.pool import Pool
from rag.web.reading_room import HTML, NO_PAGE
from rag.web.replies import ErrorReply
from rag.web.request import accepts
from rag.web.stream import Channel, told
from rag.web.viewer import Room, wanted
from rag.web.widget.page import LOADER, asset_response, panel_page
from rag.web.widget.register import Widget, Widgets
from rag.web.widget.reply import Teller
from rag.web.widget.shapes import MAX_QUESTION, VisitorAsk, VisitorThumb, VisitReply
from rag.web.widget.stream import VisitorStream, events
from rag.web.widget.visitors import LIFETIME, Visit, Visitors
from rag.web.words import phrase

REFUSED: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorReply, "description": "no such widget, or it is switched off"},
}
LIMITED: dict[int | str, dict[str, Any]] = {
    **REFUSED,
    413: {"model": ErrorReply, "description": "the body is too large"},
    415: {"model": ErrorReply, "description": "the body is not JSON"},
    429: {"model": ErrorReply, "description": "too many questions; Retry-After says when to come back"},
    503: {"model": ErrorReply, "description": "busy or still starting; Retry-After says when to come back"},
}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the events `place`, `sources`, `statement`, `ping`, `done` and `error`",
        "content": told("place", "sources", "statement", "ping", "done", "error"),
    }
}
_TOKEN = HTTPBearer(scheme_name="Visitor", description="the token of POST /embed/{id}/visit", auto_error=False)
Token = Annotated[HTTPAuthorizationCredentials | None, Security(_TOKEN)]


class House:
    """What the routes share: who may come in, and what is told there."""

    def __init__(self, assistant: Assistant, pool: Pool, door: Door, widgets: Widgets, visitors: Visitors) -> None:
        self.assistant = assistant
        self.widgets = widgets
        self.visitors = visitors
        self._pool = pool
        self._door = door

    def widget(self, id: str) -> Widget:
        """Raises NotFound for every reason that there is."""
        found = self.widgets.get(id)
        if found is None:
            raise not_found("address")
        return found

    def document(self, id: str, document_id: str, version: str | None) -> Document:
        """A document that this widget tells of. Raises NotFound."""
        widget = self.widget(id)
        try:
            found = self.assistant.document(document_id, version, public_only=True)
        except NotFound:
            raise not_found("document") from None
        if not widget.tells(found):
            raise not_found("document")
        return found

    def address(self, request: Request) -> str:
        return self._door.site.address(request.scope)

    def visit(self, id: str, request: Request, token: HTTPAuthorizationCredentials | None) -> Visit:
        """Who asks. Raises NotFound for a widget that is closed, AccessDenied without a token of this one."""
        self.widget(id)
        return self.visitors.recognise(id, token.credentials if token else "", self.address(request))

    async def ask(self, body: VisitorAsk, visit: Visit) -> VisitorStream:
        """The stream of one answer. Raises NotReady, TooManyQuestions, Busy, and InvalidInput for nothing asked."""
        require_ready(self.assistant)
        widget = self.widget(visit.widget_id)
        if not any(c.isalnum() for c in body.question):
            raise InvalidInput("The question is empty.", "Write what you want to know.")
        admitted = self.visitors.admit(visit, widget)
        language = detect(body.question, body.language or "it")
        question = Question(body.question, body.turns(), language, admitted.mode, public_only=True)
        channel, teller = Channel(), Teller(visit.widget_id, widget, language, body.language or language)

        def answer() -> Answer:
            """On a worker. What was withdrawn while the question waited is not told."""
            told = frozenset(d.id for d in self.assistant.documents(public_only=True) if widget.tells(d))
            return self.assistant.ask(replace(question, documents=told), channel.tell)

        def is_open() -> bool:
            return self.widgets.get(visit.widget_id) is not None

        try:
            asked = self._pool.submit_for_visitor(answer)
        except Busy:
            self.visitors.give_back(admitted)
            raise
        asked.add_done_callback(partial(self.visitors.ended, admitted))  # ahead of the stream, which tells of the end
        return VisitorStream(events(asked, channel, lambda: self._pool.ahead(asked), is_open, teller))


def routes(house: House, settings: Settings) -> APIRouter:
    router = APIRouter(tags=["widget"])
    _files(router)
    _pages(router, house, min(settings.max_question, MAX_QUESTION))
    _visits(router, house, Feedback(settings.data / FILE))
    return router


def _files(router: APIRouter) -> None:
    """What is the same for every widget."""

    @router.api_route("/widget.js", methods=["GET", "HEAD"], include_in_schema=False)
    def loader(request: Request) -> Response:
        return asset_response(request, LOADER)

    @router.api_route("/embed/site/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    def file(request: Request, name: str) -> Response:
        return asset_response(request, name)


def _pages(router: APIRouter, house: House, limit: int) -> None:
    @router.get(
        "/embed/{id}",
        response_class=Response,
        responses={**HTML, **REFUSED},
        summary="The panel of a widget, for the pages that may frame it",
    )
    def panel(id: str, request: Request) -> Response:
        return panel_page(request, id, house.widget(id), limit)

    @router.get(
        "/embed/{id}/documents/{document_id}",
        response_class=Response,
        responses={**HTML, **NO_PAGE},
        summary="A public document of a widget, with a passage lit in it",
    )
    def reading(
        id: str,
        document_id: str,
        request: Request,
        version: str | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> Response:
        """What is not public, or not of this widget, is as unknown as what is not there."""
        try:
            current = house.document(id, document_id, None)
            document = house.document(id, document_id, version)
        except NotFound:
            if accepts(request.headers, "text/html"):
                return _no_document(request)
            raise
        room = Room(
            document=document,
            current=current,
            wanted=wanted(document, start, end, []),
            language=page_language(request),
            original=None,
            other_language=other_language(request),
            base=f"/embed/{id}/documents",
        )
        return page_response(room.page())


def _no_document(request: Request) -> Response:
    """For a visitor who followed a link to what was withdrawn since; the same for whatever else is not there."""
    language = page_language(request)
    title, hint = phrase(language, "no_document"), phrase(language, "no_document_hint")
    return message_page(request, title, hint, 404, has_home=False)


def _visits(router: APIRouter, house: House, feedback: Feedback) -> None:
    @router.post("/embed/{id}/visit", response_model=VisitReply, responses={**LIMITED})
    def visit(id: str, request: Request) -> Response:
        """Begin a visit: a token for this widget alone. Nothing is stored, here or in the browser."""
        token = house.visitors.welcome(id, house.widget(id), house.address(request))
        return JSONResponse({"token": token, "seconds": LIFETIME}, headers={"Cache-Control": "no-store"})

    @router.post("/embed/{id}/ask", response_class=Response, responses={**LIMITED, **STREAM})
    async def ask(id: str, body: VisitorAsk, request: Request, token: Token) -> Response:
        """Answer a visitor's question from the public documents of this widget, sentence by sentence."""
        return await house.ask(body, house.visit(id, request, token))

    @router.post("/embed/{id}/feedback", status_code=204, responses={**LIMITED})
    def judge(id: str, body: VisitorThumb, request: Request, token: Token) -> Response:
        """Keep a thumb on an answer that was given at this widget."""
        house.visitors.check_told(house.visit(id, request, token).widget_id, body.answer)
        feedback.keep(Thumb(body.answer, Status(body.status), body.verdict))
        return Response(status_code=204)
