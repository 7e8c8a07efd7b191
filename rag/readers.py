"""Bytes → text, one reader a format. A reader reports what it cannot read and never guesses.

HTML, DOCX and PDF become Markdown (headings, lists, tables), so that one parser serves all formats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import yaml

from rag import markup
from rag.errors import UnreadableDocument
from rag.models import Page


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a reader found: the text, its pages where the format has them, and the file's own metadata."""

    text: str
    pages: tuple[Page, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)
    body_start: int = 0


def decode(data: bytes) -> str:
    """UTF-8 (with or without a mark), UTF-16 with a mark, else Windows-1252, as old office files are."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    if b"\x00" in data:
        raise UnreadableDocument("The file is binary, not text.", "Save it as text, PDF or DOCX.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def front_matter(text: str) -> tuple[Mapping[str, object], int]:
    """(metadata, where the body begins) of a text that may open with YAML between two lines of dashes."""
    start = markup.body_start(text)
    if not start:
        return {}, 0
    inner = text[:start].lstrip("\ufeff").strip()
    return parse_yaml(inner.removeprefix("---").removesuffix("---").removesuffix("...")), start


def parse_yaml(text: str) -> Mapping[str, object]:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UnreadableDocument(
            f"Its metadata is not valid YAML ({' '.join(str(error).split())[:120]}).",
            "Mend the lines between the dashes, or the sidecar file.",
        ) from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise UnreadableDocument("Its metadata is not a list of `key: value` lines.", "Write one `key: value` a line.")
    return {str(key).lower(): value for key, value in found.items()}


def read_markdown(data: bytes) -> Extracted:
    text = decode(data)
    metadata, start = front_matter(text)
    return Extracted(text, metadata=metadata, body_start=start)


def read_plain(data: bytes) -> Extracted:
    return Extracted(decode(data))


READERS: Mapping[str, Callable[[bytes], Extracted]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_plain,
}
