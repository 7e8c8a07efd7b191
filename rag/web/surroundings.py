"""What stands around a quote in its document: the words beside it in its paragraph, and the heading above it."""

from __future__ import annotations

from dataclasses import dataclass

from rag import markup
from rag.markup import Block, BlockKind
from rag.models import Citation

BESIDE = 140  # characters shown on either side of a quote
LOOKED_AT = 6000  # characters on either side of a quote in which its paragraph and heading are looked for
_RUNNING = (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.QUOTE)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Plain text, each "" where there is none; `before` and `after` hold the space that keeps them from the quote."""

    heading: str
    before: str
    after: str


def surroundings(citation: Citation) -> Surroundings:
    document = citation.document
    text, marked = document.text, document.format == "md"
    # From the beginning of a line, if there is one near; no more, however long the lines are.
    first = max(document.body_start, citation.start - 2 * LOOKED_AT)
    start = text.rfind("\n", first, max(first, citation.start - LOOKED_AT)) + 1 or first
    found = markup.blocks(text, start, min(len(text), citation.end + LOOKED_AT), document.format)
    above = [b for b in found if b.kind is BlockKind.HEADING and b.end <= citation.start]
    heading = markup.plain(text[above[-1].start : above[-1].end], marked) if above else ""
    block = next((b for b in found if _holds(b, citation)), None)
    if block is None:
        return Surroundings(heading, "", "")
    before, after = text[block.start : citation.start], text[citation.end : block.end]
    return Surroundings(
        heading,
        _end_of(markup.plain(before, marked)) + " " * before[-1:].isspace(),
        " " * after[:1].isspace() + _start_of(markup.plain(after, marked)),
    )


def _holds(block: Block, citation: Citation) -> bool:
    return block.kind in _RUNNING and block.start <= citation.start and citation.end <= block.end


def _start_of(text: str) -> str:
    return text if len(text) <= BESIDE else text[:BESIDE].rpartition(" ")[0] + " …"


def _end_of(text: str) -> str:
    return text if len(text) <= BESIDE else "… " + text[-BESIDE:].partition(" ")[2]
