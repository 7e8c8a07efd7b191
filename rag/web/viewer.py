"""The reading room: a whole document with a passage lit in it. The permalink of every citation leads here."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from rag.models import Document, Span
from rag.web.body_html import Body
from rag.web.inline_html import Pen
from rag.web.pages import Page, details
from rag.web.selecting import MAX_SELECTED
from rag.web.words import phrase

BASE = "/documents"
MAX_CITES = 50
_NUMBER = re.compile(r"[0-9]{1,9}\Z")
_CITE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})\Z")
escape = html.escape


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asked to see of a document; `faulty` when the passage cannot be one of this text."""

    main: Span | None
    cites: tuple[Span, ...]
    faulty: bool = False


def wanted(document: Document, start: str | None, end: str | None, cites: Sequence[str]) -> Wanted:
    """The passages asked for, as far as they lie in the text. Whatever is sent, this never fails."""
    spans = [span for cite in cites[:MAX_CITES] if (span := _span(document, *_pair(cite)))]
    asked = start is not None or end is not None
    main = _span(document, start, end) if asked else (spans[0] if spans else None)
    ordered = sorted({*spans, *([main] if main else [])}, key=lambda span: (span.start, span.end))
    faulty = (asked and main is None) or len(spans) < len(cites[:MAX_CITES])
    return Wanted(main, tuple(ordered), faulty)


def _pair(cite: str) -> tuple[str, str]:
    found = _CITE.match(cite)
    return (found[1], found[2]) if found else ("", "")


def _span(document: Document, start: str | None, end: str | None) -> Span | None:
    if not _NUMBER.match(start or "") or not _NUMBER.match(end or ""):
        return None
    span = Span(int(start or ""), int(end or ""))
    inside = document.body_start <= span.start < span.end <= len(document.text)
    return span if inside and document.text[span.start : span.end].strip() else None


@dataclass(frozen=True, slots=True)
class Room:
    """One document on view: what is asked of it, what the index holds now, and the address of its file."""

    document: Document
    current: Document | None  # None when the document was taken out of the collection
    wanted: Wanted
    language: str
    original: str | None
    other_language: str
    checks: bool = False  # whether there is a page on which selected words can be checked
    base: str = BASE  # where documents are addressed: each widget's visitors have a place of their own, without a list

    def page(self) -> Page:
        pen = Pen(self.document, self.wanted.main, self.wanted.cites, self.language)
        body = Body(pen, self.language)
        text = body.write()
        lost = self.wanted.faulty or (self.wanted.main is not None and not pen.wrote_quote)
        title = body.title or escape(self.document.title)
        main = f"""<main class="reading">
<header class="title">
<p class="kind">{escape(details(self.language, self.document)[0])}</p>
<h1 lang="{self.document.language}">{title}</h1>
{self._about()}{self._notices(lost)}</header>
<article id="text" lang="{self.document.language}">
{text}</article>
{self._passages()}{self._foot()}{self._selecting()}</main>"""
        return Page(
            self.language,
            self.document.title,
            main,
            tools=self._tools(),
            skip=self._skip(pen.wrote_quote),
            is_reading=True,
            other_language=self.other_language,
            has_home=self.base == BASE,
        )

    def _say(self, key: str, **values: object) -> str:
        return escape(phrase(self.language, key, **values))

    def _skip(self, lit: bool) -> str:
        quote = f'<a class="skip" href="#quote">{self._say("skip_quote")}</a>\n' if lit else ""
        return f'{quote}<a class="skip" href="#text">{self._say("skip_text")}</a>\n'

    def _tools(self) -> str:
        """The search is shown by the script that makes it work."""
        shelf = f'<a class="documents" href="{BASE}?lang={self.language}">{self._say("all_documents")}</a>\n'
        return f"""{shelf if self.base == BASE else ""}<form id="find" role="search" hidden>
<input type="search" aria-label="{self._say("find")}" placeholder="{self._say("find")}" autocomplete="off">
<output aria-live="polite"></output>
<button type="button" data-step="-1" aria-label="{self._say("find_previous")}">↑</button>
<button type="button" data-step="1" aria-label="{self._say("find_next")}">↓</button>
</form>
"""

    def _about(self) -> str:
        known = escape(" · ".join(details(self.language, self.document)[1:]))
        about = f'<p class="meta">{known}</p>\n'
        if self.document.provenance:
            label = f"<strong>{self._say('provenance')}</strong>"
            note = f'<span lang="{self.document.language}">{escape(self.document.provenance)}</span>'
            about += f'<p class="provenance">{label} {note}</p>\n'
        return about

    def _notices(self, lost: bool) -> str:
        notices = [self._say("bad_quote")] if lost else []
        if self.current is None:
            notices.append(self._say("removed"))
        elif self.current.version != self.document.version:
            link = f'<a href="{escape(self._present())}">{self._say("see_present")}</a>'
            notices.append(f"{self._say('old_version')} {link}")
        return "".join(f'<p class="notice" role="status">{notice}</p>\n' for notice in notices)

    def _present(self) -> str:
        """The present text, at the same quote where it stands there once."""
        assert self.current is not None
        quote = self.document.text[self.wanted.main.start : self.wanted.main.end] if self.wanted.main else ""
        at = self.current.text.find(quote) if quote and self.current.text.count(quote) == 1 else -1
        span = Span(at, at + len(quote)) if at >= 0 else None
        return address(self.current, span, (), self.language, self.base)

    def _passages(self) -> str:
        """The way from one quoted passage to the next, when several were asked for."""
        spans, main = self.wanted.cites, self.wanted.main
        if len(spans) < 2 or main is None:
            return ""
        at = spans.index(main)
        where = self._say("passage", number=at + 1, count=len(spans))
        before = self._step(spans[at - 1] if at else None, "previous", "←", "prev")
        after = self._step(spans[at + 1] if at + 1 < len(spans) else None, "next", "→", "next")
        label = self._say("passages")
        return f'<nav class="passages" aria-label="{label}">{before}<span>{where}</span>{after}</nav>\n'

    def _selecting(self) -> str:
        """What is offered for selected words; shown by the script, on the staff's own pages only."""
        if self.base != BASE:
            return ""
        check = f'<a data-do="check" href="/#check">{self._say("check_this")}</a>' if self.checks else ""
        return (
            f'<div id="selecting" role="group" aria-label="{self._say("selected")}" data-limit="{MAX_SELECTED}"'
            f' data-version="{escape(self.document.version)}" hidden>{check}'
            f'<a data-do="cite" href="#text" rel="nofollow">{self._say("cite_this")}</a></div>\n'
        )

    def _step(self, span: Span | None, key: str, arrow: str, rel: str) -> str:
        if span is None:
            return f'<span class="none" aria-hidden="true">{arrow}</span>'
        link = escape(address(self.document, span, self.wanted.cites, self.language, self.base))
        return f'<a href="{link}" rel="{rel}" aria-label="{self._say(key)}">{arrow}</a>'

    def _foot(self) -> str:
        links = []
        if self.wanted.main:
            link = escape(address(self.document, self.wanted.main, base=self.base))
            links.append(f'<a class="permalink" href="{link}">{self._say("permalink")}</a>')
        if self.original:
            name = self._say("original", format=self.document.format.upper())
            links.append(f'<a href="{escape(self.original)}">{name}</a>')
        if self.document.url:
            outward = 'rel="noopener noreferrer external"'
            links.append(f'<a href="{escape(self.document.url)}" {outward}>{self._say("web")}</a>')
        items = "".join(f"<li>{link}</li>" for link in links)
        return f'<footer class="foot"><ul>{items}</ul><p>{self._say("footer")}</p></footer>\n'


def address(
    document: Document, span: Span | None, cites: Sequence[Span] = (), language: str = "", base: str = BASE
) -> str:
    """Where a document stands open at a passage, with the other passages beside it."""
    query = [("version", document.version)]
    if span:
        query += [("start", str(span.start)), ("end", str(span.end))]
    query += [("cite", f"{cite.start}-{cite.end}") for cite in cites if len(cites) > 1]
    query += [("lang", language)] if language else []
    return f"{base}/{document.id}?{urlencode(query)}" + ("#quote" if span else "")
