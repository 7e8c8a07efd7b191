"""Pieces of a PDF page → the lines they stand on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag import markup
from rag.formats.pdf_page import Piece

_LEADERS = re.compile(r"(?:\.[ ]?){5}[ ]?[\divxlc]{1,5}\Z")
_MARK = re.compile(r"(?:[-–—o*§→]|\d{1,3}[.)]|[a-z][.)]|\d+(?:\.\d+)+\.?|\[\d+\])\Z")


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces on one base line, in the order of the page's content, each further right than the one before."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return " ".join(piece.text for piece in self.pieces)

    @property
    def x0(self) -> float:
        return self.pieces[0].x0

    @property
    def x1(self) -> float:
        return self.pieces[-1].x1

    @property
    def y(self) -> float:
        return self.pieces[0].y

    @property
    def look(self) -> Piece:
        """The piece with most of the line's letters: the line looks like it."""
        return max(self.pieces, key=lambda piece: len(piece.text))

    @property
    def leads_to_page(self) -> bool:
        """Whether it is a line of a table of contents: dots, and a page number."""
        return bool(_LEADERS.search(self.text))

    @property
    def marked(self) -> bool:
        """Whether it opens with a bullet or a number that stands apart."""
        return len(self.pieces) > 1 and is_mark(self.pieces[0].text)


def lines(pieces: Sequence[Piece]) -> list[Line]:
    found: list[list[Piece]] = []
    for piece in pieces:
        last = found[-1][-1] if found else None
        if last and last.turn == piece.turn and abs(last.y - piece.y) <= 0.3 * piece.size and piece.x0 >= last.x1 - 1:
            found[-1].append(piece)
        else:
            found.append([piece])
    return [Line(tuple(line)) for line in found]


def is_mark(text: str) -> bool:
    """Whether a piece is a bullet or the number of an item, and so no cell."""
    return text in markup.BULLETS or bool(_MARK.match(text))
