"""What is drawn on a PDF page besides text: rules and boxes, which tell rows of tables and hide or show letters."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any

MAX_OBJECTS = 50_000  # looked at on one page; drawings have more, and no table does
MAX_BOXES = 2000  # kept of each sort
_TEXT, _PATH, _IMAGE, _SHADING, _FORM = 1, 2, 3, 4, 5
MAX_CLIPS, MAX_CORNERS = 8, 50
_BOX_SEGMENTS = 5  # to the first corner, three sides more, and back
_THIN = 3.0  # points; a flatter shape is a line


@dataclass(frozen=True, slots=True)
class Box:
    x0: float
    y0: float
    x1: float
    y1: float

    def holds(self, x: float, y: float) -> bool:
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1

    @property
    def area(self) -> float:
        return max(self.x1 - self.x0, 0) * max(self.y1 - self.y0, 0)


@dataclass
class Shapes:
    """`lying` and `standing` are the lines and edges drawn in either direction; `order` is each text object's place
    in the order of drawing, by its address."""

    lying: list[Box] = field(default_factory=list)
    standing: list[Box] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    grounds: list[Box] = field(default_factory=list)  # not white: white letters can be read on them
    covers: list[tuple[int, Box]] = field(default_factory=list)  # opaque boxes, with their place in the order
    order: dict[int, int] = field(default_factory=dict)

    def pictured(self, page: Box) -> bool:
        """Whether one picture fills most of the page, as a scan does."""
        return any(picture.area >= 0.6 * page.area > 0 for picture in self.pictures)

    def coloured(self, x: float, y: float) -> bool:
        return any(box.holds(x, y) for box in self.grounds) or any(box.holds(x, y) for box in self.pictures)

    def covered(self, x: float, y: float, order: int) -> bool:
        """Whether a box drawn later lies on it: words blacked out in a PDF are often still there."""
        return order >= 0 and any(later > order and box.holds(x, y) for later, box in self.covers)


def read_shapes(page: Any) -> Shapes:
    """The shapes of a pypdfium2 page. The caller holds pdfium's lock."""
    import pypdfium2.raw as pdfium

    shapes = Shapes()
    for order in range(min(pdfium.FPDFPage_CountObjects(page), MAX_OBJECTS)):
        shape = pdfium.FPDFPage_GetObject(page, order)
        sort = pdfium.FPDFPageObj_GetType(shape)
        if sort == _TEXT:
            shapes.order[ctypes.cast(shape, ctypes.c_void_p).value or 0] = order
        elif sort == _PATH:
            _add_path(shapes, pdfium, shape, order)
        elif sort in (_IMAGE, _SHADING, _FORM) and len(shapes.pictures) < MAX_BOXES:
            (shapes.pictures if sort == _IMAGE else shapes.grounds).append(_bounds(pdfium, shape))
    return shapes


def _add_path(shapes: Shapes, pdfium: Any, shape: Any, order: int) -> None:
    if max(len(shapes.lying), len(shapes.standing), len(shapes.grounds)) >= MAX_BOXES:
        return
    box = _bounds(pdfium, shape)
    filled, stroked = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(shape, filled, stroked)
    if not (filled.value or stroked.value):
        return
    _add_edges(shapes, box)
    if filled.value and box.y1 - box.y0 > _THIN and box.x1 - box.x0 > _THIN:
        if _is_coloured(pdfium, shape):
            shapes.grounds.append(box)
        if _is_opaque_box(pdfium, shape):
            shapes.covers.append((order, box))


def _add_edges(shapes: Shapes, box: Box) -> None:
    wide, high = box.x1 - box.x0, box.y1 - box.y0
    if high <= _THIN < wide:
        shapes.lying.append(box)
    elif wide <= _THIN < high:
        shapes.standing.append(box)
    elif wide > _THIN:
        shapes.lying += [Box(box.x0, y, box.x1, y) for y in (box.y0, box.y1)]
        shapes.standing += [Box(x, box.y0, x, box.y1) for x in (box.x0, box.x1)]


def _is_coloured(pdfium: Any, shape: Any) -> bool:
    parts = [ctypes.c_uint() for _ in range(4)]
    known = pdfium.FPDFPageObj_GetFillColor(shape, *parts)
    red, green, blue, alpha = (part.value for part in parts)
    return not known or (alpha > 0 and min(red, green, blue) < 250)


def _bounds(pdfium: Any, shape: Any) -> Box:
    parts = [ctypes.c_float() for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(shape, *parts)
    left, bottom, right, top = (part.value for part in parts)
    if clip := clip_box(pdfium, shape):  # what is drawn may be much larger than what is shown of it
        return Box(max(left, clip.x0), max(bottom, clip.y0), min(right, clip.x1), min(top, clip.y1))
    return Box(left, bottom, right, top)


def clip_box(pdfium: Any, shape: Any) -> Box | None:
    """The bounds of what the object is cut to; None if it is shown whole."""
    clips = _clips(pdfium, shape)
    if not clips:
        return None
    left, bottom = (max(min(corner[i] for corner in corners) for corners in clips) for i in (0, 1))
    right, top = (min(max(corner[i] for corner in corners) for corners in clips) for i in (0, 1))
    return Box(left, bottom, right, top)


def _clips(pdfium: Any, shape: Any) -> list[list[tuple[float, float]]]:
    """The corners of each outline that the shape is cut to."""
    clip = pdfium.FPDFPageObj_GetClipPath(shape)
    found: list[list[tuple[float, float]]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for number in range(min(pdfium.FPDFClipPath_CountPaths(clip), MAX_CLIPS)):
        corners: list[tuple[float, float]] = []
        for step in range(min(pdfium.FPDFClipPath_CountPathSegments(clip, number), MAX_CORNERS)):
            pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFClipPath_GetPathSegment(clip, number, step), x, y)
            corners.append((x.value, y.value))
        if corners:
            found.append(corners)
    return found


def _is_opaque_box(pdfium: Any, shape: Any) -> bool:
    """Whether all letters inside its bounds are covered: only then may they count as blacked out."""
    straight = pdfium.FPDFPath_CountSegments(shape) <= _BOX_SEGMENTS
    cut_straight = all(len(corners) <= _BOX_SEGMENTS for corners in _clips(pdfium, shape))
    return straight and cut_straight and not pdfium.FPDFPageObj_HasTransparency(shape)
