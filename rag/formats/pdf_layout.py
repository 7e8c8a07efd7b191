"""Lines of PDF pages → headings, paragraphs, list items and tables, by size, weight, gaps and indents."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rag import markup
from rag.formats.pdf_lines import Line
from rag.formats.pdf_page import Sheet
from rag.formats.pdf_tables import Part, Table, parts

_END = frozenset(".!?…:;")  # a paragraph may end behind one of these, closing quotes left aside
_CLOSING = "\"'»”’)]"
_NUMBER = re.compile(r"(?:(\d{1,3})[.)]|\(?[a-z][.)]|\[\d+\])\s+(?=\S)")
_BULLET = re.compile(
    rf"[{re.escape(''.join(markup.BULLETS))}–—\-*→]\s+(?=\S)|[{re.escape(''.join(markup.BULLETS))}](?=\S)"
)
_PAGE_NUMBER = re.compile(
    r"(?:pag(?:ina|\.|e)?\s*|page\s*|p\.\s*|[-–—]\s*)?(?:#+|[ivxlc]{1,6})(?:\s*(?:/|di|of|[-–—])\s*#*)?\Z",
    re.IGNORECASE,
)
_OUTER_NUMBER = re.compile(r"(\d{1,4})\s.*\Z|.*\s(\d{1,4})\Z", re.DOTALL)
_EDGE = 0.12  # of the page's height: where running heads, feet and page numbers stand


@dataclass
class Group:
    """Lines that make one block, from one page or, with its `page` being the first, from the turn of two."""

    page: int
    lines: list[Line] = field(default_factory=list)
    table: Table | None = None
    level: int = 0  # of a heading
    mark: str | None = None  # of a list item
    depth: int = 0
    turned: int | None = None  # index of the first line that stands on the next page

    @property
    def texts(self) -> list[str]:
        """The lines' words, the mark of an item left out."""
        texts = [line.text for line in self.lines]
        return [texts[0][len(self.mark) :].lstrip(), *texts[1:]] if self.mark is not None else texts


@dataclass(frozen=True, slots=True)
class Body:
    """How running text looks in this document."""

    size: float
    bold: bool
    leading: float  # between base lines, in letter sizes


def groups(sheets: Sequence[Sheet]) -> list[Group]:
    """The document's blocks in order; running heads and page numbers are left out."""
    pages = _without_furniture([(sheet, parts(sheet)) for sheet in sheets])
    body = _body([part for _, found in pages for part in found if isinstance(part, Line)])
    found = [group for sheet, content in pages for group in _grouped(sheet, content, body)]
    _set_levels(found, body)
    return _over_pages(found)


def _body(lines: Sequence[Line]) -> Body:
    letters: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        letters[round(line.look.size * 2) / 2, line.look.bold] += len(line.text)
    (size, bold), _ = letters.most_common(1)[0] if letters else ((10.0, False), 0)
    gaps = Counter(
        round((a.y - b.y) / b.look.size, 1)
        for a, b in pairwise(lines)
        if abs(a.look.size - b.look.size) < 0.6 and 0.8 < (a.y - b.y) / b.look.size < 3
    )
    return Body(size, bold, gaps.most_common(1)[0][0] if gaps else 1.3)


def _without_furniture(pages: Sequence[tuple[Sheet, list[Part]]]) -> list[tuple[Sheet, list[Part]]]:
    """Pages without the lines that stand at the same height of three or more, and without bare page numbers."""
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    for sheet, found in pages:
        for line in found:
            if isinstance(line, Line) and _at_edge(sheet, line):
                for key in _keys(sheet, line):
                    seen[key].add(sheet.number)

    def left_out(sheet: Sheet, part: Part) -> bool:
        if isinstance(part, Table) or not _at_edge(sheet, part):
            return isinstance(part, Line) and part.leads_to_page  # the headings say it again
        near = [{n for step in (-1, 0, 1) for n in seen.get((text, at + step), ())} for text, at in _keys(sheet, part)]
        bare = bool(_PAGE_NUMBER.match(re.sub(r"\d+", "#", part.text)))
        return bare or part.leads_to_page or any(len(numbers) >= 3 for numbers in near)

    return [(sheet, [part for part in found if not left_out(sheet, part)]) for sheet, found in pages]


def _at_edge(sheet: Sheet, line: Line) -> bool:
    margin = _EDGE * (sheet.box.y1 - sheet.box.y0)
    return line.look.turn == 0 and not sheet.box.y0 + margin < line.y < sheet.box.y1 - margin


def _keys(sheet: Sheet, line: Line) -> list[tuple[str, int]]:
    """What may repeat at this height of a page: the same words; or any words with the page's own number."""
    height = round(line.y / 3)
    found = _OUTER_NUMBER.match(line.text)
    counted = [(f"+{int(found[1] or found[2]) - sheet.number}", height)] if found else []
    return [(line.text, height), *counted]


def _grouped(sheet: Sheet, content: Sequence[Part], body: Body) -> Iterator[Group]:
    edges = _right_edges(content)
    group: Group | None = None
    for part in content:
        if isinstance(part, Line) and group is not None and group.lines and not _begins(group, part, body, edges):
            group.lines.append(part)
            continue
        if group is not None:
            yield group
        group = _opened(sheet.number, part, body)
    if group is not None:
        yield group


def _opened(page: int, part: Part, body: Body) -> Group:
    if isinstance(part, Table):
        return Group(page, table=part)
    if _looks_like_heading(part, body):
        return Group(page, [part])
    return Group(page, [part], mark=_mark(part))


def _mark(line: Line) -> str | None:
    """The bullet or number that opens the line."""
    if line.marked:
        return line.pieces[0].text
    found = _BULLET.match(line.text) or _NUMBER.match(line.text)
    return found.group().rstrip() if found else None


def _right_edges(content: Sequence[Part]) -> dict[int, float]:
    """How far right lines reach, by where they begin: the right edge of each column."""
    edges: dict[int, float] = defaultdict(float)
    for part in content:
        if isinstance(part, Line):
            for near in (-1, 0, 1):
                key = round(part.x0 / 40) + near
                edges[key] = max(edges[key], part.x1)
    return edges


def _begins(group: Group, line: Line, body: Body, edges: dict[int, float]) -> bool:
    """Whether the line begins a new block below the group."""
    last, size = group.lines[-1], line.look.size
    gap = last.y - line.y
    if line.look.turn != last.look.turn or abs(size - last.look.size) > 0.08 * size or gap < -0.3 * size:
        return True
    if gap > max(1.25 * body.leading, 1.3) * size:
        return True
    early = _ends_early(last, line, edges)
    if line.look.bold != last.look.bold and (early or _looks_like_heading(line, body)):
        return True
    opens = _ends(last.text) or _opens(line.text)
    if (mark := _mark(line)) is not None and (
        mark in markup.BULLETS or group.mark is not None or early or _ends(last.text)
    ):
        return True
    indented = line.x0 > group.lines[0].x0 + 0.8 * size if group.mark is None else line.x0 < _text_x0(group) - 2
    return (early and opens) or (indented and _ends(last.text))


def _text_x0(group: Group) -> float:
    """Where an item's words begin, behind a mark that stands apart."""
    first = group.lines[0]
    return first.pieces[1].x0 if first.marked else first.x0


def _opens(text: str) -> bool:
    """Whether the line may begin a paragraph by its first letter."""
    return text[0] in "«“\"'(" or (text[0].isalnum() and not text[0].islower())


def _ends(text: str) -> bool:
    bare = text.rstrip(_CLOSING)
    return bool(bare) and bare[-1] in _END


def _ends_early(last: Line, line: Line, edges: dict[int, float]) -> bool:
    """Whether the next line's first word would still have found room."""
    word = line.text.split(maxsplit=1)[0]
    width = (line.x1 - line.x0) * (len(word) + 1) / max(len(line.text), 1)
    right = max(edges.get(round(last.x0 / 40), 0), last.x1)
    return last.x1 + width + 0.5 * line.look.size < right


def _looks_like_heading(line: Line, body: Body) -> bool:
    look, text = line.look, line.text
    larger = look.size > 1.12 * body.size
    bolder = look.bold and not body.bold and look.size > 0.93 * body.size
    wordy = sum(c.isalpha() for c in text) > max(2, 0.4 * len(text))
    return (larger or bolder) and wordy and look.turn == 0 and text[-1] not in ".;,:" and len(text) <= 200


def _set_levels(found: Iterable[Group], body: Body) -> None:
    """Headings get their level from their size, the largest being the first; list items from their indent."""
    heads = [g for g in found if g.lines and g.mark is None and len(g.lines) <= 3 and _is_heading(g, body)]
    looks = sorted({_rank(group) for group in heads}, reverse=True)
    for group in heads:
        group.level = min(looks.index(_rank(group)) + 1, 6)
    indents: list[float] = []
    for group in found:
        if group.mark is None:
            indents = []
            continue
        x0 = group.lines[0].x0
        indents = [*(i for i in indents if i < x0 - 4), x0]
        group.depth = len(indents) - 1


def _is_heading(group: Group, body: Body) -> bool:
    return all(_looks_like_heading(line, body) for line in group.lines[-1:]) and group.lines[0].look.turn == 0


def _rank(group: Group) -> tuple[float, bool]:
    look = group.lines[0].look
    return round(look.size * 2) / 2, look.bold


def _over_pages(found: Sequence[Group]) -> list[Group]:
    """Paragraphs and tables that go on over the turn of a page are made one, or get their header again."""
    joined: list[Group] = []
    for group in found:
        last = joined[-1] if joined else None
        if last is not None and last.page < group.page and last.turned is None and _goes_on(last, group):
            last.turned = len(last.lines)
            last.lines += group.lines
            continue
        if last is not None and last.table and group.table and last.page < group.page:
            group.table = _with_header(group.table, last.table)
        joined.append(group)
    return joined


def _goes_on(last: Group, group: Group) -> bool:
    if not (last.lines and group.lines) or last.level or group.level or group.mark is not None:
        return False
    same = abs(last.lines[-1].look.size - group.lines[0].look.size) < 0.6
    return same and not _ends(last.lines[-1].text) and group.lines[0].text[0].islower()


def _with_header(table: Table, above: Table) -> Table:
    """A table that goes on from the page before, with the same columns, under the header that it left there."""
    same = len(table.columns) == len(above.columns) and all(
        abs(a - b) < 4 for a, b in zip(table.columns, above.columns, strict=True)
    )
    if not same or not above.headed or table.rows[0] == above.rows[0]:
        return table
    return Table((above.rows[0], *table.rows), table.columns, table.y, True)
