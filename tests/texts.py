"""A document made of nothing but a text, and pieces that mean something to the parser of Markdown."""

from __future__ import annotations

from hypothesis import strategies as st

from rag import markup
from rag.models import Document, Page

_TABLE = "| a | b |\n|---|---|\n| c | d |\n"
_MARKS = ["\n", "\n\n", "- ", "  - ", "1. ", "# ", "## ", "> ", "|", "```\n", "<!-- ", " -->", _TABLE, "e\u0301", "😀"]


def document(text: str, format_: str = "md", pages: tuple[Page, ...] = ()) -> Document:
    return Document(
        id="d1", source="a.md", title="Titolo", language="it", text=text, version="v1", content_hash="h",
        format=format_, pages=pages, body_start=markup.body_start(text) if format_ == "md" else 0,
    )  # fmt: skip


def pieces(*more: str) -> st.SearchStrategy[str]:
    """The marks of blocks, and a test's own pieces."""
    return st.sampled_from([*_MARKS, *more])
