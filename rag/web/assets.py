"""The style sheets, scripts, fonts and the mark of every page, under /site/: read once, told apart by their content."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from rag.web.errors import not_found

STATIC = Path(__file__).parent / "static"
MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
# What the sign-in page, the page of the start and a widget's visitors need: nobody is known there.
PUBLIC = (
    "theme.css", "base.css", "reading.css", "reading.js", "selecting.js", "mark.svg",
    "source-serif.woff2", "source-sans.woff2",
)  # fmt: skip
FONTS = tuple(name for name in PUBLIC if name.endswith(".woff2"))
STAFF = ("proof.css", "chat.css", "chat.js", "check.css", "check.js")
JOINED = {"chat.js": ("turns.js", "queue.js", "acts.js", "chat.js")}  # told apart for their readers, fetched as one


@cache
def asset(name: str) -> tuple[bytes, str]:
    """A file's bytes and what tells its versions apart."""
    folder = STATIC / "fonts" if name.endswith(".woff2") else STATIC
    data = b"".join((folder / part).read_bytes() for part in JOINED.get(name, (name,)))
    return data, hashlib.sha256(data).hexdigest()[:16]


def address(name: str) -> str:
    """Where a page finds a file; another once its content changes, so that no browser keeps an old one."""
    return f"site/{name}?{asset(name)[1]}"


def preloads(folder: str) -> str:
    """Links that fetch the fonts with the page, so that no line moves when they come."""
    return "".join(
        f'<link rel="preload" href="{folder}{name}" as="font" type="font/woff2" crossorigin>\n' for name in FONTS
    )


def routes(names: tuple[str, ...] = PUBLIC + STAFF) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.api_route("/site/{name}", methods=["GET", "HEAD"])
    def file(request: Request, name: str) -> Response:
        if name not in names:
            raise not_found("file")
        data, version = asset(name)
        headers = {"ETag": f'"{version}"', "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(data, media_type=MEDIA[Path(name).suffix], headers=headers)

    return router
