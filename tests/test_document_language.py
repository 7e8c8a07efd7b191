"""The language of a document: what it says of it, else what its words look like to the detector itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import docx, html, pdf, text_page

from rag.documents import Root, SourceFile, read

# What no front matter says is looked at: the words, whatever names and headings of the other language stand among them.
SPOKEN = {
    "it": (
        "Il vertice con General Motors",
        "La delegazione ha visitato il Warren Technical Center e ha parlato di idrogeno.",
        "Il giorno dopo i tecnici sono tornati a Torino con due proposte del Michigan Economic Development Office.",
    ),
    "en": (
        "The visit to Palazzo Lascaris",
        "The delegation toured the Politecnico di Torino and spoke about hydrogen trains.",
        "A day later the engineers went back to Detroit with two proposals from the Regione Piemonte.",
    ),
}


def _language(name: str, data: bytes, sidecar: bytes | None = None) -> str:
    return read(SourceFile(Root(Path("/corpus"), "corpus"), name, "hash", data, sidecar)).language


def _word_file(heading: str, *paragraphs: str) -> bytes:
    def build(made: Any) -> None:
        made.add_heading(heading)
        for paragraph in paragraphs:
            made.add_paragraph(paragraph)

    return docx(build)


@pytest.mark.parametrize("spoken", SPOKEN)
def test_a_file_that_does_not_say_its_language_is_read_for_it_in_every_format(spoken: str) -> None:
    heading, *paragraphs = SPOKEN[spoken]
    plain = "\n\n".join([heading, *paragraphs]).encode()
    files = {
        "a.md": b"# " + plain,
        "a.txt": plain,
        "a.html": html(f"<h1>{heading}</h1>" + "".join(f"<p>{p}</p>" for p in paragraphs)),
        "a.pdf": pdf(text_page(heading, "", *paragraphs)),
        "a.docx": _word_file(heading, *paragraphs),
    }
    assert {name: _language(name, data) for name, data in files.items()} == dict.fromkeys(files, spoken)


def test_what_a_file_says_of_its_language_comes_before_what_its_words_look_like() -> None:
    body = "\n\n".join(SPOKEN["it"])
    assert _language("a.md", f"---\nlanguage: en-GB\n---\n{body}".encode()) == "en"
    assert _language("a.md", body.encode(), b"language: en") == "en"
    assert _language("a.md", f"---\nlanguage: fr\n---\n{body}".encode()) == "it", "a language that is not spoken here"
