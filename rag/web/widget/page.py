"""The panel’s page: a frame without words; its script puts them in, in the language of the page around it."""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from rag.language.detection import LANGUAGES
from rag.rendering import escape
from rag.web import assets
from rag.web.errors import not_found
from rag.web.widget.register import Widget
from rag.web.widget.words import panel_words

FOLDER = assets.STATIC / "widget"
SITE = "/embed/site/"
KEPT, BRIEFLY = "public, max-age=31536000, immutable", "public, max-age=300"
LOADER = "loader.js"
PANEL = ("panel.css", "panel.js", "serif.woff2")
DEMO = ("demo.css",)
MEDIA = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2"}
NO_SCRIPT = "Per usare l’assistente serve JavaScript. · The assistant needs JavaScript."
_ICONS = {
    "ask": "M12 19V6M6 11l6-6 6 6",
    "stop": "M7 7h10v10H7z",
    "close": "M6 6l12 12M18 6L6 18",
    "forget": "M4 12a8 8 0 1 0 2.500-5.800M4 4v4.500h4.500",
}


@cache
def asset(name: str) -> tuple[bytes, bytes, str]:
    """A file's bytes, the same compressed, and what tells its versions apart."""
    data = (FOLDER / name).read_bytes()
    return data, gzip.compress(data, 9, mtime=0), hashlib.sha256(data).hexdigest()[:16]


def asset_response(request: Request, name: str) -> Response:
    """One of the widget's files, compressed for whoever reads that; asked for by its content it is kept for good."""
    if name not in (*PANEL, *DEMO, LOADER):
        raise not_found("file")
    data, compressed, version = asset(name)
    headers = {
        "ETag": f'"{version}"',
        "Cache-Control": KEPT if request.url.query == version else BRIEFLY,
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if reads_gzip(request) and len(compressed) < len(data):
        return Response(
            compressed, media_type=MEDIA[Path(name).suffix], headers={**headers, "Content-Encoding": "gzip"}
        )
    return Response(data, media_type=MEDIA[Path(name).suffix], headers=headers)


def reads_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def policy(widget: Widget) -> str:
    """Who may frame the panel, and that it loads nothing from elsewhere."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
        f"frame-ancestors {' '.join(widget.origins)}"
    )


def panel_page(request: Request, widget_id: str, widget: Widget, limit: int) -> HTMLResponse:
    headers = {
        "Content-Security-Policy": policy(widget),
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "Vary": "Accept-Encoding",
    }
    page = _page(_configuration(widget_id, widget, limit), widget.contact).encode()
    if reads_gzip(request):
        page, headers["Content-Encoding"] = gzip.compress(page, 6, mtime=0), "gzip"
    return HTMLResponse(page, headers=headers)


def _configuration(widget_id: str, widget: Widget, limit: int) -> dict[str, Any]:
    """What the script knows. Nothing in it is secret: whoever opens the page reads it."""
    return {
        "id": widget_id,
        "origins": list(widget.origins),
        "language": widget.language,
        "theme": widget.theme,
        "accent": widget.accent,
        "title": widget.spoken("title"),
        "greeting": widget.spoken("greeting"),
        "examples": widget.questions(),
        "limit": limit,
        "words": {language: panel_words(language) for language in LANGUAGES},
    }


def _page(configuration: dict[str, Any], contact: str | None) -> str:
    told = json.dumps(configuration, ensure_ascii=False).replace("<", "\\u003c")
    sheets = "".join(
        f'<link rel="stylesheet" href="{href}">\n'
        for href in ("/" + assets.address("theme.css"), f"{SITE}panel.css?{asset('panel.css')[2]}")
    )
    return f"""<!DOCTYPE html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Fonte</title>
{sheets}<script src="{SITE}panel.js?{asset("panel.js")[2]}" defer></script>
</head>
<body>
<header><h1 data-word="title"></h1>{_button("forget", "hidden")}{_button("close", "hidden")}</header>
<main id="scroll">
<section id="welcome"><h2 id="greeting" data-word="greeting"></h2><p data-word="promise"></p>
<div id="examples" hidden><h3 data-word="examples"></h3><ul></ul></div></section>
<ol id="thread" data-label="conversation"></ol>
</main>
<footer>
<form id="form" autocomplete="off"><textarea id="question" rows="1" data-label="question"
 data-placeholder="placeholder" aria-describedby="excess law" disabled></textarea>
<button id="go" type="submit" data-label="ask" disabled>{_icon("ask")}{_icon("stop")}</button></form>
<p id="excess"></p>
<p id="law"><span data-word="law"></span>{_person(contact)}</p>
</footer>
<div id="said" role="status"></div>
<noscript><p>{escape(NO_SCRIPT)}</p></noscript>
<script type="application/json" id="config">{told}</script>
</body>
</html>
"""


def _person(contact: str | None) -> str:
    if not contact:
        return ""
    apart = ' target="_blank" rel="noopener noreferrer"' if contact.startswith("https:") else ""
    return f' <a id="person" href="{escape(contact)}"{apart} data-word="person"></a>'


def _icon(name: str) -> str:
    return f'<svg class="{name}" viewBox="0 0 24 24" aria-hidden="true"><path d="{_ICONS[name]}"/></svg>'


def _button(name: str, extra: str) -> str:
    return f'<button id="{name}" type="button" data-label="{name}" {extra}>{_icon(name)}</button>'
