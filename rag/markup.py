"""Documents' texts as blocks with offsets, and the visible part of a slice.

Every reader hands over Markdown (a `.md` or `.txt` file as it is; HTML, DOCX and PDF as the reader wrote it), so
one parser finds headings, paragraphs, list items and table rows in all of them. It is deliberately smaller than
CommonMark: what it must never do is lose or move an offset.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rag.models import Span


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


_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_HEADING = re.compile(r"[ ]{0,3}(#{1,6})[ \t]+(?=\S)")
_ITEM = re.compile(r"(\s*)(?:([-*+•–])|(\d{1,3}[.)]))[ \t]+(?=\S)")
_DELIMITER = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*\Z")
_RULE = re.compile(r"[ ]{0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})\Z")
_SETEXT = re.compile(r"[ ]{0,3}(=+|-{3,})[ \t]*\Z")
_FENCE = re.compile(r"[ ]{0,3}(```+|~~~+)")
_QUOTE = re.compile(r"[ ]{0,3}>[ \t]?")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def body_start(text: str) -> int:
    """Where the text begins after a YAML front matter."""
    found = _FRONT.match(text)
    return found.end() if found else 0


def _lines(text: str, start: int, end: int) -> list[Span]:
    spans: list[Span] = []
    at = start
    while at < end:
        found = _LINE.match(text, at, end)
        assert found is not None and found.end() > at
        spans.append(Span(at, at + len(found.group().rstrip("\r\n"))))
        at = found.end()
    return spans


class _Parser:
    """One pass over the lines; a cursor that only moves forward gives every block its own offsets."""

    def __init__(self, text: str, start: int, end: int) -> None:
        # Comments are hidden text: blanked for parsing, with the offsets kept.
        self.text = _COMMENT.sub(lambda found: re.sub(r"[^\r\n]", " ", found.group()), text)
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
                yield Block(BlockKind.RULE, self.lines[self.at].start, self.lines[self.at].end)
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
        return "|" in self.line() and "|" in self.line(1) and bool(_DELIMITER.match(self.line(1)))

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
        return (
            not line.strip()
            or any(pattern.match(line) for pattern in (_HEADING, _ITEM, _FENCE, _QUOTE, _RULE))
            or self.is_table()
        )

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


def blocks(text: str, start: int = 0, end: int | None = None) -> list[Block]:
    """The blocks of `text[start:end]`, in order and disjoint, with offsets into `text`; empty ones are left out."""
    found = _Parser(text, start, len(text) if end is None else end).blocks()
    return [block for block in found if block.end > block.start]


_HIDDEN = re.compile(
    r"""
    (?P<comment><!--.*?(?:-->|\Z))
  | (?P<tag></?[A-Za-z][^<>\n]{0,300}>)
  | !\[(?P<alt>[^\]\n]{0,300})\](?:\([^()\s]{0,2000}(?:\s+"[^"\n]*")?\)|\[[^\]\n]*\])
  | \[(?P<label>[^\]\n]{1,300})\](?:\([^()\s]{0,2000}(?:\s+"[^"\n]*")?\))
  | (?P<fence>`{1,3})(?P<code>[^`\n]+)(?P=fence)
  | \\(?P<escaped>[\\`*_{}\[\]()\#+\-.!|>~])
  | (?P<stars>\*{1,3}|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)|~~)
  | (?P<quote>(?<=\n)[ ]{0,3}>[ \t]?)
    """,
    re.VERBOSE | re.DOTALL,
)
_KEPT = ("alt", "label", "code", "escaped")


def visible(text: str) -> list[Span]:
    """The slices of a block's source that a reader sees: emphasis, links' targets, images and tags left out."""
    spans: list[Span] = []
    at = 0
    for found in _HIDDEN.finditer(text):
        if found["stars"] and _is_literal_star(text, found):
            continue
        spans.append(Span(at, found.start()))
        spans += [Span(*found.span(name)) for name in _KEPT if found[name] is not None]
        at = found.end()
    spans.append(Span(at, len(text)))
    return [span for span in spans if span.end > span.start]


def _is_literal_star(text: str, found: re.Match[str]) -> bool:
    """A star with white space on both sides, or between digits, is a star."""
    before = text[found.start() - 1 : found.start()]
    after = text[found.end() : found.end() + 1]
    lonely = (not before or before.isspace()) and (not after or after.isspace())
    return lonely or (before.isdigit() and after.isdigit())


def plain(text: str, markup: bool = True) -> str:
    """A block's source as a reader sees it, white space collapsed."""
    shown = html.unescape("".join(text[s.start : s.end] for s in visible(text))) if markup else text
    return re.sub(r"\s+", " ", shown).strip()


def cells(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    r"""The cells of a table row `text[start:end]`, trimmed, as spans of `text`; `\|` does not separate."""
    end = len(text) if end is None else end
    bars = [m.start() for m in re.finditer(r"(?<!\\)\|", text[start:end])]
    edges = [start - 1, *(start + bar for bar in bars), end]
    spans = []
    for left, right in zip(edges, edges[1:], strict=False):
        inner = text[left + 1 : right]
        begin = left + 1 + len(inner) - len(inner.lstrip())
        spans.append(Span(min(begin, right), begin + len(inner.strip())))
    if bars and not text[start : start + bars[0]].strip():
        spans = spans[1:]
    if bars and not text[start + bars[-1] + 1 : end].strip():
        spans = spans[:-1]
    return spans


def row_display(row: str, header: str) -> str:
    """A table row for people: "Header: cell · Header: cell"; a cell without a header stands alone."""
    names = [plain(header[c.start : c.end]) for c in cells(header)] if header else []
    values = [plain(row[c.start : c.end]) for c in cells(row)]
    pairs = [(names[i] if i < len(names) else "", value) for i, value in enumerate(values) if value]
    return " · ".join(f"{name}: {value}" if name else value for name, value in pairs)
