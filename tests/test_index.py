"""What a sync does to the index: by content, one file at a time, and never more than was meant."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from standins import WordEncoder, open_index, write

from rag.documents import document_id, roots
from rag.errors import ConfigurationError
from rag.index import Index, Progress
from rag.language.stemming import query_stems
from rag.models import IngestReport

FILES = {"a.md": "# Uno\n\nTreni a idrogeno.\n", "b.txt": "Vino e pane.\n", "sub/c.html": "<p>Acciaio e vetro.</p>"}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write(tmp_path / "corpus", FILES)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return open_index(tmp_path / "data")


def sync(index: Index, *folders: Path, prune: bool = False) -> IngestReport:
    return index.sync(roots(folders), prune)


def encoder(index: Index) -> WordEncoder:
    assert isinstance(index.encoder, WordEncoder)
    return index.encoder


def texts(index: Index) -> set[str]:
    return {p.text for p in index.manifest.passages(index.manifest.passage_ids()).values()}


def reasons(report: IngestReport) -> dict[str, str]:
    return {s.source: s.reason for s in report.skipped}


def test_a_first_sync_adds_every_document(index: Index, corpus: Path) -> None:
    report = sync(index, corpus)
    assert report.added == ("a.md", "b.txt", "sub/c.html")
    assert report.passages == 3
    assert index.vectors.ids() == index.manifest.vector_ids()
    assert len(index.vectors.ids()) == 3


def test_what_is_unchanged_costs_nothing(index: Index, corpus: Path) -> None:
    sync(index, corpus)
    encoder(index).encoded.clear()
    report = sync(index, corpus)
    assert report.unchanged == ("a.md", "b.txt", "sub/c.html")
    assert (report.added, report.changed, report.removed) == ((), (), ())
    assert encoder(index).encoded == []


def test_a_new_time_stamp_is_no_change(index: Index, corpus: Path) -> None:
    sync(index, corpus)
    os.utime(corpus / "a.md", (1, 1))
    assert sync(index, corpus).changed == ()


def test_only_the_changed_file_is_encoded_and_its_old_text_is_still_served(index: Index, corpus: Path) -> None:
    sync(index, corpus)
    id_ = document_id("corpus", "b.txt")
    old = index.manifest.document(id_)
    assert old is not None
    encoder(index).encoded.clear()
    write(corpus, {"b.txt": "Olio e sale.\n"})
    assert sync(index, corpus).changed == ("b.txt",)
    assert len(encoder(index).encoded) == 1
    assert index.manifest.document(id_, old.version) == old
    assert "Olio e sale." in texts(index)
    assert "Vino e pane." not in texts(index)
    assert not index.manifest.search(query_stems("vino", "it"), "it", 5)
    assert index.vectors.ids() == index.manifest.vector_ids()


def test_a_vanished_file_leaves_the_index(index: Index, corpus: Path) -> None:
    sync(index, corpus)
    (corpus / "b.txt").unlink()
    assert sync(index, corpus).removed == ("b.txt",)
    assert "Vino e pane." not in texts(index)
    assert index.vectors.ids() == index.manifest.vector_ids()


def test_a_renamed_file_is_a_new_document(index: Index, corpus: Path) -> None:
    sync(index, corpus)
    (corpus / "b.txt").rename(corpus / "d.txt")
    report = sync(index, corpus)
    assert (report.added, report.removed) == (("d.txt",), ("b.txt",))


def test_a_missing_root_is_an_error(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        roots((corpus, tmp_path / "nowhere"))


def test_two_roots_may_hold_the_same_path(index: Index, tmp_path: Path) -> None:
    north = write(tmp_path / "north", {"a.md": "Dal nord.\n"})
    south = write(tmp_path / "south", {"a.md": "Dal sud.\n"})
    assert sync(index, north, south).added == ("a.md", "a.md")
    assert texts(index) == {"Dal nord.", "Dal sud."}
    assert len({d.id for d in index.manifest.documents()}) == 2


def test_two_roots_may_even_share_their_name(index: Index, tmp_path: Path) -> None:
    folders = [write(tmp_path / side / "docs", {"a.md": f"Lato {side}.\n"}) for side in ("x", "y")]
    sync(index, *folders)
    assert texts(index) == {"Lato x.", "Lato y."}


def test_a_corpus_that_moved_is_the_same_corpus(index: Index, corpus: Path, tmp_path: Path) -> None:
    sync(index, corpus)
    (tmp_path / "elsewhere").mkdir()
    moved = corpus.rename(tmp_path / "elsewhere" / "corpus")
    assert len(sync(index, moved).unchanged) == 3


def test_odd_files_are_reported_with_their_reason_and_stop_nothing(tmp_path: Path) -> None:
    index = open_index(tmp_path / "data", max_bytes=4000)
    corpus = write(
        tmp_path / "corpus",
        {
            "blank.md": " \n\t\n",
            "broken.pdf": b"%PDF-1.7 and then nothing of the kind",
            "empty.txt": b"",
            "heavy.txt": "x" * 5000,
            "image.png": b"\x89PNG",
            "mute.md": "* * *\n\n---\n",
            "noise.docx": bytes(range(256)),
            "zero.txt": b"\x00" * 300,
            "good.md": "Buono.\n",
            ".hidden.md": "Nascosto.\n",
        },
    )
    os.symlink(tmp_path / "corpus" / "nowhere.md", corpus / "dangling.md")
    os.mkfifo(corpus / "pipe.txt")
    report = sync(index, corpus)
    assert report.added == ("good.md",)
    assert set(reasons(report)) == {
        "blank.md",
        "broken.pdf",
        "empty.txt",
        "heavy.txt",
        "image.png",
        "mute.md",
        "noise.docx",
        "zero.txt",
    }
    assert all(s.reason and s.hint for s in report.skipped)
    assert "empty" in reasons(report)["empty.txt"]
    assert ".png" in reasons(report)["image.png"]
    assert index.manifest.skipped() == sorted(report.skipped, key=lambda s: s.source)


def test_a_link_that_leaves_the_corpus_is_not_followed(index: Index, corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Segreto.\n")
    os.symlink(tmp_path / "secret.txt", corpus / "link.txt")
    assert "outside" in reasons(sync(index, corpus))["link.txt"]
    assert "Segreto." not in texts(index)


def test_a_name_that_is_no_unicode_is_reported(index: Index, corpus: Path) -> None:
    Path(os.fsdecode(os.fsencode(corpus) + b"/caff\xe8.txt")).write_text("Espresso.\n")
    report = sync(index, corpus)
    assert any("UTF-8" in reason for reason in reasons(report).values())
    assert len(report.added) == 3


def test_a_file_that_becomes_unreadable_leaves_the_index(index: Index, corpus: Path) -> None:
    sync(index, corpus)
    write(corpus, {"b.txt": b""})
    report = sync(index, corpus)
    assert "b.txt" in reasons(report)
    assert report.removed == ("b.txt",)
    assert "Vino e pane." not in texts(index)
    assert index.vectors.ids() == index.manifest.vector_ids()


def test_a_file_that_was_mended_comes_back(index: Index, corpus: Path) -> None:
    write(corpus, {"b.txt": b""})
    sync(index, corpus)
    write(corpus, {"b.txt": "Vino e pane.\n"})
    report = sync(index, corpus)
    assert report.added == ("b.txt",)
    assert index.manifest.skipped() == []


def test_a_sidecar_is_read_with_its_file(index: Index, corpus: Path) -> None:
    sync(index, corpus)
    write(corpus, {"b.txt.meta.yaml": "title: Nota del 24 aprile\ndate: 2025-04-24\n"})
    assert sync(index, corpus).changed == ("b.txt",)
    note = index.manifest.document(document_id("corpus", "b.txt"))
    assert note is not None
    assert note.title == "Nota del 24 aprile"


def test_a_new_title_gives_its_passages_new_vectors(index: Index, corpus: Path) -> None:
    sync(index, corpus)
    passages, vectors = index.manifest.passage_ids(), index.vectors.ids()
    write(corpus, {"b.txt.meta.yaml": "title: Nota\n"})
    sync(index, corpus)
    assert index.manifest.passage_ids() == passages
    assert index.vectors.ids() == index.manifest.vector_ids() != vectors


def test_a_broken_sidecar_is_reported(index: Index, corpus: Path) -> None:
    write(corpus, {"b.txt.meta.yaml": "title: [unclosed\n"})
    assert "b.txt" in reasons(sync(index, corpus))


def test_another_model_embeds_anew_and_never_mixes(corpus: Path, tmp_path: Path) -> None:
    old = open_index(tmp_path / "data", WordEncoder("small"))
    sync(old, corpus)
    new = open_index(tmp_path / "data", WordEncoder("large"))
    assert new.vectors.ids() == set()
    assert len(sync(new, corpus).changed) == 3
    assert len(encoder(new).encoded) == 3
    assert new.vectors.ids() == new.manifest.vector_ids()
    again = open_index(tmp_path / "data", WordEncoder("small"))
    assert again.vectors.ids() == set()  # what the first model left was dropped


def test_strangers_in_the_vectors_are_removed_and_losses_made_good_without_embedding(
    index: Index, corpus: Path
) -> None:
    sync(index, corpus)
    wanted = index.vectors.ids()
    lost = sorted(wanted)[0]
    index.vectors.remove([lost])
    index.vectors.add([("stranger:1", "d", encoder(index).encode_documents(["x"])[0].vector)])
    encoder(index).encoded.clear()
    sync(index, corpus)
    assert index.vectors.ids() == wanted
    assert encoder(index).encoded == []


def test_the_skipped_of_a_root_that_is_no_longer_named_are_forgotten(
    index: Index, corpus: Path, tmp_path: Path
) -> None:
    other = write(tmp_path / "other", {"x.exe": b"MZ"})
    sync(index, corpus, other)
    assert [s.source for s in index.manifest.skipped()] == ["x.exe"]
    sync(index, corpus)
    assert index.manifest.skipped() == []


def test_progress_counts_the_documents_that_need_work(index: Index, corpus: Path) -> None:
    sync(index, corpus)
    write(corpus, {"b.txt": "Altro.\n", "d.txt": "Nuovo.\n"})
    seen: list[Progress] = []
    index.sync(roots((corpus,)), report=seen.append)
    assert seen == [Progress(1, 2, "b.txt"), Progress(2, 2, "d.txt")]


def test_a_document_without_passages_is_kept_and_not_read_again(index: Index, corpus: Path) -> None:
    write(corpus, {"title.md": "# Solo un titolo\n"})
    sync(index, corpus)
    assert "title.md" in sync(index, corpus).unchanged
