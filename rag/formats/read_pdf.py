"""PDF → Markdown with its pages, by pdfium: text that can be seen, in the order of the page's content."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rag.errors import UnreadableDocument
from rag.formats.extracted import Extracted, Markdown, clean
from rag.formats.pdf_layout import Group, groups
from rag.formats.pdf_page import Sheet, read_sheet
from rag.formats.pdf_shapes import Box
from rag.formats.pdf_tables import Table
from rag.formats.pdf_words import joined, vocabulary
from rag.models import Page

MAX_PAGES = 5000
MAX_LETTERS = 10_000_000
_PDFIUM = threading.Lock()  # pdfium is not thread-safe
_PASSWORD = 4  # pdfium's code for "it needs one"
_JUNK_TITLE = re.compile(  # what programs write when nobody gave one
    r"""untitled.*|senza\ (?:titolo|nome).*|document[oi]?\s*\d*|microsoft\ \w+\ -\ .*|\(?anonymous\)?|[\W\d_]*
    |.*\.(?:docx?|pdf|pptx?|xlsx?|odt|rtf|indd|qxd|tmp)|slide\s*\d*|print(?:out)?|scan.{0,20}""",
    re.IGNORECASE | re.VERBOSE,
)


def read_pdf(data: bytes) -> Extracted:
    with _PDFIUM, _opened(data) as document:
        title = clean(document.get_metadata_value("Title"))
        sheets = _sheets(document)
    if not any(c.isalnum() for sheet in sheets for piece in sheet.pieces for c in piece.text):
        raise UnreadableDocument(
            "It holds no text: its pages are pictures, as a scanner makes them.",
            "Run text recognition (OCR) on it, then add the result.",
        )
    text, pages = _written(groups(sheets), [sheet.number for sheet in sheets])
    metadata: Mapping[str, object] = {} if _JUNK_TITLE.fullmatch(title) else {"title": title}
    return Extracted(text, pages=pages, metadata=metadata)


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD:
            raise UnreadableDocument(
                "It is encrypted: a password is needed to open it.", "Save a copy without a password."
            ) from error
        raise UnreadableDocument("It is damaged, or no PDF at all.", "Open it and save it again.") from error
    try:
        yield document
    finally:
        document.close()


def _sheets(document: Any) -> list[Sheet]:
    count = len(document)
    if count > MAX_PAGES:
        raise UnreadableDocument(f"It has {count} pages; at most {MAX_PAGES} are read.", "Split it.")
    found: list[Sheet] = []
    letters = 0
    for number in range(count):
        sheet = _sheet(document, number)
        letters += sum(len(piece.text) for piece in sheet.pieces)
        if letters > MAX_LETTERS:
            raise UnreadableDocument(f"It holds more than {MAX_LETTERS:,} letters.", "Split it.")
        found.append(sheet)
    return found


def _sheet(document: Any, number: int) -> Sheet:
    """A page; one that pdfium cannot load counts as empty, so that the others can be read."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return Sheet(number + 1, Box(0, 0, 0, 0), ())
    try:
        return read_sheet(page, number + 1)
    finally:
        page.close()


def _written(found: Sequence[Group], numbers: Sequence[int]) -> tuple[str, tuple[Page, ...]]:
    """The text, and the slice of it that stands on each page."""
    words = vocabulary(line.text for group in found for line in group.lines)
    out = Markdown()
    starts: dict[int, int] = {}
    for group in found:
        before = out.length
        places = _write(out, group, words)
        starts.setdefault(group.page, places[0] if places else before)
        if group.turned is not None and places:
            starts.setdefault(group.page + 1, places[group.turned])
    return out.text, _pages(starts, numbers, out.length)


def _write(out: Markdown, group: Group, words: frozenset[str]) -> list[int]:
    """Write one block; returns where each of its lines begins in the text."""
    if group.table:
        _write_table(out, group.table, words)
        return []
    text, places = joined(group.texts, words)
    if group.level:
        start = out.heading(group.level, text)
    elif group.mark is not None:
        number = group.mark.rstrip(".)")
        shown = "" if number.isdecimal() or not group.mark[-1:].isascii() or group.mark in "-*o" else f"{group.mark} "
        start = out.item(shown + text, group.depth, int(number) if number.isdecimal() else None) + len(shown)
    else:
        start = out.paragraph(text)
    return [start + place for place in places]


def _write_table(out: Markdown, table: Table, words: frozenset[str]) -> None:
    out.table([[joined(cell, words)[0] for cell in row] for row in table.rows], table.headed)


def _pages(starts: Mapping[int, int], numbers: Sequence[int], length: int) -> tuple[Page, ...]:
    """Contiguous slices in page order; a page without text has an empty one."""
    found: list[Page] = []
    end = length
    for number in reversed(numbers):
        start = 0 if number == numbers[0] else min(starts.get(number, end), end)
        found.append(Page(number, start, end))
        end = start
    return tuple(reversed(found))
