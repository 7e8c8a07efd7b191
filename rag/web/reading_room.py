"""The routes of the pages for people: the list of documents, one document with its passage lit, and their assets."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from rag.assistant import Assistant
from rag.errors import NotFound
from rag.models import Document
from rag.web.errors import error_response, not_found
from rag.web.library import listed
from rag.web.originals import original_path
from rag.web.pages import documents_page, message_page, other_language, page_language, page_response
from rag.web.viewer import Room, address, wanted
from rag.web.words import phrase

STATIC = Path(__file__).parent / "static"
MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
ASSETS = ("base.css", "reading.css", "reading.js", "mark.svg", "fonts/source-serif.woff2", "fonts/source-sans.woff2")
READ = ["GET", "HEAD"]
HTML: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}, "description": "a page"}}


def routes(assistant: Assistant) -> APIRouter:
    router = APIRouter(tags=["pages"])
    assets = {Path(name).name: (STATIC / name).read_bytes() for name in ASSETS}

    @router.get("/documents", response_class=Response, responses={**HTML}, summary="The list of documents, for people")
    def shelf(request: Request) -> Response:
        return documents_page(page_language(request), listed(assistant), other_language(request))

    @router.get(
        "/documents/{id}", response_class=Response, responses={**HTML}, summary="A document with a passage lit in it"
    )
    def room(
        request: Request,
        id: str,
        version: str | None = None,
        start: str | None = None,
        end: str | None = None,
        cite: Annotated[list[str] | None, Query(description="start-end of further passages")] = None,
    ) -> Response:
        """Whatever the offsets are, the document is shown; those that are not in its text light nothing."""
        current = _known(assistant, id, None)
        document = _known(assistant, id, version) if version else current
        if document is None:
            return _missing(request, current)
        is_there = original_path(assistant, document) is not None
        found = Room(
            document=document,
            current=current,
            wanted=wanted(document, start, end, cite or []),
            language=page_language(request),
            original=f"/api/v1/documents/{id}/original?version={document.version}" if is_there else None,
            other_language=other_language(request),
        )
        return page_response(found.page())

    @router.api_route("/site/{name}", methods=READ, include_in_schema=False)
    def asset(request: Request, name: str) -> Response:
        if name not in assets:
            raise not_found("file")
        data = assets[name]
        tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(data, media_type=MEDIA[Path(name).suffix], headers=headers)

    return router


def _known(assistant: Assistant, id_: str, version: str | None) -> Document | None:
    try:
        return assistant.document(id_, version)
    except NotFound:
        return None


def _missing(request: Request, current: Document | None) -> Response:
    """No such document, or none of that version: a page for people, the one form for programs."""
    if "text/html" not in request.headers.get("accept", ""):
        return error_response(not_found("version of this document" if current else "document"))
    language = page_language(request)
    if current is None:
        onward = (f"/documents?lang={language}", phrase(language, "all_documents"))
        return message_page(
            language, phrase(language, "no_document"), phrase(language, "no_document_hint"), 404, onward
        )
    onward = (address(current, None, language=language), phrase(language, "see_present"))
    return message_page(language, phrase(language, "no_version"), phrase(language, "no_version_hint"), 404, onward)
