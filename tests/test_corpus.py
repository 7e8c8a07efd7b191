"""The dossier that ships: one origin, and files that are what their texts say."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import pytest

from rag.documents import SourceFile, read, roots, walk
from rag.models import Document
from rag.text import words
from tools import make_corpus

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
RUNS = Path(__file__).with_name("article_runs.txt")


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    (root,) = roots((CORPUS,))
    return [read(file) for file in walk(root, 2**20) if isinstance(file, SourceFile)]


def test_every_document_names_the_same_origin(documents: list[Document]) -> None:
    assert len(documents) >= 8
    assert {document.provenance for document in documents} == {make_corpus.PROVENANCE}


def test_no_sentence_of_the_article_is_copied(documents: list[Document]) -> None:
    """None of its runs of seven words, kept as hashes; what two people are quoted with in it is left out of them."""
    article = frozenset(RUNS.read_text(encoding="utf-8").split())
    for document in documents:
        told = words(document.text)
        runs = (" ".join(told[at : at + 7]) for at in range(len(told) - 6))
        assert [run for run in runs if blake2b(run.encode(), digest_size=5).hexdigest() in article] == []


def test_it_comes_in_five_forms_and_two_languages(documents: list[Document]) -> None:
    assert {document.format for document in documents} == {"md", "html", "pdf", "docx", "txt"}
    assert {document.language for document in documents} == {"it", "en"}


def test_the_files_that_are_made_are_what_their_texts_make() -> None:
    assert make_corpus.differing(CORPUS, make_corpus.outputs()) == []
