"""Tables on a PDF page, told by what is ruled and by cells that stand under each other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.formats.pdf_lines import Line, lines
from rag.formats.pdf_page import Piece, Sheet
from rag.formats.pdf_shapes import Box

MAX_RULES = 600  # a page with more is a drawing


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, a cell being its lines; `columns` tell whether a table goes on over the page's end."""

    rows: tuple[tuple[tuple[str, ...], ...], ...]
    columns: tuple[float, ...]
    y: float  # of its first line
    headed: bool


Part = Line | Table
_Row = Sequence[Piece]
_Column = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Band:
    """What stands between two rules."""

    pieces: tuple[Piece, ...]
    height: float

    def may_span(self) -> bool:
        """Whether it may be a row with one cell over all columns: a line as high as a row."""
        return len(self.pieces) == 1 and self.height <= 2.8 * self.pieces[0].size


def parts(sheet: Sheet) -> list[Part]:
    """The page's lines and tables in the order of its content."""
    ruled = list(_ruled([piece for piece in sheet.pieces if piece.turn == 0], sheet.rules))
    owner = {id(piece): table for table, pieces in ruled for piece in pieces}
    found: list[Part] = []
    loose: list[Piece] = []
    for piece in sheet.pieces:
        table = owner.get(id(piece))
        if table is None:
            loose.append(piece)
        elif table not in found:
            found += [*_aligned(lines(loose)), table]
            loose = []
    return [*found, *_aligned(lines(loose))]


def _ruled(pieces: Sequence[Piece], rules: Sequence[Box]) -> Iterator[tuple[Table, list[Piece]]]:
    """Tables whose rows lie between ruled lines, each with its pieces."""
    for ladder in _ladders(rules):
        held: list[list[Piece]] = [[] for _ in ladder[1:]]
        depths = [-rule.y0 for rule in ladder]
        for piece in pieces:
            at = bisect_left(depths, -(piece.y + 0.3 * piece.size)) - 1
            if 0 <= at < len(held) and piece.x0 >= ladder[0].x0 - 2 and piece.x1 <= ladder[0].x1 + 2:
                held[at].append(piece)
        bands = [_Band(tuple(p), a.y0 - b.y0) for p, a, b in zip(held, ladder, ladder[1:], strict=False) if p]
        for run in _runs(bands):
            yield (
                _table(_one_a_line(run) if len(run) == 2 else [b.pieces for b in run]),
                [p for b in run for p in b.pieces],
            )


def _ladders(rules: Sequence[Box]) -> Iterator[list[Box]]:
    """Rules of one width under each other, from the top down: what may be the steps of a table."""
    steps = _joined_rules(rules) if len(rules) <= MAX_RULES else []
    while steps:
        first = steps[0]
        same = [s for s in steps if abs(s.x0 - first.x0) < 6 and abs(s.x1 - first.x1) < 6]
        steps = [s for s in steps if s not in same]
        if len(same) >= 3:
            yield same


def _joined_rules(rules: Sequence[Box]) -> list[Box]:
    """The rules, with the pieces that touch at one height made one, from the top down."""
    joined: list[Box] = []
    for rule in sorted(rules, key=lambda r: (-r.y0, r.x0)):
        near = range(max(len(joined) - 6, 0), len(joined))
        touching = [
            n
            for n in near
            if abs(joined[n].y0 - rule.y0) < 2 and rule.x0 <= joined[n].x1 + 4 and rule.x1 >= joined[n].x0 - 4
        ]
        if touching:
            old = joined[touching[0]]
            joined[touching[0]] = Box(min(old.x0, rule.x0), old.y0, max(old.x1, rule.x1), old.y0)
        else:
            joined.append(Box(rule.x0, rule.y0, rule.x1, rule.y0))
    return joined


def _runs(bands: Sequence[_Band]) -> Iterator[list[_Band]]:
    """Bands one under the other that share two or more columns; what lies between two tables parts them."""
    run: list[_Band] = []
    columns: list[_Column] = []
    for band in bands:
        both = _columns([*_as_pieces(columns), *band.pieces])
        if run and (len(both) >= len(columns) or band.may_span()):
            columns = max(columns, both, key=len)
            run.append(band)
            continue
        if len(run) > 1:
            yield run
        columns = _columns(band.pieces)
        run = [band] if len(columns) > 1 else []
    if len(run) > 1:
        yield run


def _one_a_line(run: Sequence[_Band]) -> list[_Row]:
    """Rows of a table that is ruled around its header only: each line with a first cell begins one.

    The order of the content tells: cells of several lines come one after the other, rows of one line across.
    """
    first = min(piece.x0 for band in run for piece in band.pieces)
    rows: list[list[Piece]] = []
    for band in run:
        found = lines(band.pieces)
        whole = [line for line in found if len(line.pieces) > 1 and line.x0 < first + 4]
        for number, line in enumerate(found):
            if number == 0 or (line in whole and len(whole) > 2):
                rows.append([])
            rows[-1].extend(line.pieces)
    return list(rows)


def _aligned(found: Sequence[Line]) -> Iterator[Part]:
    """Lines, with those whose wide gaps stand under each other made into tables."""
    at = 0
    while at < len(found):
        end = _table_end(found, at)
        if not end:
            yield found[at]
            at += 1
            continue
        rows = _with_wraps(found[at:end])
        yield from _side_by_side(rows) if _is_prose(rows) else [_table(rows)]
        at = end


def _table_end(found: Sequence[Line], start: int) -> int:
    """Where a table that begins at this line ends; 0 if none does."""
    if len(found[start].pieces) < 2 or _is_no_row(found[start]):
        return 0
    columns, end, full = _columns(found[start].pieces), start + 1, 1
    while end < len(found):
        line, above = found[end], found[end - 1]
        single, gap = len(line.pieces) == 1, above.y - line.y
        both = _columns([*_as_pieces(columns), *line.pieces])
        if len(both) != len(columns) or _is_no_row(line):
            break
        if not 0 <= gap <= (1.6 if single else 4) * line.look.size or (single and not _is_wrap(line, columns)):
            break
        columns, end, full = both, end + 1, full + (not single)
    return end if full >= 2 and len(columns) > 1 else 0


def _is_no_row(line: Line) -> bool:
    return line.marked or line.leads_to_page or line.look.turn != 0


def _is_wrap(line: Line, columns: Sequence[_Column]) -> bool:
    """Whether a single piece goes on with a cell above it, and is no paragraph under the table."""
    return line.x0 >= columns[1][0] - 4 or line.text[0].islower()


def _with_wraps(found: Sequence[Line]) -> list[_Row]:
    """One row a line; a line without a first cell, or with nothing else, goes on with the row above."""
    first = min(line.x0 for line in found)
    rows: list[list[Piece]] = []
    for line in found:
        if rows and (len(line.pieces) == 1 or line.x0 > first + 4 * line.look.size):
            rows[-1].extend(line.pieces)
        else:
            rows.append(list(line.pieces))
    return list(rows)


def _is_prose(rows: Sequence[_Row]) -> bool:
    """Whether the cells are two columns of running text that the page's content gives across."""
    letters = [sum(len(p.text) for p in row) / len(row) for row in rows]
    return len(rows) > 5 and all(len(row) <= 2 for row in rows) and sum(letters) / len(letters) > 30


def _side_by_side(rows: Sequence[_Row]) -> list[Part]:
    right = _columns([piece for row in rows for piece in row])[1][0]
    left = [piece for row in rows for piece in row if piece.x0 < right]
    return [*lines(left), *lines([piece for row in rows for piece in row if piece.x0 >= right])]


def _columns(pieces: Sequence[Piece]) -> list[_Column]:
    """The stretches that pieces cover from left to right: columns, if white runs between them all the way down."""
    found: list[_Column] = []
    for piece in sorted(pieces, key=lambda p: p.x0):
        if found and piece.x0 < found[-1][1] + 2:
            found[-1] = (found[-1][0], max(found[-1][1], piece.x1))
        else:
            found.append((piece.x0, piece.x1))
    return found


def _as_pieces(columns: Sequence[_Column]) -> list[Piece]:
    return [Piece("", x0, x1, 0, 1) for x0, x1 in columns]


def _table(rows: Sequence[_Row]) -> Table:
    whole = [row for row in rows if len(_columns(row)) > 1]
    columns = _columns([piece for row in whole for piece in row])
    starts = tuple(x0 for x0, _ in columns)
    cells = tuple(tuple(_cell(row, starts, n) for n in range(len(starts))) for row in rows)
    return Table(cells, starts, max(piece.y for piece in rows[0]), _is_headed(rows, cells, starts))


def _cell(row: _Row, starts: Sequence[float], number: int) -> tuple[str, ...]:
    """The lines of one cell, from the top down."""
    held = [piece for piece in row if max(bisect_left(starts, piece.x0 + 0.1) - 1, 0) == number]
    return tuple(line.text for line in lines(sorted(held, key=lambda p: (-round(p.y), p.x0))))


def _is_headed(rows: Sequence[_Row], cells: Sequence[Sequence[Sequence[str]]], starts: Sequence[float]) -> bool:
    """Whether the first row names the columns; in a table of two, the first column may name the rows instead."""
    if len(starts) != 2 or all(piece.bold for piece in rows[0]):
        return True
    names = [" ".join(row[0]) for row in cells if row[0]]
    bold = [piece.bold for row in rows for piece in row if piece.x0 < starts[1] - 1]
    return not (all(name.endswith(":") for name in names) or all(bold))
