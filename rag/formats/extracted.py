"""What every reader shares: its result, decoding, cleaning, and a writer of the Markdown that rag/markup.py parses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import yaml

from rag import markup
from rag.errors import UnreadableDocument
from rag.models import Page

MAX_DEPTH = 8  # of nested list items; deeper ones are written at this depth
MAX_COLUMNS = 60
_MAX_YAML = 100_000  # characters; the parser is slow, and metadata is short


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a reader found: the text, its pages where the format has them, and the file's own metadata."""

    text: str
    pages: tuple[Page, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)
    body_start: int = 0


# What UTF-8 cannot hold, NUL, and the tag characters, which hide words from people and not from a model.
_FORBIDDEN = re.compile("[\x00\ud800-\udfff\U000e0000-\U000e007f]")
# Not shown, or only steering how text is shown: soft hyphens, zero widths, directions, controls.
_UNSHOWN = re.compile(
    "[\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1b")
_RAISED = str.maketrans("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")

_ENTRY = re.compile(r"\d{1,2}(?:[.:]\d\d\b|[.)]\s|[/-]\d|\s+\w+\s*[:–-])")  # how a line of an agenda or a list opens


def storable(text: str) -> str:
    """The text with what cannot be stored or is never seen replaced one for one: offsets stay."""
    return _FORBIDDEN.sub("\ufffd", text)


def clean(text: str) -> str:
    """Words as shown on one line: white space collapsed, characters without a shape of their own removed."""
    return " ".join(_UNSHOWN.sub("", _FORBIDDEN.sub("", text)).split())


def raised(text: str) -> str:
    """Superscript: "miliardi" and a note mark 2 must not become "miliardi2", nor 10 to the 6 become "106"."""
    return text.translate(_RAISED)


def lowered(text: str) -> str:
    return text.translate(_LOWERED)


def refuse_binary(data: bytes) -> None:
    """A few stray control characters are no harm; more than one in a hundred bytes is no text."""
    if len(data) - len(data.translate(None, _CONTROLS)) > max(4, len(data) / 100):
        raise UnreadableDocument("The file is binary, not text.", "Save it as text, PDF or DOCX.")


def decode(data: bytes) -> str:
    """UTF-8 (with or without a mark), UTF-16 with a mark, else Windows-1252, as old office files are."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return storable(data.decode("utf-16", errors="replace"))
    refuse_binary(data)
    try:
        return storable(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return storable(data.decode("cp1252", errors="replace"))


class _Loader(yaml.SafeLoader):
    """Metadata names nothing twice: a few aliases, merged into each other, would keep the parser busy for ever."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it refers to another part of itself")
        return super().compose_node(parent, index)

    def whole_number(self, node: yaml.ScalarNode) -> int:
        """Raises ValueError for one of more digits than can be written out."""
        number = self.construct_yaml_int(node)
        str(number)
        return number


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.whole_number)


def parse_yaml(text: str) -> Mapping[str, object]:
    """The `key: value` lines of a front matter or a sidecar, keys in lower case."""
    if len(text) > _MAX_YAML:
        raise UnreadableDocument("Its metadata is longer than a document's metadata can be.", "Shorten it.")
    try:
        found = yaml.load(text, _Loader)
    except (
        yaml.YAMLError,
        ValueError,
        RecursionError,
        OverflowError,
    ) as error:  # ValueError: a 31st of February
        raise UnreadableDocument(
            f"Its metadata is not valid YAML ({' '.join(str(error).split())[:120]}).",
            "Mend the lines between the dashes, or the sidecar file.",
        ) from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise UnreadableDocument("Its metadata is not a list of `key: value` lines.", "Write one `key: value` a line.")
    return {str(key).lower(): value for key, value in found.items()}


def broken_lines(lines: Sequence[str]) -> list[str]:
    """Lines that a typist broke by hand, joined into paragraphs.

    A new one begins after a full stop or a lead's colon, before a time, a numbered point or a bullet, and at an
    empty line.
    """
    paragraphs: list[str] = []
    fresh = True
    for line in (clean(line) for line in lines):
        if not line:
            fresh = True
        elif fresh or paragraphs[-1][-1] in ".:;!?…»”" or _ENTRY.match(line) or line[0] in markup.BULLETS:
            paragraphs.append(line)
            fresh = False
        else:
            paragraphs[-1] += f" {line}"
    return paragraphs


class Markdown:
    """Writes blocks so that `markup.blocks` reads the same ones back. Words go in as they are, without markup."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._in_list = False
        self.length = 0

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def _block(self, marker: str, words: str, in_list: bool = False) -> int:
        """Write one block; returns where its words begin in the text."""
        gap = ("\n" if in_list and self._in_list else "\n\n") if self._parts else ""
        self._parts += [gap, marker, words]
        self._in_list = in_list
        self.length += len(gap) + len(marker) + len(words)
        return self.length - len(words)

    def heading(self, level: int, words: str) -> int:
        return self._block("#" * max(1, min(level, 6)) + " ", words)

    def quote(self, words: str) -> int:
        return self._block("> ", words)

    def item(self, words: str, depth: int = 0, number: int | None = None) -> int:
        mark = f"{number}." if number is not None and 0 <= number < 1000 else "-"
        return self._block("  " * min(depth, MAX_DEPTH) + mark + " ", words, in_list=True)

    def paragraph(self, words: str) -> int:
        """A typed bullet is an item. Any other marker at the beginning keeps its words by a no-break space before
        it: unlike a backslash it is not seen, and the parser leaves it out of the block."""
        if words[:1] in markup.BULLETS and words[1:].strip():
            return self.item(words[1:].lstrip())
        return self._block("\u00a0" if markup.is_marked(words) else "", words)

    def table(self, rows: Sequence[Sequence[str]], headed: bool = True) -> None:
        """Rows of cells, the first being the header. Without one, an empty header stands in for it, and a row of a
        name and a value becomes an item."""
        table = _without_empty(rows)
        width = max((len(row) for row in table), default=0)
        if width < 2 or len(table) == 1:  # a frame around text, or a list drawn as a table
            write = self.paragraph if len(table) == 1 else self.item
            for cell in (cell for row in table for cell in row if cell):
                write(cell)
            return
        if not headed and width == 2:
            for name, value in table:
                self.item(f"{name.rstrip(':')}: {value}" if name and value else name or value)
            return
        if not headed:
            table.insert(0, [""] * width)
        lines = [_table_row([*row, *[""] * (width - len(row))]) for row in table]
        self._block("", "\n".join([lines[0], "|" + "---|" * width, *lines[1:]]))


def _without_empty(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The rows without empty rows and columns, which carry nothing and shift the headers."""
    full = [list(row[:MAX_COLUMNS]) for row in rows if any(row)]
    width = max((len(row) for row in full), default=0)
    used = [i for i in range(width) if any(i < len(row) and row[i] for row in full)]
    return [[row[i] if i < len(row) else "" for i in used] for row in full]


def _table_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
