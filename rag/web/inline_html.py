"""Slices of a document as escaped HTML: emphasis, the lit quote, and the breaks of pages, all by offset."""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.inline import visible
from rag.markup import BlockKind
from rag.models import Document, Span
from rag.web.words import phrase

_GAP = re.compile(
    r"""<!--.*?(?:-->|\Z) | (?P<br><br\b[^<>]*>) | </?[A-Za-z][^<>]*> | \]\([^()\s]*(?:\s+"[^"\n]*")?\)
    | (?P<marks>\*{1,3}|_{1,3}|~~|`{1,3}) | .""",
    re.DOTALL | re.VERBOSE,
)
_TAGS = {"*": ("em",), "**": ("strong",), "***": ("strong", "em"), "~~": ("s",), "`": ("code",)}
_OPENING = re.compile(r"(?:>[ \t]?)+")  # of a quote whose first line is empty
_UNSHOWN = {
    BlockKind.QUOTE: re.compile(r"(?<=\n)[ ]{0,3}>[ \t]?"),
    BlockKind.ROW: re.compile(r"\\(?=\|)"),
    BlockKind.HEADER: re.compile(r"\\(?=\|)"),
}


@dataclass(frozen=True, slots=True)
class Run:
    """A slice that looks the same throughout; `breaks` puts it on a new line."""

    start: int
    end: int
    tags: frozenset[str] = frozenset()
    breaks: bool = False


def runs(document: Document, start: int, end: int, kind: BlockKind) -> list[Run]:
    """The visible slices of `text[start:end]`, offsets in the document. Only Markdown has emphasis."""
    if kind is BlockKind.CODE:
        return [Run(start, end)]
    if kind is BlockKind.QUOTE and (opening := _OPENING.match(document.text, start, end)):
        start = opening.end()
    source = document.text[start:end]
    if document.format != "md":
        return [Run(start + s.start, start + s.end) for s in _without(source, _UNSHOWN.get(kind))]
    found = list(_styled(source))
    uses = Counter(tag for _, toggled in found for tag in toggled)
    open_: frozenset[str] = frozenset()
    shown = []
    for run, toggled in found:  # a mark without its partner styles nothing
        open_ ^= {tag for tag, times in Counter(toggled).items() if times % 2 and uses[tag] % 2 == 0}
        shown.append(replace(run, start=run.start + start, end=run.end + start, tags=open_))
    return [run for run in shown if run.end > run.start]


def _without(source: str, hidden: re.Pattern[str] | None) -> list[Span]:
    edges = [0, *(edge for m in (hidden.finditer(source) if hidden else ()) for edge in m.span()), len(source)]
    return [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


def _styled(source: str) -> Iterator[tuple[Run, list[str]]]:
    """Each visible slice with the tags that the marks before it open or close; an empty one ends the block."""
    at = 0
    for span in [*visible(source), Span(len(source), len(source))]:
        toggled: list[str] = []
        breaks = False
        for found in _GAP.finditer(source, at, span.start):
            breaks = breaks or found["br"] is not None
            toggled += _tags(found["marks"])
        yield Run(span.start, span.end, breaks=breaks), toggled
        at = span.end


def _tags(marks: str | None) -> tuple[str, ...]:
    if not marks:
        return ()
    return _TAGS["`"] if marks[0] == "`" else _TAGS.get(marks.replace("_", "*"), ())


class Pen:
    """Writes one document from its beginning to its end; knows which offsets are lit and where pages begin."""

    def __init__(self, document: Document, main: Span | None, others: Sequence[Span], language: str) -> None:
        self.document = document
        self.wrote_quote = False
        self._main = main
        self._others = [span for span in others if span != main]
        self._language = language
        self._last = -1  # where the last visible slice of the quote ends
        self._pages = list(reversed(document.pages))
        edges = {edge for span in [*self._others, *([main] if main else [])] for edge in (span.start, span.end)}
        self._cuts = sorted(edges | {page.start for page in document.pages})

    def write(self, start: int, end: int, kind: BlockKind) -> str:
        """`text[start:end]`, inside of a block of this kind, as HTML."""
        found = runs(self.document, start, end, kind)
        if self._main and self._main.end <= end:
            ends = [min(run.end, self._main.end) for run in found if run.start < self._main.end]
            self._last = max(ends, default=-1)
        return "".join(self._run(run) for run in found)

    def _run(self, run: Run) -> str:
        inner = "".join(self._slice(a, b) for a, b in self._pieces(run))
        for tag in sorted(run.tags):
            inner = f"<{tag}>{inner}</{tag}>"
        return f"<br>{inner}" if run.breaks else inner

    def _pieces(self, run: Run) -> list[tuple[int, int]]:
        low, high = bisect_right(self._cuts, run.start), bisect_left(self._cuts, run.end)
        edges = [run.start, *self._cuts[low:high], run.end]
        return list(pairwise(edges))

    def _slice(self, start: int, end: int) -> str:
        source = self.document.text[start:end]
        words = html.escape(html.unescape(source) if self.document.format == "md" else source)
        before = self._page_breaks(start)
        if self._main and self._main.start <= start < self._main.end and source.strip():
            return before + self._lit(words, end == self._last)
        if any(span.start <= start < span.end for span in self._others) and source.strip():
            return f'{before}<mark class="also">{words}</mark>'
        return before + words

    def _lit(self, words: str, is_last: bool) -> str:
        first = "" if self.wrote_quote else ' id="quote"'
        self.wrote_quote = True
        opening = f'<span class="unseen">{phrase(self._language, "quote_starts")}</span>' if first else ""
        closing = f'<span class="unseen">{phrase(self._language, "quote_ends")}</span>' if is_last else ""
        return f'<mark class="lit"{first}>{opening}{words}{closing}</mark>'

    def _page_breaks(self, offset: int) -> str:
        """The numbers of the pages that begin at or before this offset, and were not written yet."""
        written = ""
        while self._pages and self._pages[-1].start <= offset:
            number = self._pages.pop().number
            label = html.escape(phrase(self._language, "page", number=number))
            written += f'<span class="page" id="page-{number}" role="separator" aria-label="{label}"></span>'
        return written
