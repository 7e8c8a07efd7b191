"""The API's routes over documents: list, text, original file; adding, removing and syncing with the admin token."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from rag.assistant import Assistant
from rag.errors import ConfigurationError, NotReady
from rag.models import Document, IngestReport
from rag.rendering import document_json, report_json, skipped_json
from rag.web.access import API_KEY, require_admin
from rag.web.errors import Conflict
from rag.web.originals import original
from rag.web.replies import (
    DocumentsReply,
    ErrorReply,
    ListedDocument,
    SkippedReply,
    SyncReply,
    TextReply,
    UploadReply,
)
from rag.web.shapes import Body, IsoDate, SyncBody, Text
from rag.web.uploads import Uploads

Replies = dict[int | str, dict[str, Any]]
MISSING: Replies = {404: {"model": ErrorReply, "description": "no such document or version"}}
NOT_NOW: Replies = {
    409: {"model": ErrorReply, "description": "more than half of the documents would vanish"},
    503: {"model": ErrorReply, "description": "still starting"},
}
TOO_LARGE: Replies = {413: {"model": ErrorReply, "description": "the body is too large"}}
NOT_JSON: Replies = {415: {"model": ErrorReply, "description": "the body is not JSON"}}
REPLACED: Replies = {200: {"model": UploadReply, "description": "replaced"}}
ADMIN = [
    Security(HTTPBearer(scheme_name="AdminToken", description="FONTE_ADMIN_TOKEN", auto_error=False)),
    Depends(require_admin),
]
Line = Annotated[Text, Field(min_length=1, max_length=500)]
Version = Annotated[str | None, Query(description="a version of the text; the present one if left out")]


class UploadQuery(Body):
    """The file's name, and what is known of it; what is given here comes before what the file says of itself."""

    name: Annotated[Text, Field(min_length=1, max_length=200, examples=["verbale.pdf"])]
    title: Line | None = None
    publisher: Line | None = None
    date: IsoDate | None = None
    language: Literal["it", "en"] | None = None
    kind: Line | None = None
    url: Line | None = None
    provenance: Line | None = None
    visibility: Literal["internal", "public"] | None = None

    def metadata(self) -> dict[str, str]:
        given = self.model_dump(mode="json", exclude={"name"}, exclude_none=True)
        return {name: str(value) for name, value in given.items()}


def require_ready(assistant: Assistant) -> None:
    """Raises NotReady while the start is under way, or after it failed."""
    state = assistant.state
    if not state.ready:
        raise NotReady(state.error or "Fonte is still starting.", state.hint or "Ask again shortly.")


def listed(assistant: Assistant) -> list[tuple[Document, int]]:
    """Every document with its number of passages."""
    counts = assistant.index.manifest.counts()
    return [(document, counts.get(document.id, 0)) for document in assistant.documents()]


def routes(assistant: Assistant) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["documents"], dependencies=[API_KEY])

    @router.get("/documents", response_model=DocumentsReply, summary="Every document, without its text")
    def documents() -> Response:
        return JSONResponse({"documents": [document_json(d, passages) for d, passages in listed(assistant)]})

    @router.get("/documents/{id}", response_model=ListedDocument, responses={**MISSING}, summary="One document")
    def document(id: str, version: Version = None) -> Response:
        found = assistant.document(id, version)
        return JSONResponse(document_json(found, assistant.index.manifest.counts().get(id, 0)))

    @router.get("/documents/{id}/text", response_model=TextReply, responses={**MISSING})
    def text(id: str, version: Version = None) -> Response:
        """The text that offsets count in, in Unicode code points."""
        found = assistant.document(id, version)
        return JSONResponse({"text": found.text, "version": found.version})

    file_reply: Replies = {200: {"content": {"*/*": {}}, "description": "the file's bytes"}}

    @router.get("/documents/{id}/original", response_class=Response, responses={**file_reply, **MISSING})
    def file(id: str, version: Version = None) -> Response:
        """The original file, while it still is what was indexed."""
        return original(assistant, assistant.document(id, version))

    @router.get("/skipped", response_model=SkippedReply, summary="The files that were left out, and why")
    def skipped() -> Response:
        return JSONResponse({"skipped": [skipped_json(s) for s in assistant.skipped()]})

    return router


def admin_routes(assistant: Assistant) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["administration"], dependencies=ADMIN)
    uploads = Uploads(assistant)

    @router.post("/sync", response_model=SyncReply, responses={**NOT_NOW, **TOO_LARGE, **NOT_JSON})
    def sync(body: SyncBody | None = None) -> Response:
        """Make the index hold what the corpus folders hold now."""
        return JSONResponse(report_json(_synced(assistant, body is not None and body.prune)))

    @router.post(
        "/documents",
        response_model=UploadReply,
        status_code=201,
        responses={**REPLACED, **NOT_NOW, **TOO_LARGE},
        openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {}}}},
    )
    async def add(request: Request, about: Annotated[UploadQuery, Query()]) -> Response:
        """Add one file, sent as the body, to the first corpus folder, and index it."""
        require_ready(assistant)
        data = await request.body()
        id_, is_new = await run_in_threadpool(uploads.add, about.name, data, about.metadata())
        report = await run_in_threadpool(_synced, assistant, False)
        added = document_json(assistant.document(id_), assistant.index.manifest.counts().get(id_, 0))
        return JSONResponse({"document": added, "report": report_json(report)}, 201 if is_new else 200)

    @router.delete("/documents/{id}", response_model=SyncReply, responses={**MISSING, **NOT_NOW})
    def remove(id: str) -> Response:
        """Remove a document that was added here; its text stays for old citations."""
        require_ready(assistant)
        uploads.remove(assistant.document(id))
        is_last = len(assistant.documents()) == 1
        return JSONResponse(report_json(_synced(assistant, is_last)))

    return router


def _synced(assistant: Assistant, prune: bool) -> IngestReport:
    require_ready(assistant)
    try:
        return assistant.sync(prune)
    except ConfigurationError as error:
        raise Conflict(error.message, 'If that is meant, POST /api/v1/sync with {"prune": true}.') from error
