"""The cells of an HTML table as rows that stand alone: what spans rows is repeated in each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rag.formats.extracted import MAX_COLUMNS, clean, lowered, raised

MAX_REPEATED = 200  # characters; a longer cell that spans rows is written once
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_PARTS = frozenset(
    [
        "p",
        "div",
        "br",
        "li",
        "dt",
        "dd",
        "ul",
        "ol",
        "tr",
        "td",
        "th",
        "table",
        "section",
        "article",
        "address",
        "pre",
        "blockquote",
    ]
)

Skips = Callable[[Any, str], bool]  # whether an element with this tag is left out


def is_data_table(table: Any) -> bool:
    """Whether the table holds data; one that arranges the page holds headings or tables, or a single row or column."""
    if table.get("role") in ("presentation", "none"):
        return False
    if next(table.iterdescendants("table", "article", *_HEADINGS), None) is not None:
        return False
    sizes = [len(_cells(row)) for row in table.iter("tr")]
    return max(sizes, default=0) > 1 and (len(sizes) > 1 or next(table.iter("th"), None) is not None)


def is_vertical(table: Any) -> bool:
    """Whether the names stand in the first column instead of a first row."""
    if next(table.iter("thead"), None) is not None:
        return False
    rows = [[cell.tag for cell in _cells(row)] for row in table.iter("tr")]
    return all(row[0] == "th" and "td" in row for row in rows if row)


def grid(table: Any, skips: Skips) -> list[list[str]]:
    """The table's rows as words, the header first: heads of several rows are joined, each column by its own."""
    head: list[list[str]] = []
    body: list[list[str]] = []
    carried: dict[int, tuple[str, int]] = {}
    for row in table.iter("tr"):
        if skips(row, "tr") or skips(row.getparent(), row.getparent().tag):
            continue
        is_head = row.getparent().tag == "thead" or (not body and _is_all_head(row))
        (head if is_head else body).append(_row(row, carried, skips, is_head))
    return [_joined(head), *body] if head else body


def _is_all_head(row: Any) -> bool:
    return all(cell.tag == "th" for cell in _cells(row))


def _cells(row: Any) -> list[Any]:
    return [cell for cell in row if cell.tag in ("td", "th")]


def _row(row: Any, carried: dict[int, tuple[str, int]], skips: Skips, is_head: bool) -> list[str]:
    """One row's cells at their columns. `carried` holds what spans down from above: column → words, rows left."""
    found: list[str] = []
    for cell in _cells(row):
        if skips(cell, cell.tag):
            continue
        _carry(found, carried)
        words = inline_words(cell, skips)
        rows, columns = _span(cell, "rowspan"), _span(cell, "colspan")
        columns = columns if columns <= MAX_COLUMNS else 1
        for extra in range(columns):
            if rows > 1:
                carried[len(found)] = (
                    words if len(words) <= MAX_REPEATED and (is_head or not extra) else "",
                    rows - 1,
                )
            found.append(words if is_head or not extra else "")
    _carry(found, carried)
    return found[:MAX_COLUMNS]


def _carry(found: list[str], carried: dict[int, tuple[str, int]]) -> None:
    while (above := carried.pop(len(found), None)) is not None:
        words, left = above
        if left > 1:
            carried[len(found)] = (words, left - 1)
        found.append(words)


def _joined(rows: list[list[str]]) -> list[str]:
    """Header rows as one: "2024" above "Export" is "2024 Export"; a name that spans both is not said twice."""
    columns = [[row[i] for row in rows if i < len(row) and row[i]] for i in range(max(map(len, rows)))]
    return [" ".join(dict.fromkeys(names)) for names in columns]


def _span(cell: Any, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    if not value.isdecimal() or len(value) > 5:
        return 1
    return int(value) or 10_000  # "0" is: down to the end


def inline_words(element: Any, skips: Skips) -> str:
    """The element's words on one line; the points of a list within are kept apart by semicolons."""
    from lxml import etree

    words: list[str] = []
    skipped = None
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, inner in walker:
        tag = inner.tag
        if event == "start" and inner is not element and _is_left_out(inner, skips):
            walker.skip_subtree()
            skipped = inner
            continue
        if event == "end" and inner is element:
            break
        if tag in _PARTS:
            _part(words, is_item=tag == "li" and event == "start")
        text = inner.text if event == "start" else inner.tail
        words.append(_shifted(inner, text or "") if event == "start" and inner is not skipped else text or "")
    return clean("".join(words))


def _part(words: list[str], is_item: bool) -> None:
    """Keep what follows apart from the words before, if there are any."""
    while words and not words[-1].strip():
        words.pop()
    if words:
        words.append("; " if is_item and words[-1].rstrip()[-1] not in ":;" else " ")


def _is_left_out(element: Any, skips: Skips) -> bool:
    return not isinstance(element.tag, str) or element.get("zero") == "1" or skips(element, element.tag)


def _shifted(element: Any, text: str) -> str:
    return raised(text) if element.tag == "sup" else lowered(text) if element.tag == "sub" else text
