"""What is shown around a quote: the words beside it and the heading above, without reading the whole document."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag import markup
from rag.markup import Block
from rag.models import Citation, Document
from rag.web.surroundings import BESIDE, LOOKED_AT, surroundings

QUOTE = "Il vertice si è tenuto a Warren."
BESIDES = "Una frase che sta intorno e che riempie la pagina. "


def cited(text: str) -> Citation:
    """The quote in a document of this text."""
    held = Document(
        id="d", source="d.md", title="Titolo", language="it", text=text, version="v", content_hash="h", format="md"
    )
    start = text.index(QUOTE)
    return Citation(1, held, "p", QUOTE, QUOTE, QUOTE, start, start + len(QUOTE), None, 0.9)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_quote_has_the_heading_above_and_the_words_beside_it(newline: str) -> None:
    text = newline.join(["# Titolo", "", "## Il vertice", "", f"Prima. {QUOTE} Dopo.", "", "Altro paragrafo."])
    found = surroundings(cited(text))
    assert (found.heading, found.before, found.after) == ("Il vertice", "Prima. ", " Dopo.")


@pytest.mark.parametrize("gap", ["", "\n", "\r\n", "\r\n\r\n"], ids=["one line", "lines", "crlf lines", "crlf"])
def test_no_more_is_read_than_stands_near(monkeypatch: pytest.MonkeyPatch, gap: str) -> None:
    """Texts without an empty line as much as others: on the page of an answer everybody else waits meanwhile."""
    read: list[int] = []
    blocks = markup.blocks

    def counted(text: str, start: int, end: int, format_: str) -> Sequence[Block]:
        read.append(end - start)
        return blocks(text, start, end, format_)

    monkeypatch.setattr(markup, "blocks", counted)
    around = (BESIDES + gap) * 4000
    found = surroundings(cited(around + QUOTE + " " + around))
    assert read
    assert max(read) <= 3 * LOOKED_AT + len(QUOTE)
    assert len(found.before) <= BESIDE + 3
    assert len(found.after) <= BESIDE + 3
    if gap in ("", "\n"):
        assert found.before.rstrip().endswith(BESIDES.rstrip())
