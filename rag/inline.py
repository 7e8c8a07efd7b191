"""The inside of a block: what a reader sees of its source, and the cells of a table row."""

from __future__ import annotations

import html
import re
from itertools import pairwise

from rag.models import Span

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
    for left, right in pairwise(edges):
        inner = text[left + 1 : right]
        begin = left + 1 + len(inner) - len(inner.lstrip())
        spans.append(Span(min(begin, right), begin + len(inner.strip())))
    if bars and not text[start : start + bars[0]].strip():
        spans = spans[1:]
    if bars and not text[start + bars[-1] + 1 : end].strip():
        spans = spans[:-1]
    return spans


def row_display(row: str, header: str, markup: bool = True) -> str:
    """A table row for people: "Header: cell · Header: cell"; a cell without a header stands alone."""
    names = [_cell(header[c.start : c.end], markup) for c in cells(header)] if header else []
    values = [_cell(row[c.start : c.end], markup) for c in cells(row)]
    pairs = [(names[i] if i < len(names) else "", value) for i, value in enumerate(values) if value]
    return " · ".join(f"{name}: {value}" if name else value for name, value in pairs)


def _cell(source: str, markup: bool) -> str:
    """A cell's words; where no other markup is read, a pipe is still written with a backslash."""
    return plain(source if markup else source.replace("\\|", "|"), markup)
