"""The cells of a Word table as rows that stand alone: what spans rows is repeated in each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rag.formats.docx_styles import W, is_on, value
from rag.formats.extracted import MAX_COLUMNS

MAX_REPEATED = 200  # characters; a longer cell that spans rows is written once


def rows_of(table: Any, words_of: Callable[[Any], str], is_bold: Callable[[Any], bool]) -> tuple[list[list[str]], bool]:
    """(rows, whether the first is a header): heads of several rows are joined, each column by its own."""
    found = [row for row in _children(table, "tr") if not _is_left_out(row)]
    above: list[str] = []
    rows: list[list[str]] = []
    for row in found:
        above = _row(row, above, words_of)
        rows.append(above)
    heads = next((n for n, row in enumerate(found) if not is_on(row, "trPr/tblHeader")), len(found))
    if heads > 1:
        rows[:heads] = [_joined(rows[:heads])]
    return rows, heads > 0 or not _names_its_rows(table, found, rows, is_bold)


def _children(parent: Any, name: str) -> list[Any]:
    """Rows of a table, or cells of a row, those in content controls too; not those of a table inside."""
    found: list[Any] = []
    for child in parent:
        if child.tag == W + name:
            found.append(child)
        elif child.tag in (W + "sdt", W + "sdtContent", W + "customXml"):
            found += _children(child, name)
    return found


def _is_left_out(row: Any) -> bool:
    properties = row.find(W + "trPr")
    return properties is not None and (properties.find(W + "del") is not None or bool(is_on(properties, "hidden")))


def _row(row: Any, above: list[str], words_of: Callable[[Any], str]) -> list[str]:
    before = value(row, "trPr/gridBefore") or "0"
    found = [""] * min(_count(before), MAX_COLUMNS)
    for cell in _children(row, "tc"):
        merged = value(cell, "tcPr/vMerge")
        at = len(found)
        if merged is not None and merged != "restart":
            words = above[at] if at < len(above) and len(above[at]) <= MAX_REPEATED else ""
        else:
            words = words_of(cell)
        found += [words, *[""] * (_count(value(cell, "tcPr/gridSpan") or "1") - 1)]
    return found[:MAX_COLUMNS]


def _count(number: str) -> int:
    return min(int(number), MAX_COLUMNS) if number.isdecimal() and len(number) < 5 else 1


def _joined(rows: list[list[str]]) -> list[str]:
    """Header rows as one; a name over several columns stands above each of them."""
    spread = [_spread(row) for row in rows[:-1]]
    width = max(len(row) for row in rows)
    columns = [[row[i] for row in (*spread, rows[-1]) if i < len(row) and row[i]] for i in range(width)]
    return [" ".join(dict.fromkeys(names)) for names in columns]


def _spread(row: list[str]) -> list[str]:
    found: list[str] = []
    for cell in row:
        found.append(cell or (found[-1] if found else ""))
    return found


def _names_its_rows(table: Any, found: list[Any], rows: list[list[str]], is_bold: Callable[[Any], bool]) -> bool:
    """Whether the first column names the rows instead of the first row the columns."""
    if any(len(row) != 2 for row in rows) or not rows:
        return False
    if all(row[0].endswith(":") for row in rows if row[0]):
        return True
    cells = [_children(row, "tc") for row in found]
    return all(is_bold(row[0]) for row in cells if row) and not all(is_bold(cell) for cell in cells[0])
