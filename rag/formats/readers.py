"""Bytes → text, one reader a format. A reader reports what it cannot read and never guesses.

HTML, DOCX and PDF become Markdown (headings, lists, tables), so that one parser serves all formats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rag import markup
from rag.formats.extracted import Extracted, decode, parse_yaml
from rag.formats.read_docx import read_docx
from rag.formats.read_html import read_html
from rag.formats.read_pdf import read_pdf

__all__ = ["READERS", "Extracted", "decode", "parse_yaml"]


def front_matter(text: str) -> tuple[Mapping[str, object], int]:
    """(metadata, where the body begins) of a text that may open with YAML between two lines of dashes."""
    start = markup.body_start(text)
    if not start:
        return {}, 0
    inner = text[:start].lstrip("\ufeff").strip()
    return parse_yaml(inner.removeprefix("---").removesuffix("---").removesuffix("...")), start


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
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
}
