"""POST /api/v1/check: one claim, or a text claim by claim."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from rag.assistant import Assistant
from rag.checking.rendering import check_json, checked_text_json
from rag.web.access import API_KEY
from rag.web.library import require_ready
from rag.web.pool import Pool
from rag.web.presence import nobody, while_present
from rag.web.replies import CheckedTextReply, CheckReply, ErrorReply
from rag.web.shapes import CheckBody

_BODY: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorReply, "description": "a document that is not indexed"},
    413: {"model": ErrorReply, "description": "the body is too large"},
    415: {"model": ErrorReply, "description": "the body is not JSON"},
    503: {"model": ErrorReply, "description": "busy or still starting; Retry-After says when to come back"},
}


def routes(assistant: Assistant, pool: Pool) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["claims"], dependencies=[API_KEY])

    @router.post("/check", response_model=CheckReply | CheckedTextReply, responses={**_BODY})
    async def check(body: CheckBody, request: Request) -> Response:
        """Say whether the documents support a claim, refute it, or do not settle it; of a text, claim by claim."""
        require_ready(assistant)
        if body.claim is not None:
            checked = await while_present(request, pool.check(body.claim_value()))
            return JSONResponse(check_json(checked)) if checked else nobody()
        text = await while_present(request, pool.check_text(body.claim_value()))
        return JSONResponse(checked_text_json(text)) if text else nobody()

    return router
