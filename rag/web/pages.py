"""The frame around every page of Fonte's own, and the small pages: a message, the list of documents, the sign-in."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import HTMLResponse

from rag.models import Document
from rag.web.assets import preloads
from rag.web.chat.labels import kind_name
from rag.web.errors import STARTING_RETRY
from rag.web.headers import PAGE_CSP
from rag.web.words import counted, language_name, phrase, preferred
from rag.wording import long_date

escape = html.escape


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its language, its title, and HTML that is safe already."""

    language: str
    title: str
    main: str
    tools: str = ""  # in the bar at the top
    skip: str = ""  # links for those who do not see the bar
    is_reading: bool = False  # with the style and the script of the reading room
    is_proof: bool = False  # with the style of a proof
    other_language: str = ""  # where the same page is in the other language
    has_home: bool = True  # visitors of a widget are not led to the staff's pages


def page_language(request: Request) -> str:
    return preferred(request.headers.get("accept-language", ""), request.query_params.get("lang"))


def other_language(request: Request) -> str:
    """The same address in the other language."""
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "lang"]
    other = "en" if page_language(request) == "it" else "it"
    return f"{request.url.path}?{urlencode([*kept, ('lang', other)], errors='replace')}"


def page_response(page: Page, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """The page, with the policy that lets nothing but our own style and script in."""
    fixed = {"Content-Security-Policy": PAGE_CSP, "Cache-Control": "no-store", "Vary": "Accept-Language"}
    return HTMLResponse(_frame(page), status, {**fixed, **(headers or {})})


def _frame(page: Page) -> str:
    say = phrase
    reading = (
        '<link rel="stylesheet" href="/site/reading.css">\n<script src="/site/reading.js" defer></script>\n'
        '<script src="/site/selecting.js" defer></script>\n'
        if page.is_reading
        else ""
    )
    proof = '<link rel="stylesheet" href="/site/proof.css">\n' if page.is_proof else ""
    other = "en" if page.language == "it" else "it"
    switch = (
        f'<a class="switch" href="{escape(page.other_language)}" hreflang="{other}" lang="{other}">'
        f"{escape(say(page.language, 'other_language'))}</a>"
        if page.other_language
        else ""
    )
    return f"""<!DOCTYPE html>
<html lang="{page.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{escape(page.title)} · {escape(say(page.language, "site"))}</title>
<link rel="icon" href="/site/mark.svg" type="image/svg+xml">
{preloads("/site/")}<link rel="stylesheet" href="/site/theme.css">
<link rel="stylesheet" href="/site/base.css">
{reading}{proof}</head>
<body>
{page.skip}<header class="bar">
{_home(page)}
{page.tools}{switch}
</header>
{page.main}
</body>
</html>
"""


def _home(page: Page) -> str:
    name = escape(phrase(page.language, "site"))
    return f'<a class="home" href="/">{name}</a>' if page.has_home else f'<span class="home">{name}</span>'


def message_page(
    request: Request,
    title: str,
    text: str,
    status: int,
    link: tuple[str, str] | None = None,
    has_home: bool = True,
) -> HTMLResponse:
    """A page that says one thing, and where to go from there (address, words)."""
    language = page_language(request)
    onward = f'<p><a href="{escape(link[0])}">{escape(link[1])}</a></p>' if link else ""
    main = f'<main class="message"><h1>{escape(title)}</h1><p>{escape(text)}</p>{onward}</main>'
    page = Page(language, title, main, other_language=other_language(request), has_home=has_home)
    return page_response(page, status)


def opening_page(language: str) -> HTMLResponse:
    """What stands there until the application does; the browser asks again by itself."""
    title, text = phrase(language, "opening"), phrase(language, "opening_hint")
    main = f'<main class="message" aria-busy="true"><h1>{escape(title)}</h1><p>{escape(text)}</p></main>'
    wait = str(STARTING_RETRY)
    return page_response(Page(language, title, main), 503, {"Refresh": wait, "Retry-After": wait})


def documents_page(language: str, documents: Sequence[tuple[Document, int]], other: str) -> HTMLResponse:
    """The list of documents, each with its number of passages."""
    items = "".join(_listed(language, document, passages) for document, passages in documents)
    shelf = f'<ul class="shelf">{items}</ul>' if items else f"<p>{escape(phrase(language, 'no_documents'))}</p>"
    title = phrase(language, "documents")
    intro = escape(phrase(language, "documents_intro"))
    main = f'<main><header class="title"><h1>{escape(title)}</h1><p class="meta">{intro}</p></header>{shelf}</main>'
    return page_response(Page(language, title, main, other_language=other))


def _listed(language: str, document: Document, passages: int) -> str:
    where = f"/documents/{document.id}?lang={language}"
    detail = escape(" · ".join([*details(language, document), counted(language, "passages", passages)]))
    title = f'<a href="{escape(where)}" lang="{document.language}">{escape(document.title)}</a>'
    return f'<li><p class="name">{title}</p><p class="meta">{detail}</p></li>'


def details(language: str, document: Document) -> list[str]:
    """What is known of a document, in words: kind and language, publisher where known, date or "undated"."""
    kind = "" if document.kind == "other" else kind_name(language, document.kind)
    tongue = language_name(language, document.language)
    date = long_date(document.date, language) if document.date else phrase(language, "undated")
    named = f"{kind} {tongue}".strip()
    pages = [counted(language, "pages", len(document.pages))] if document.pages else []
    return [named[:1].upper() + named[1:], *([document.publisher] if document.publisher else []), date, *pages]


def sign_in_page(language: str, onward: str, notice: str = "", status: int = 200, wait: int = 0) -> HTMLResponse:
    """The password form; `notice` says why it is shown again."""
    told = f'<p class="notice" role="alert">{escape(notice)}</p>' if notice else ""
    main = f"""<main class="sign-in"><h1>{escape(phrase(language, "sign_in"))}</h1>
<p>{escape(phrase(language, "sign_in_intro"))}</p>{told}
<form method="post" action="/sign-in">
<input type="hidden" name="next" value="{escape(onward)}"><input type="hidden" name="lang" value="{language}">
<input type="text" name="username" value="staff" autocomplete="username" hidden>
<label for="password">{escape(phrase(language, "password"))}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<button>{escape(phrase(language, "sign_in"))}</button>
</form></main>"""
    headers = {"Retry-After": str(wait)} if wait else {}
    other = urlencode({"next": onward, "lang": "en" if language == "it" else "it"})
    page = Page(language, phrase(language, "sign_in"), main, other_language=f"/sign-in?{other}")
    return page_response(page, status, headers)
