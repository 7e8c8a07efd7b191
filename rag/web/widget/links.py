"""Where a visitor may read a quote on: the public document at that place, else Fonte's own page of it, else nowhere."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

from rag.models import Citation, Document
from rag.web.widget.register import Widget

LONG = 12  # words from which a fragment names only the first and the last of a quote
ENDS = 5  # how many of each


def reading(citation: Citation, widget_id: str, widget: Widget, language: str) -> dict[str, str] | None:
    """The link of a quote, and whether it leads to the web or to Fonte's own page, which then speaks `language`; None
    if there is none to give."""
    document = citation.document
    if not widget.tells(document):
        return None
    if published(document):
        return {"href": at_place(citation), "place": "web"}
    query = urlencode({"version": document.version, "start": citation.start, "end": citation.end, "lang": language})
    return {"href": f"/embed/{widget_id}/documents/{document.id}?{query}#quote", "place": "here"}


def published(document: Document) -> bool:
    """Whether the document says where on the web it stands."""
    return urlsplit(document.url or "").scheme in ("http", "https")


def at_place(citation: Citation) -> str:
    """The document's own address, opened at the quote: a page of a PDF, elsewhere a text fragment."""
    document = citation.document
    url = document.url or ""
    if document.format == "pdf":
        page = f"#page={citation.page}" if citation.page else ""
        return url if "#" in url else url + page
    return f"{url}{'' if '#' in url else '#'}:~:text={fragment(citation)}"


def fragment(citation: Citation) -> str:
    """What a browser looks for. A table's row stands in cells: the longest of them is looked for."""
    row = citation.quote.lstrip().startswith("|")
    text = max(citation.quote.split("|"), key=len) if row else citation.display
    words = text.replace("*", "").split()
    if len(words) < LONG:
        return _encoded(words)
    return f"{_encoded(words[:ENDS])},{_encoded(words[-ENDS:])}"


def _encoded(words: list[str]) -> str:
    """Comma, hyphen and ampersand mean something in a fragment."""
    return quote(" ".join(words), safe="").replace("-", "%2D")
