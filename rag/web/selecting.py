"""Words that a reader has selected on a document's page → the place in the document's text where they stand."""

from __future__ import annotations

import re
from itertools import islice

from rag.models import Document, Span

MAX_SELECTED = 420  # characters: as long as a quote may be
# What may stand between two words of the source and is not seen on the page: white space and marks.
_GAP = r"[\s*_~`>|\\]*"
_PIECE = re.compile(r"\w+|[^\w\s]")


def selected(document: Document, words: str, before: int) -> Span | None:
    """Where the words stand for the (`before` + 1)th time, or for the last time where they stand less often."""
    pieces = [piece for piece in _PIECE.findall(words[:MAX_SELECTED]) if piece not in "*_~`>|\\"]
    if not any(piece.isalnum() for piece in pieces):
        return None
    pattern = re.compile(_GAP.join(map(re.escape, pieces)))
    found = list(islice(pattern.finditer(document.text, document.body_start), before + 1))
    return Span(*found[-1].span()) if found else None
