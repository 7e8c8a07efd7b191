"""HTML → Markdown, by one walk over the tree that neither recurses nor follows a link.

What a visitor of the page cannot see is never read: hidden words could otherwise be planted to be quoted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rag.errors import UnreadableDocument
from rag.formats.extracted import Extracted, Markdown, broken_lines, clean, lowered, raised
from rag.formats.html_metadata import metadata
from rag.formats.html_source import html_source
from rag.formats.html_tables import grid, inline_words, is_data_table, is_vertical

_SKIPPED = frozenset(
    """
    head script style template noscript nav dialog button select input textarea option datalist svg
    math canvas iframe object embed audio video map area
    """.split()
)
_SKIPPED_ROLES = frozenset(["navigation", "contentinfo", "search", "dialog", "alertdialog", "menu", "menubar"])
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_BLOCKS = frozenset(
    """
    html body main article section div p header footer aside address figure figcaption details
    summary fieldset legend form pre center hgroup table caption thead tbody tfoot tr td th dl
    """.split()
)


def read_html(data: bytes) -> Extracted:
    source = html_source(data)
    root = _parse(source.markup)
    if root is None:
        return Extracted("")
    reader = _Reader(source.hidden)
    reader.walk(_content(root, reader))
    return Extracted(reader.out.text, metadata=metadata(root))


def _parse(source: str) -> Any:
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    root = etree.fromstring(source.encode("utf-8"), parser) if source.strip() else None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise UnreadableDocument(
            "Its elements are nested deeper than 256, so that only its beginning could be read.",
            "Save the page as text or PDF.",
        )
    return root


def _content(root: Any, reader: _Reader) -> Any:
    """The page's one `main`, if it holds most of the page's words; else all of it."""
    mains = list(root.iter("main"))
    if len(mains) != 1 or any(reader.is_skipped(e, e.tag) for e in (mains[0], *mains[0].iterancestors())):
        return root
    words, all_words = (len("".join(e.itertext())) for e in (mains[0], root))
    return mains[0] if words * 2 > all_words else root


@dataclass
class _Item:
    """An open list item or definition; what stands before its first words."""

    depth: int
    number: int | None = None
    prefix: str = ""


@dataclass
class _Reader:
    """The state of the walk: words not yet written, and which blocks they stand in."""

    hidden: frozenset[str]
    out: Markdown = field(default_factory=Markdown)
    words: list[str] = field(default_factory=list)
    lists: list[int | None] = field(default_factory=list)  # the next number of each open list
    items: list[_Item] = field(default_factory=list)
    sizes: list[bool] = field(default_factory=list)  # whether letters have no size, per element that says so
    shifts: list[Callable[[str], str]] = field(default_factory=list)  # open superscripts and subscripts
    heading: int = 0
    quotes: int = 0
    verbatim: int = 0
    forms: int = 0
    term: str = ""

    def walk(self, root: Any) -> None:
        from lxml import etree

        skipped = None
        walker = etree.iterwalk(root, events=("start", "end"))
        for event, element in walker:
            if event == "start":
                if self.enter(element):
                    self.add(element.text)
                else:
                    walker.skip_subtree()
                    skipped = element
            else:
                if element is not skipped:
                    self.leave(element)
                self.add(element.tail)
        self.flush()

    def add(self, text: str | None) -> None:
        if text and not self.is_sizeless():
            shown = self.shifts[-1](text) if self.shifts else text
            self.words.append(shown if self.verbatim else shown.replace("\n", " ").replace("\r", " "))

    def is_sizeless(self, own: str | None = None) -> bool:
        """Whether letters have no size here, or in an element with this mark of its `own`."""
        return own == "1" if own is not None else bool(self.sizes) and self.sizes[-1]

    def is_unseen(self, element: Any) -> bool:
        if element.get("hidden") is not None or element.get("role") in _SKIPPED_ROLES:
            return True
        names = [f".{name}" for name in (element.get("class") or "").split()] if self.hidden else []
        return not self.hidden.isdisjoint([*names, f"#{element.get('id')}"])

    def is_skipped(self, element: Any, tag: str) -> bool:
        """Whether the element is no part of what the page tells: hidden, a control, or the site around the page."""
        if tag in _SKIPPED or self.is_unseen(element):
            return True
        if tag in ("footer", "aside", "header"):
            around = {
                "footer": ("blockquote", "figure"),
                "aside": ("main", "article"),
                "header": ("main", "article"),
            }
            inside = next(element.iterancestors(*around[tag]), None) is not None
            return not inside and not (tag == "header" and next(element.iter("h1"), None) is not None)
        # A form is a search box or a newsletter's; but some sites put the whole page into one.
        return tag == "form" and not self.forms and next(element.iter("h1", "h2", "article", "main"), None) is None

    def enter(self, element: Any) -> bool:
        """Open an element; False where its inside is not to be walked."""
        tag = element.tag
        if not isinstance(tag, str) or self.is_skipped(element, tag):
            return False
        size = element.get("zero")
        if tag == "table" and not self.is_sizeless(size) and is_data_table(element):
            self.flush()
            self.table(element)
            return False
        if size is not None:
            self.sizes.append(size == "1")
        if tag in ("sup", "sub"):
            self.shifts.append(raised if tag == "sup" else lowered)
        self.open_block(element, tag)
        return True

    def open_block(self, element: Any, tag: str) -> None:
        if tag == "br":
            self.words.append("\n")
        elif tag == "hr" or tag in _HEADINGS:
            self.flush()
            self.heading = _HEADINGS.get(tag, 0)
        elif tag in ("ul", "ol", "menu"):
            self.flush()
            self.lists.append(_number(element, "start", 1) if tag == "ol" else None)
        elif tag in ("li", "dd"):
            self.flush()
            self.items.append(self.item(element, tag))
        elif tag in ("blockquote", "dt"):
            self.flush()
            self.quotes += tag == "blockquote"
        elif tag in _BLOCKS:
            self.break_block()
            self.forms += tag == "form"
            self.verbatim += tag == "pre"

    def item(self, element: Any, tag: str) -> _Item:
        depth = max(len(self.lists) - 1, 0)
        if tag == "dd":
            return _Item(depth + bool(self.lists), prefix=f"{self.term.rstrip(':')}: " if self.term else "")
        number = self.lists[-1] if self.lists else None
        if number is not None:
            number = _number(element, "value", number)
            self.lists[-1] = number + 1
        return _Item(depth, number)

    def leave(self, element: Any) -> None:
        tag = element.tag
        if element.get("zero") is not None:
            self.sizes.pop()
        if tag in ("sup", "sub"):
            self.shifts.pop()
        elif tag == "dt":
            self.term = clean("".join(self.words))
            self.words = []
        elif tag in _HEADINGS or tag in ("ul", "ol", "menu", "li", "dd", "blockquote"):
            self.flush()
            self.close(tag)
        elif tag in _BLOCKS:
            self.break_block()
            self.term = "" if tag == "dl" else self.term
            self.forms -= tag == "form"
            self.verbatim -= tag == "pre"

    def close(self, tag: str) -> None:
        if tag in _HEADINGS:
            self.heading = 0
        elif tag == "blockquote":
            self.quotes -= 1
        elif tag in ("li", "dd"):
            self.items.pop()
        else:
            self.lists.pop()

    def break_block(self) -> None:
        """A block ends or begins: inside a list item or a heading its words go on."""
        if self.items or self.heading:
            self.words.append(" ")
        else:
            self.flush()

    def flush(self) -> None:
        paragraphs = broken_lines("".join(self.words).split("\n"))
        self.words = []
        if not paragraphs:
            return
        if self.heading:
            self.out.heading(self.heading, " ".join(paragraphs))
        elif self.items:
            item = self.items[-1]
            self.out.item(item.prefix + " ".join(paragraphs), item.depth, item.number)
            self.items[-1] = _Item(item.depth)
        else:
            for paragraph in paragraphs:
                (self.out.quote if self.quotes else self.out.paragraph)(paragraph)

    def table(self, element: Any) -> None:
        rows = grid(element, self.is_skipped)
        captions = [inline_words(c, self.is_skipped) for c in element.iter("caption") if not self.is_unseen(c)]
        caption = " ".join(captions)
        if caption:
            self.out.paragraph(caption if caption.endswith(":") else f"{caption}:")
        self.out.table(rows, headed=not is_vertical(element))


def _number(element: Any, name: str, default: int) -> int:
    value = (element.get(name) or "").strip()
    return int(value) if value.isdecimal() and len(value) < 4 else default
