"""Word files → Markdown, in the order of the document; what Word does not show is not read."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.errors import UnreadableDocument
from rag.formats.docx_styles import Styles, W, value
from rag.formats.docx_tables import rows_of
from rag.formats.extracted import Extracted, Markdown, broken_lines, clean, lowered, raised

MAX_RATIO = 20  # unpacked bytes per byte of the file, above which it may be a bomb
MAX_UNPACKED = 200 * 2**20
MAX_PART = 64 * 2**20  # of XML: parsed, it takes ten times as much memory
MAX_PARTS = 10_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_FORMULA = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_LEFT_OUT = frozenset((_FALLBACK, *(W + n for n in ("del", "moveFrom", "pPr", "rPr", "sdtPr", "txbxContent"))))
_BLOCKS = frozenset((W + "p", W + "tbl"))
_BREAKS = {W + "br": "\n", W + "cr": "\n", W + "tab": " ", W + "ptab": " ", W + "noBreakHyphen": "-"}
_JUNK_TITLE = re.compile(r"(?:word|microsoft word)? ?documento?\d*|.*\.(?:docx?|dotx?|odt|rtf)|[\W\d_]*", re.IGNORECASE)


def read_docx(data: bytes) -> Extracted:
    _check_container(data)
    from docx import Document

    document = Document(io.BytesIO(data))
    part = document.part
    styles = Styles(_element(part, "styles"), _element(part, "numbering"))
    reader = _Reader(styles, _footnotes(part), white_page=document.element.find(W + "background") is None)
    reader.read(document.element.body)
    title = clean(document.core_properties.title or "")
    return Extracted(reader.out.text, metadata={} if _JUNK_TITLE.fullmatch(title) else {"title": title})


def _check_container(data: bytes) -> None:
    """Refuse, before anything is unpacked, what is no Word file or would fill the memory."""
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableDocument(
                "It is encrypted: a password is needed to open it.", "Save a copy without a password."
            )
        raise UnreadableDocument("It is a Word file of before 2007.", "Save it as DOCX.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableDocument("It is damaged, or no Word file at all.", "Open it and save it again.") from error
    unpacked = sum(member.file_size for member in members)
    xml = max((m.file_size for m in members if m.filename.endswith((".xml", ".rels"))), default=0)
    if (unpacked > MAX_UNPACKED and unpacked > MAX_RATIO * len(data)) or xml > MAX_PART or len(members) > MAX_PARTS:
        raise UnreadableDocument(
            f"It unpacks to {unpacked / 2**20:.0f} MiB from {len(data) / 2**20:.1f}: too much for a text.",
            "Split it.",
        )
    if "word/document.xml" not in {member.filename for member in members}:
        raise UnreadableDocument("It is a ZIP archive, but no Word file.", "Add the documents in it one by one.")


def _element(part: Any, name: str) -> Any:
    """The parsed root of a related part of the file, as its styles or footnotes; None if there is none."""
    from docx.oxml.parser import parse_xml

    inside = (relation for relation in part.rels.values() if not relation.is_external)
    related = next((r.target_part for r in inside if r.reltype.endswith(f"/{name}")), None)
    if related is None:
        return None
    return related.element if hasattr(related, "element") else parse_xml(related.blob)


def _footnotes(part: Any) -> dict[str, Any]:
    root = _element(part, "footnotes")
    return {} if root is None else {note.get(W + "id"): note for note in root.iter(W + "footnote")}


def blocks(container: Any) -> Iterator[Any]:
    """Its paragraphs and tables in order, those inside content controls and insertions too. The parser lets nothing
    nest deeper than 256, so that this recursion ends early."""
    for child in container:
        if child.tag in _BLOCKS:
            yield child
        elif isinstance(child.tag, str) and child.tag not in _LEFT_OUT:
            yield from blocks(child)


@dataclass
class _Reader:
    """The state of the walk through the document's blocks."""

    styles: Styles
    notes: dict[str, Any]
    white_page: bool
    out: Markdown = field(default_factory=Markdown)
    counts: dict[tuple[str, int], int] = field(default_factory=dict)  # of numbered items, by list and depth
    noted: list[str] = field(default_factory=list)  # footnotes to be written under the current block
    note_count: int = 0
    shift: int = 0  # of heading levels, below a title
    level: int = 1  # of the last heading

    def read(self, body: Any) -> None:
        self.shift = int(any(self.styles.heading_level(p) == 0 for p in body.iter(W + "p")))
        self.read_blocks(body)
        self.write_notes()

    def read_blocks(self, container: Any) -> None:
        for block in blocks(container):
            if block.tag == W + "tbl":
                self.table(block)
            elif not self.styles.is_contents(block):
                self.paragraph(block)
                for box in block.iter(W + "txbxContent"):
                    if next(box.iterancestors(_FALLBACK), None) is None:
                        self.read_blocks(box)

    def paragraph(self, paragraph: Any) -> None:
        level = self.styles.heading_level(paragraph)
        place = self.styles.list_place(paragraph) if level is None else None
        if place is None:  # notes called in a list stand under its last item
            self.write_notes()
        found = broken_lines(self.words(paragraph).split("\n"))
        if not found:
            return
        if level is not None:
            self.level = max(level + self.shift, 1)
            self.out.heading(self.level, " ".join(found))
        elif place is not None:
            self.item(" ".join(found), *place)
        elif len(found) == 1 and self.is_bold_line(paragraph, found[0]):
            self.out.heading(self.level + 1, found[0])
        else:
            write = self.out.quote if self.styles.is_quote(paragraph) else self.out.paragraph
            for words in found:
                write(words)

    def item(self, words: str, number_of: str, depth: int, numbered: bool) -> None:
        for key in [key for key in self.counts if key[0] == number_of and key[1] > depth]:
            del self.counts[key]
        count = self.counts[number_of, depth] = self.counts.get((number_of, depth), 0) + 1
        self.out.item(words, depth, count if numbered else None)

    def is_bold_line(self, paragraph: Any, words: str) -> bool:
        """Whether a short line in bold does a heading's work, as where nobody uses styles."""
        runs = [run for run in paragraph.iter(W + "r") if "".join(t.text or "" for t in run.iter(W + "t")).strip()]
        wordy = any(c.isalpha() for c in words) and len(words) <= 100 and words[-1] not in ".;:,"
        return wordy and all(self.styles.is_bold(run, paragraph) for run in runs)

    def words(self, paragraph: Any) -> str:
        """What the paragraph shows, line breaks kept."""
        from lxml import etree

        found: list[str] = []
        shape: Callable[[str], str] = str
        walker = etree.iterwalk(paragraph, events=("start",))
        for _, element in walker:
            tag = element.tag
            if tag in _LEFT_OUT or (tag == W + "r" and self.is_unseen(element, paragraph)):
                walker.skip_subtree()
            elif tag == W + "r":
                raising = {"superscript": raised, "subscript": lowered}
                shape = raising.get(value(element, "rPr/vertAlign") or "", str)
            elif tag in (W + "t", _FORMULA):
                found.append(shape(element.text or ""))
            elif tag == W + "footnoteReference":
                found.append(self.note(element.get(W + "id")))
            else:
                found.append(_BREAKS.get(tag, ""))
        return "".join(found)

    def is_unseen(self, run: Any, paragraph: Any) -> bool:
        if self.styles.is_hidden(run, paragraph):
            return True
        plain_ground = self.white_page and next(paragraph.iterancestors(W + "tbl", W + "txbxContent"), None) is None
        return plain_ground and self.styles.is_white(run, paragraph)

    def note(self, id_: str) -> str:
        """A footnote's mark; its words are kept for under the block."""
        note = self.notes.pop(id_, None)
        words = clean(" ".join(self.words(p) for p in note.iter(W + "p"))) if note is not None else ""
        if not words:
            return ""
        self.note_count += 1
        mark = raised(str(self.note_count))
        self.noted.append(f"{mark} {words}")
        return mark

    def write_notes(self) -> None:
        for words in self.noted:
            self.out.paragraph(words)
        self.noted = []

    def table(self, table: Any) -> None:
        self.write_notes()
        cells = list(table.iter(W + "tc"))
        if len(cells) == 1:  # a frame around text
            self.read_blocks(cells[0])
            return
        rows, headed = rows_of(table, self.cell_words, self.is_bold_cell)
        self.out.table(rows, headed)

    def cell_words(self, cell: Any) -> str:
        """The cell's words on one line; the points of a list are kept apart by semicolons."""
        found = ""
        for paragraph in cell.iter(W + "p"):
            words = clean(self.words(paragraph))
            if words:
                gap = "; " if self.styles.list_place(paragraph) and found and found[-1] not in ":;" else " "
                found += gap + words if found else words
        return found

    def is_bold_cell(self, cell: Any) -> bool:
        return all(
            self.styles.is_bold(run, paragraph)
            for paragraph in cell.iter(W + "p")
            for run in paragraph.iter(W + "r")
            if next(run.iter(W + "t"), None) is not None
        )
