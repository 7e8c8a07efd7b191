"""The routes of the pages for people: the list of documents, and one document with its passage lit."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import WithJsonSchema
from starlette.responses import RedirectResponse, Response

from rag.assistant import Assistant
from rag.errors import NotFound
from rag.models import Document
from rag.web.access import API_KEY
from rag.web.errors import error_response, not_found
from rag.web.library import listed
from rag.web.originals import has_original
from rag.web.pages import documents_page, message_page, other_language, page_language, page_response
from rag.web.replies import ErrorReply
from rag.web.request import accepts
from rag.web.selecting import MAX_SELECTED, selected
from rag.web.viewer import Room, address, wanted
from rag.web.words import phrase

HTML: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}, "description": "a page"}}
NO_PAGE: dict[int | str, dict[str, Any]] = {
    404: {
        "model": ErrorReply,
        "content": {"text/html": {}},
        "description": "nothing of that id: a page for people, the one form for programs",
    }
}
# What cannot be read as a place lights nothing, so nothing is refused.
FREE = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})


def routes(assistant: Assistant) -> APIRouter:
    router = APIRouter(tags=["pages"], dependencies=[API_KEY])

    @router.get("/documents", response_class=Response, responses={**HTML}, summary="The list of documents, for people")
    def shelf(request: Request) -> Response:
        return documents_page(page_language(request), listed(assistant), other_language(request))

    @router.get(
        "/documents/{id}",
        response_class=Response,
        responses={**HTML, **NO_PAGE},
        summary="A document with a passage lit in it",
    )
    def room(
        request: Request,
        id: str,
        cite: Annotated[list[str], FREE, Query(default_factory=list, description="start-end of further passages")],
        version: str | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> Response:
        """Whatever the offsets are, the document is shown; those that are not in its text light nothing."""
        current = _known(assistant, id, None)
        document = _known(assistant, id, version) if version else current
        if document is None:
            return _missing(request, current)
        offered = f"/api/v1/documents/{id}/original?version={document.version}"
        found = Room(
            document=document,
            current=current,
            wanted=wanted(document, start, end, cite),
            language=page_language(request),
            original=offered if has_original(assistant, document) else None,
            other_language=other_language(request),
            checks=getattr(request.app.state, "has_chat", False),
        )
        return page_response(found.page())

    _add_permalinks(router, assistant)
    return router


def _add_permalinks(router: APIRouter, assistant: Assistant) -> None:
    @router.get(
        "/documents/{id}/passage",
        response_class=Response,
        responses={303: {"description": "to the passage's permalink"}, **NO_PAGE},
        summary="The permalink of selected words",
    )
    def passage(
        request: Request,
        id: str,
        words: Annotated[str, Query(max_length=4 * MAX_SELECTED)],
        version: str | None = None,
        before: Annotated[int, Query(ge=0, le=10_000)] = 0,
    ) -> Response:
        """Words that stand in the document `before` times before; where they do not stand, the document alone."""
        document = _known(assistant, id, version)
        if document is None:
            return _missing(request, _known(assistant, id, None))
        span = selected(document, words, before)
        return RedirectResponse(address(document, span, language=page_language(request)), 303)


def _known(assistant: Assistant, id_: str, version: str | None) -> Document | None:
    try:
        return assistant.document(id_, version)
    except NotFound:
        return None


def _missing(request: Request, current: Document | None) -> Response:
    """No such document, or none of that version: a page for people, the one form for programs."""
    if not accepts(request.headers, "text/html"):
        return error_response(not_found("version of this document" if current else "document"))
    language = page_language(request)
    if current is None:
        onward = (f"/documents?lang={language}", phrase(language, "all_documents"))
        return message_page(request, phrase(language, "no_document"), phrase(language, "no_document_hint"), 404, onward)
    onward = (address(current, None, language=language), phrase(language, "see_present"))
    return message_page(request, phrase(language, "no_version"), phrase(language, "no_version_hint"), 404, onward)
