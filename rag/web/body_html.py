"""A document's blocks as HTML: headings, nested lists, tables, quotes, code. Nothing of it is live."""

from __future__ import annotations

import html
import re

from rag import markup
from rag.markup import Block, BlockKind
from rag.web.inline_html import Pen
from rag.web.words import phrase

MAX_DEPTH = 10  # of nested lists; deeper items stay at this depth
_NUMBER = re.compile(r"(\d{1,3})[.)][ \t]+\Z")


class Body:
    """Writes the blocks in order. `title` is the heading that names the document, where the text opens with it."""

    def __init__(self, pen: Pen, language: str) -> None:
        self._pen = pen
        self._language = language
        self._out: list[str] = []
        self._lists: list[tuple[int, str]] = []  # (indent, tag) of the lists that are open
        self._closing = ""  # what ends the table or quote that is open
        self._within: frozenset[BlockKind] = frozenset()
        self._columns = 0
        self.title = ""

    def write(self) -> str:
        document = self._pen.document
        found = markup.blocks(document.text, document.body_start, format_=document.format)
        if found and self._is_title(found[0]):
            self.title = self._inside(found.pop(0))
        for block in found:
            self._block(block)
        self._leave()
        return "".join(self._out)

    def _is_title(self, block: Block) -> bool:
        document = self._pen.document
        shown = markup.plain(document.text[block.start : block.end], document.format == "md")
        return block.kind is BlockKind.HEADING and shown.casefold() == document.title.casefold()

    def _block(self, block: Block) -> None:
        if block.kind not in self._within:
            self._leave()
        if block.kind is BlockKind.ITEM:
            self._item(block)
        elif block.kind in (BlockKind.HEADER, BlockKind.ROW):
            self._row(block)
        elif block.kind is BlockKind.QUOTE:
            self._enter("<blockquote>", "</blockquote>", BlockKind.QUOTE)
            self._out.append(f"<p>{self._inside(block)}</p>\n")
        elif block.kind is BlockKind.HEADING:
            level = min(max(block.level, 2), 6)
            self._out.append(f"<h{level}>{self._inside(block)}</h{level}>\n")
        elif block.kind is BlockKind.CODE:
            self._out.append(f'<pre tabindex="0"><code>{self._inside(block)}</code></pre>\n')
        elif block.kind is BlockKind.RULE:
            self._out.append("<hr>\n")
        else:
            self._out.append(f"<p>{self._inside(block)}</p>\n")

    def _inside(self, block: Block) -> str:
        return self._pen.write(block.start, block.end, block.kind)

    def _enter(self, opening: str, closing: str, *kinds: BlockKind) -> None:
        if not self._closing:
            self._out.append(opening)
            self._closing, self._within = closing, frozenset(kinds)

    def _leave(self) -> None:
        while self._lists:
            self._close_list()
        self._out.append(self._closing)
        self._closing, self._within = "", frozenset()

    def _close_list(self) -> None:
        self._out.append(f"</li></{self._lists.pop()[1]}>\n")

    def _item(self, block: Block) -> None:
        self._within = frozenset({BlockKind.ITEM})
        tag = "ol" if block.ordered else "ul"
        level = min(block.level, self._lists[-1][0]) if len(self._lists) >= MAX_DEPTH else block.level
        while self._lists and (self._lists[-1][0] > level or self._lists[-1] == (level, _other(tag))):
            self._close_list()
        if self._lists and self._lists[-1][0] == level:
            self._out.append("</li>\n")
        else:
            self._out.append(f"<{tag}>")
            self._lists.append((level, tag))
        self._out.append(f"<li{self._value(block)}>{self._inside(block)}")

    def _value(self, block: Block) -> str:
        before = self._pen.document.text[max(0, block.start - 12) : block.start]
        found = _NUMBER.search(before) if block.ordered else None
        return f' value="{int(found[1])}"' if found else ""

    def _row(self, block: Block) -> None:
        if block.kind is BlockKind.HEADER:
            self._leave()
        label = html.escape(phrase(self._language, "table"))
        opening = f'<div class="table" role="region" tabindex="0" aria-label="{label}"><table>'
        self._enter(opening, "</table></div>\n", BlockKind.HEADER, BlockKind.ROW)
        cells = [
            self._pen.write(c.start, c.end, block.kind)
            for c in markup.cells(self._pen.document.text, block.start, block.end)
        ]
        if block.kind is BlockKind.HEADER:
            self._columns = len(cells)
            if any(cells):
                inside = "".join(f'<th scope="col">{cell}</th>' for cell in cells)
                self._out.append(f"<thead><tr>{inside}</tr></thead>")
        else:
            cells += [""] * (self._columns - len(cells))
            self._out.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n")


def _other(tag: str) -> str:
    return "ul" if tag == "ol" else "ol"
