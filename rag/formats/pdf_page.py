"""One page of a PDF by pdfium: its runs of visible letters with their places, and the lines ruled on it.

pdfium knows letters, not words in cells: the runs come in the order of the page's content, cut at wide gaps.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.formats.extracted import clean, lowered, raised
from rag.formats.pdf_shapes import Box, Shapes, clip_box, read_shapes

MIN_SIZE = 2.0  # points; smaller letters cannot be read, only planted
_WIDE = 1.0  # a gap, in letter sizes, that separates cells rather than words
_BOLD = ("bold", "black", "heavy", "semibold", "demi")
_INVISIBLE, _STROKED = (3, 7), (1, 2, 5, 6)  # ways of painting text: not at all; with an outline


@dataclass(frozen=True, slots=True)
class Piece:
    """Letters on one base line without a wide gap; `turn` is the direction of writing on the page, in degrees."""

    text: str
    x0: float
    x1: float
    y: float  # of the base line; up is more
    size: float
    bold: bool = False
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as laid out: `rules` are the horizontal lines drawn on it, the edges of boxes included."""

    number: int
    box: Box
    pieces: tuple[Piece, ...]
    rules: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    """How the letters of one text object look. `turn` is None for a slanted watermark."""

    size: float
    bold: bool
    turn: int | None
    white: bool
    unseen: bool
    painted: bool  # False for the letters that text recognition puts behind a picture
    order: int
    clip: Box | None  # what is shown of it


@dataclass
class _Run:
    """A piece being gathered."""

    look: _Look
    y: float
    x0: float
    x1: float
    last: float = 0.0  # where the last letter begins
    letters: list[str] = field(default_factory=list)
    looks: Counter[_Look] = field(default_factory=Counter)  # how many letters look how: a bullet may be larger

    def takes(self, look: _Look, x0: float, y: float) -> bool:
        """Whether the next letter stands on this line, not far behind. A raised one is smaller and may stand off it."""
        small = look.size < 0.8 * self.look.size
        apart = abs(y - self.y) > (0.6 if small else 0.25) * self.look.size
        behind = -0.5 <= (x0 - self.x1) / self.look.size <= _WIDE
        return look.turn == self.look.turn and not apart and (behind or x0 == self.last)  # "fi" may be one sign

    def add(self, letter: str, look: _Look, place: Box, y: float) -> None:
        off = (y - self.y) / self.look.size
        if look.size < 0.8 * self.look.size and abs(off) > 0.1:
            letter = raised(letter) if off > 0 else lowered(letter)
        self.letters.append(letter)
        self.looks[look] += 1
        self.last, self.x1 = place.x0, place.x1


def read_sheet(page: Any, number: int) -> Sheet:
    """What a pypdfium2 page shows, a turned page upright. The caller holds pdfium's lock."""
    turn = page.get_rotation()
    shapes = read_shapes(page)
    textpage = page.get_textpage()
    try:
        pieces = tuple(_pieces(_Letters(page, textpage, shapes), turn))
    finally:
        textpage.close()
    rules = tuple(upright(box, turn) for box in (shapes.standing if turn in (90, 270) else shapes.lying))
    return Sheet(number, upright(Box(*page.get_bbox()), turn), pieces, rules)


def upright(box: Box, turn: int) -> Box:
    """The box seen with the page turned so that what was written at this angle reads from left to right."""
    (xa, ya), (xb, yb) = _turned(box.x0, box.y0, turn), _turned(box.x1, box.y1, turn)
    return Box(min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb))


def _turned(x: float, y: float, turn: int) -> tuple[float, float]:
    return {0: (x, y), 90: (y, -x), 180: (-x, -y)}.get(turn, (-y, x))


def _pieces(letters: _Letters, page_turn: int) -> Iterator[Piece]:
    run: _Run | None = None
    for letter, look, box, base in letters:
        place, y = upright(box, look.turn or 0), _turned(*base, look.turn or 0)[1]
        if run is None or not run.takes(look, place.x0, y):
            yield from _finished(run, page_turn)
            run = _Run(look, y, place.x0, place.x1)
        run.add(letter, look, place, y)
    yield from _finished(run, page_turn)


def _finished(run: _Run | None, page_turn: int) -> Iterator[Piece]:
    if run is not None and (text := clean("".join(run.letters))):
        look = run.looks.most_common(1)[0][0]
        yield Piece(text, run.x0, run.x1, run.y, look.size, look.bold, ((look.turn or 0) - page_turn) % 360)


class _Letters:
    """The page's visible letters in the order of its content: (letter, look, box, base point)."""

    def __init__(self, page: Any, textpage: Any, shapes: Shapes) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium: Any = pdfium
        self._text = textpage
        self._page = Box(*page.get_bbox())
        self._shapes = shapes
        self._looks: dict[int, _Look] = {}

    def __iter__(self) -> Iterator[tuple[str, _Look, Box, tuple[float, float]]]:
        count = self._pdfium.FPDFText_CountChars(self._text)
        # Text recognition writes invisible letters over a scan; on any other page such letters are planted.
        scanned = self._shapes.pictured(self._page) and not any(self._look(i).painted for i in self._own(count))
        gap = False
        for index in range(count):
            if self._pdfium.FPDFText_IsGenerated(self._text, index) and self._letter(index).isspace():
                gap = True
                continue
            look, box = self._look(index), self._box(index)
            if look.turn is None or not (self._is_seen(look, box) or (scanned and not look.painted)):
                continue
            letter = self._letter(index)
            yield f" {letter}" if gap else letter, look, box, self._base(index)
            gap = False

    def _own(self, count: int) -> Iterator[int]:
        return (i for i in range(count) if not self._pdfium.FPDFText_IsGenerated(self._text, i))

    def _letter(self, index: int) -> str:
        code = self._pdfium.FPDFText_GetUnicode(self._text, index)
        if code in (0x02, 0xAD):  # what pdfium makes of a hyphen at a line's end
            return "-"
        return chr(code) if code < 0x110000 else ""

    def _box(self, index: int) -> Box:
        rect = self._pdfium.FS_RECTF()
        self._pdfium.FPDFText_GetLooseCharBox(self._text, index, rect)
        return Box(rect.left, rect.bottom, rect.right, rect.top)

    def _base(self, index: int) -> tuple[float, float]:
        x, y = ctypes.c_double(), ctypes.c_double()
        self._pdfium.FPDFText_GetCharOrigin(self._text, index, x, y)
        return x.value, y.value

    def _is_seen(self, look: _Look, box: Box) -> bool:
        x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        if look.unseen or not look.painted or not self._page.holds(x, y):
            return False
        if look.clip is not None and not look.clip.holds(x, y):
            return False
        return not self._shapes.covered(x, y, look.order) and (not look.white or self._shapes.coloured(x, y))

    def _look(self, index: int) -> _Look:
        owner = self._pdfium.FPDFText_GetTextObject(self._text, index)
        key = ctypes.cast(owner, ctypes.c_void_p).value or 0
        if key not in self._looks:
            self._looks[key] = self._new_look(index, owner, key)
        return self._looks[key]

    def _new_look(self, index: int, owner: Any, key: int) -> _Look:
        matrix = self._pdfium.FS_MATRIX()
        self._pdfium.FPDFText_GetMatrix(self._text, index, matrix)
        size = self._pdfium.FPDFText_GetFontSize(self._text, index) * math.hypot(matrix.c, matrix.d)
        angle = math.degrees(math.atan2(matrix.b, matrix.a)) % 360
        turn = round(angle / 90) * 90 % 360
        slant = min(abs(angle - turn), 360 - abs(angle - turn))
        mode = self._pdfium.FPDFTextObj_GetTextRenderMode(owner) if key else 0
        red, green, blue, alpha = self._colour(index)
        order = self._shapes.order.get(key, -1)
        return _Look(
            size=max(size, 0.1),
            bold=self._is_bold(index),
            turn=turn if slant < 5 else None,
            white=min(red, green, blue) >= 250 and mode not in _STROKED,
            unseen=size < MIN_SIZE or alpha == 0,
            painted=mode not in _INVISIBLE,
            order=order,
            clip=clip_box(self._pdfium, owner) if order >= 0 else None,  # inside a form it has other coordinates
        )

    def _colour(self, index: int) -> tuple[int, int, int, int]:
        parts = [ctypes.c_uint() for _ in range(4)]
        known = self._pdfium.FPDFText_GetFillColor(self._text, index, *parts)
        red, green, blue, alpha = (part.value for part in parts)
        return (red, green, blue, alpha) if known else (0, 0, 0, 255)

    def _is_bold(self, index: int) -> bool:
        name, flags = ctypes.create_string_buffer(200), ctypes.c_int()
        self._pdfium.FPDFText_GetFontInfo(self._text, index, name, 200, flags)
        known = name.value.decode("utf-8", "replace").lower()
        return any(word in known for word in _BOLD) or self._pdfium.FPDFText_GetFontWeight(self._text, index) >= 700
