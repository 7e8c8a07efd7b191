"""What a sync takes out of the index only if it is meant, and how much of a corpus it holds at once."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from standins import MIB, open_index, write
from test_index import FILES, reasons, sync, texts

from rag.documents import content_hash, document_id, roots
from rag.errors import ConfigurationError
from rag.index import Index, Progress


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write(tmp_path / "corpus", FILES)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return open_index(tmp_path / "data")


def test_more_than_half_vanishing_is_refused_and_changes_nothing(index: Index, corpus: Path, tmp_path: Path) -> None:
    sync(index, corpus)
    before = (texts(index), index.vectors.ids())
    (corpus / "a.md").unlink()
    (corpus / "b.txt").unlink()
    write(corpus, {"new.txt": "Nuovo.\n"})
    with pytest.raises(ConfigurationError, match="2 of 3") as caught:
        sync(index, corpus)
    assert "--prune" in caught.value.hint
    assert (texts(index), index.vectors.ids()) == before


def test_an_empty_folder_in_place_of_the_corpus_is_refused(index: Index, corpus: Path, tmp_path: Path) -> None:
    sync(index, corpus)
    (tmp_path / "empty" / "corpus").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="3 of 3"):
        sync(index, tmp_path / "empty" / "corpus")
    assert len(texts(index)) == 3


def test_a_disk_that_gives_empty_files_does_not_empty_the_index(index: Index, corpus: Path) -> None:
    sync(index, corpus)
    before = (texts(index), index.vectors.ids())
    write(corpus, {"a.md": b"", "b.txt": b""})
    with pytest.raises(ConfigurationError, match="2 of 3"):
        sync(index, corpus)
    assert (texts(index), index.vectors.ids()) == before
    assert [s.source for s in index.manifest.skipped()] == ["a.md", "b.txt"]
    assert sync(index, corpus, prune=True).removed == ("a.md", "b.txt")
    assert texts(index) == {"Acciaio e vetro."}


def test_vanished_and_unreadable_files_count_together(index: Index, corpus: Path) -> None:
    sync(index, corpus)
    (corpus / "a.md").unlink()
    write(corpus, {"b.txt": b"", "sub/c.html": "<p>Vetro.</p>"})
    with pytest.raises(ConfigurationError, match="2 of 3"):
        sync(index, corpus)
    assert texts(index) == {"Treni a idrogeno.", "Vino e pane.", "Vetro."}
    assert index.vectors.ids() == index.manifest.vector_ids()


def test_the_only_document_vanishes_no_more_silently_than_many(index: Index, tmp_path: Path) -> None:
    corpus = write(tmp_path / "corpus", {"a.md": "Treni.\n"})
    sync(index, corpus)
    (corpus / "a.md").unlink()
    with pytest.raises(ConfigurationError, match="1 of 1"):
        sync(index, corpus)
    assert sync(index, corpus, prune=True).removed == ("a.md",)


def test_a_sync_after_one_that_was_cut_off_has_every_server_look_anew(index: Index, corpus: Path) -> None:
    class Killed(BaseException):
        pass

    def kill(_: Progress) -> None:
        raise Killed

    with pytest.raises(Killed):  # the only change is stored, and nobody was told
        index.sync(roots((corpus,)), report=kill)
    before = index.manifest.revision()
    sync(index, corpus)
    told = index.manifest.revision()
    assert told != before
    sync(index, corpus)
    assert index.manifest.revision() == told


def test_prune_lets_them_vanish(index: Index, corpus: Path) -> None:
    sync(index, corpus)
    (corpus / "a.md").unlink()
    (corpus / "b.txt").unlink()
    assert sync(index, corpus, prune=True).removed == ("a.md", "b.txt")
    assert texts(index) == {"Acciaio e vetro."}


def test_no_more_files_are_held_than_are_embedded_together(tmp_path: Path) -> None:
    """Twelve files of half a MiB: their bytes, all at once, would be twice what the whole sync may take."""
    index = open_index(tmp_path / "data", max_bytes=2 * MIB, group=1)
    comment = f"<!-- {'x' * (MIB // 2)} -->"
    corpus = write(tmp_path / "corpus", {f"{n}.html": f"<p>Riga {n}.</p>{comment}" for n in range(12)})
    tracemalloc.start()
    try:
        assert len(sync(index, corpus).added) == 12
        assert tracemalloc.get_traced_memory()[1] < 3 * MIB
    finally:
        tracemalloc.stop()


def test_a_file_that_changes_while_a_sync_runs_is_seen_by_the_next(index: Index, corpus: Path) -> None:
    def meddle(progress: Progress) -> None:
        if progress.source == "a.md":
            write(corpus, {"b.txt": "Olio e sale.\n"})
            (corpus / "sub" / "c.html").unlink()

    slow = Index(index.manifest, index.vectors, index.encoder, MIB, group=1)
    report = slow.sync(roots((corpus,)), report=meddle)
    assert report.added == ("a.md", "b.txt")
    assert "cannot be opened" in reasons(report)["sub/c.html"]
    sync(slow, corpus)
    stored = index.manifest.document(document_id("corpus", "b.txt"))
    assert stored is not None
    assert (stored.text, stored.content_hash) == ("Olio e sale.\n", content_hash(b"Olio e sale.\n", None))
