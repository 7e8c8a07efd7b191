"""Proofs for people and for programs: their permalinks, their exports, and erasing one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from rag.errors import NotFound
from rag.proofs.archive import Archive
from rag.proofs.exports import Format, export, formats
from rag.proofs.html import body
from rag.proofs.record import Proof
from rag.proofs.sheet import sheet
from rag.proofs.wording import say
from rag.rendering import escape
from rag.settings import Settings
from rag.web.access import API_KEY
from rag.web.errors import error_response
from rag.web.library import ADMIN, MISSING
from rag.web.pages import Page, message_page, other_language, page_language, page_response
from rag.web.reading_room import HTML, NO_PAGE
from rag.web.request import Site, accepts
from rag.wording import long_date

_NAMES = {"docx": "Word", "html": "HTML", "md": "Markdown", "json": "JSON", "claimreview": "ClaimReview"}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {}, "*/*": {}}, "description": "the proof in that format"}
}


def routes(archive: Archive, settings: Settings) -> APIRouter:
    router = APIRouter(tags=["proofs"])

    @router.get(
        "/proofs/{id}",
        response_class=Response,
        responses={**HTML, **NO_PAGE},
        dependencies=[API_KEY],
        summary="A proof, for people",
    )
    def page(request: Request, id: str) -> Response:
        try:
            proof = archive.proof(id)
        except NotFound as error:
            return _missing(request, error)
        return page_response(_page(request, proof, archive, settings.proof_days))

    @router.get("/api/v1/proofs/{id}", response_class=Response, responses={**_FILE, **MISSING}, dependencies=[API_KEY])
    def file(
        request: Request,
        id: str,
        format: Annotated[Format, Query(description="claimreview is there for checks only")] = "json",
    ) -> Response:
        """A proof as a file that stands alone; `fonte verify` reads the JSON."""
        proof = archive.proof(id)
        made = export(proof, format, _origin(request), archive.standings(proof))
        headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return Response(made.data, media_type=made.media_type, headers=headers)

    @router.delete(
        "/api/v1/proofs/{id}", status_code=204, response_class=Response, responses={**MISSING}, dependencies=ADMIN
    )
    def erase(id: str) -> Response:
        """Erase a proof for good."""
        if not archive.store.erase(id):
            archive.proof(id)
        return Response(status_code=204)

    return router


def _origin(request: Request) -> str:
    """The address of this site as its reader knows it."""
    site: Site = request.app.state.door.site
    scheme = "https" if site.is_secure(request.scope) else "http"
    return site.public_origin or f"{scheme}://{request.headers['host']}"


def _missing(request: Request, error: NotFound) -> Response:
    if not accepts(request.headers, "text/html"):
        return error_response(error)
    language = page_language(request)
    return message_page(request, say(language, "missing"), say(language, "missing_hint"), 404)


def _page(request: Request, proof: Proof, archive: Archive, days: int) -> Page:
    """Its own words are in the reader's language, what was found in that of the question."""
    language = page_language(request)
    standings = archive.standings(proof)
    shown = replace(sheet(proof, "", standings, language), address=_origin(request) + proof.path)
    cited = {quote for finding in proof.findings for quote in finding.quotes}
    changed = sum(1 for quote in cited if standings[quote].has_changed)
    told = say(language, "changed", count=changed) if changed else say(language, "unchanged") if cited else ""
    notice = f'<p class="{"notice" if changed else "meta"}" role="status">{escape(told)}</p>\n' if told else ""
    until = escape(say(language, "kept", date=long_date((proof.made + dt.timedelta(days=days)).date(), language)))
    main = f"""<main class="proof">
<header class="title"><h1>{escape(shown.title)}</h1>
{notice}</header>
{body(shown)}<nav class="exports" aria-label="{escape(say(language, "export"))}">
<span>{escape(say(language, "export"))}:</span> {_downloads(proof)}
</nav>
<p class="small">{until}</p>
</main>"""
    title = f"{proof.text[:80]} · {shown.title}"
    return Page(language, title, main, is_proof=True, other_language=other_language(request))


def _downloads(proof: Proof) -> str:
    links = (
        f'<a href="/api/v1/proofs/{escape(proof.id)}?format={name}" download>{_NAMES[name]}</a>'
        for name in formats(proof)
    )
    return " ".join(links)
