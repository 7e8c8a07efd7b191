"""Documents' texts as blocks with offsets, and the visible part of a slice.

Every reader hands over Markdown (a `.md` or `.txt` file as it is; HTML, DOCX and PDF as the reader wrote it), so
one parser finds headings, paragraphs, list items and table rows in all of them. It is deliberately smaller than
CommonMark: what it must never do is lose or move an offset.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rag.inline import cells, plain, row_display, visible
from rag.models import Span

__all__ = [
    "BULLETS", "Block", "BlockKind", "blocks", "body_start", "cells", "comments", "is_marked", "plain", "row_display",
    "visible",
]  # fmt: skip


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    HEADER = "header"
    ROW = "row"
    QUOTE = "quote"
    CODE = "code"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Block:
    """A block's content, `text[start:end]` without its marker; `level` is a heading's depth or an item's indent."""

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    ordered: bool = False


# Bullets that only people type; "-", "*" and "1." may also begin a sentence of another format than Markdown.
BULLETS = frozenset("•‣◦▪▫●○■□◆◇➢➤►▸✓✔·∙\uf0b7\uf0a7\uf0d8\uf0fc\uf076")
# A front matter opens with a key or its own end; a text that merely begins with a rule has none.
_FRONT = re.compile(
    r"""\A\ufeff?---[ \t]*\r?\n
    (?=[ \t\r\n]*(?:---|\.\.\.|[\w"'][^\r\n]{0,100}:))
    (?:.*?\r?\n)??(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)""",
    re.DOTALL | re.VERBOSE,
)
_HEADING = re.compile(r"[ ]{0,3}(#{1,6})[ \t]+(?=\S)")
_ITEM = re.compile(r"([ \t]*)(?:([-*+•–])|(\d{1,3}[.)]))[ \t]+(?=\S)")
_DELIMITER_CELL = re.compile(r":?-{2,}:?")
_RULE = re.compile(r"[ ]{0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})\Z")
_SETEXT = re.compile(r"[ ]{0,3}(=+|-{3,})[ \t]*\Z")
_FENCE = re.compile(r"[ ]{0,3}(```+|~~~+)")
_QUOTE = re.compile(r"[ ]{0,3}>[ \t]?")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_FINAL = frozenset('.,:;!?…»”"')  # a line that ends in one of these is no title


def body_start(text: str) -> int:
    """Where the text begins after a YAML front matter."""
    found = _FRONT.match(text)
    return found.end() if found else 0


def _lines(text: str, start: int, end: int) -> list[Span]:
    spans: list[Span] = []
    at = start
    while at < end:
        found = _LINE.match(text, at, end)
        assert found is not None
        assert found.end() > at
        spans.append(Span(at, at + len(found.group().rstrip("\r\n"))))
        at = found.end()
    return spans


class _Parser:
    """One pass over the lines; a cursor that only moves forward gives every block its own offsets."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.lines = _lines(text, start, end)
        self.at = 0

    def line(self, ahead: int = 0) -> str:
        index = self.at + ahead
        return self.text[self.lines[index].start : self.lines[index].end] if index < len(self.lines) else ""

    def blocks(self) -> Iterator[Block]:
        while self.at < len(self.lines):
            line = self.line()
            if not line.strip():
                self.at += 1
            elif _FENCE.match(line):
                yield from self.code()
            elif found := _HEADING.match(line):
                yield self.heading(found)
            elif _RULE.match(line):
                yield self.block(BlockKind.RULE, self.lines[self.at].start, self.lines[self.at].end)
                self.at += 1
            elif self.is_table():
                yield from self.table()
            elif found := _ITEM.match(line):
                yield self.item(found)
            elif _QUOTE.match(line):
                yield self.quote()
            else:
                yield self.paragraph()

    def block(self, kind: BlockKind, start: int, end: int, level: int = 0, ordered: bool = False) -> Block:
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return Block(kind, start, end, level, ordered)

    def heading(self, found: re.Match[str]) -> Block:
        span = self.lines[self.at]
        self.at += 1
        content = re.sub(r"[ \t]+#+[ \t]*\Z", "", self.text[span.start + found.end() : span.end])
        start = span.start + found.end()
        return self.block(BlockKind.HEADING, start, start + len(content), len(found[1]))

    def code(self) -> Iterator[Block]:
        fence = self.line().strip()[:3]
        self.at += 1
        first = self.at
        while self.at < len(self.lines) and not self.line().strip().startswith(fence):
            self.at += 1
        if self.at > first:
            yield self.block(BlockKind.CODE, self.lines[first].start, self.lines[self.at - 1].end)
        self.at += 1

    def is_table(self) -> bool:
        return "|" in self.line() and _is_delimiter(self.line(1))

    def table(self) -> Iterator[Block]:
        span = self.lines[self.at]
        yield self.block(BlockKind.HEADER, span.start, span.end)
        self.at += 2
        while self.at < len(self.lines) and "|" in self.line():
            span = self.lines[self.at]
            yield self.block(BlockKind.ROW, span.start, span.end)
            self.at += 1

    def interrupts(self) -> bool:
        """Whether the line at the cursor begins another block."""
        line = self.line()
        return not line.strip() or is_marked(line) or self.is_table()

    def item(self, found: re.Match[str]) -> Block:
        start = self.lines[self.at].start + found.end()
        end = self.lines[self.at].end
        self.at += 1
        while self.at < len(self.lines) and not self.interrupts():
            end = self.lines[self.at].end
            self.at += 1
        indent = len(found[1].expandtabs(4))
        return self.block(BlockKind.ITEM, start, end, indent, found[3] is not None)

    def quote(self) -> Block:
        found = _QUOTE.match(self.line())
        assert found is not None
        start, end = self.lines[self.at].start + found.end(), self.lines[self.at].end
        self.at += 1
        while self.at < len(self.lines) and _QUOTE.match(self.line()) and self.line().strip(" \t>"):
            end = self.lines[self.at].end
            self.at += 1
        return self.block(BlockKind.QUOTE, start, end)

    def paragraph(self) -> Block:
        start, end = self.lines[self.at].start, self.lines[self.at].end
        self.at += 1
        while self.at < len(self.lines):
            if underline := _SETEXT.match(self.line()):
                self.at += 1
                return self.block(BlockKind.HEADING, start, end, 1 if underline[1][0] == "=" else 2)
            if self.interrupts():
                break
            end = self.lines[self.at].end
            self.at += 1
        return self.block(BlockKind.PARAGRAPH, start, end)


class _PlainParser(_Parser):
    """Typed text: its headings carry no mark, and a line that ends before it had to ends its paragraph."""

    def __init__(self, text: str, start: int, end: int) -> None:
        super().__init__(text, start, end)
        lengths = sorted(span.end - span.start for span in self.lines if text[span.start : span.end].strip())
        self.width = lengths[len(lengths) * 9 // 10] if lengths else 0

    def ends_early(self, line: str, following: str) -> bool:
        """Whether the next word had room on the line, and could begin a paragraph."""
        word = following.split(maxsplit=1)[0]
        opens = line.rstrip()[-1] in _FINAL or not word[0].islower()
        return opens and len(line.rstrip()) + len(word) + 3 <= self.width

    def paragraph(self) -> Block:
        first, before = self.at, self.line(-1) if self.at else ""
        while self.at < len(self.lines) - 1:
            self.at += 1
            if self.interrupts() or self.ends_early(self.line(-1), self.line()):
                break
        else:
            self.at = len(self.lines)
        block = self.block(BlockKind.PARAGRAPH, self.lines[first].start, self.lines[self.at - 1].end)
        if self.at - first == 1 and not before.strip() and self.is_title(self.text[block.start : block.end]):
            return Block(BlockKind.HEADING, block.start, block.end, 1 if self.line(first - self.at).isupper() else 2)
        return block

    def is_title(self, line: str) -> bool:
        """A short line of words without a final stop, right above the text that it names; or one in capitals."""
        follows = self.line() if self.line().strip() else self.line(1)
        right = line.isupper() or (bool(self.line().strip()) and not is_marked(self.line()))
        wordy = sum(c.isalpha() for c in line) * 2 > len(line) and line[0] not in "«“\"'("
        named = line.isupper() or len(follows) > len(line)
        return wordy and right and named and len(line) <= 80 and line[-1] not in _FINAL


def _is_delimiter(line: str) -> bool:
    """Whether the line draws the bar under a table's header: dashes between pipes, and nothing else."""
    found = line.strip()
    bare = found.removeprefix("|").removesuffix("|")
    return "|" in found and all(_DELIMITER_CELL.fullmatch(cell.strip()) for cell in bare.split("|"))


def is_marked(line: str) -> bool:
    """Whether the line opens with the mark of a heading, list item, code, quote or rule."""
    return any(pattern.match(line) for pattern in (_HEADING, _ITEM, _FENCE, _QUOTE, _RULE))


def comments(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Where Markdown's comments lie: they are not shown, so nothing in them may be found or quoted."""
    return [Span(*found.span()) for found in _COMMENT.finditer(text, start, len(text) if end is None else end)]


def blocks(text: str, start: int = 0, end: int | None = None, format_: str = "md") -> list[Block]:
    """The blocks of `text[start:end]`, in order and disjoint, with offsets into `text`; empty ones are left out.

    `format_` is the document's: only Markdown has comments, and only plain text has headings without a mark.
    """
    if format_ == "md":  # comments are blanked for parsing, with the offsets kept
        text = _COMMENT.sub(lambda found: re.sub(r"[^\r\n]", " ", found.group()), text)
    parser = _PlainParser if format_ == "txt" else _Parser
    found = parser(text, start, len(text) if end is None else end).blocks()
    return [block for block in found if block.end > block.start]
