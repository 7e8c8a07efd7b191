"""A process that is killed at any moment loses nothing: the next sync ends where an undisturbed one would have."""

from __future__ import annotations

import multiprocessing
import random
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from standins import WordEncoder, open_index, write

from rag.documents import roots
from rag.index import Index
from rag.language.stemming import query_stems

MOMENTS = 14
DELAY = 0.006  # seconds a passage, so that a sync lasts long enough to be met
PROCESSES = multiprocessing.get_context("forkserver")  # imports once, and has no threads yet when it forks
PROCESSES.set_forkserver_preload(["rag.assistant", "chromadb"])


def sync_slowly(corpus: Path, data: Path, word: Connection) -> None:
    """What the process does that is killed."""
    index = open_index(data, WordEncoder(delay=DELAY), group=4)  # many small transactions
    word.send("syncing")
    index.sync(roots((corpus,)), prune=True)
    word.send("done")


def corpus_at(folder: Path, edition: int) -> Path:
    """Thirty documents; another edition changes some, adds some and takes some away."""
    files = {
        f"{n:02}.md": f"# Nota {n}\n\nRiga {n} di {n % 7}.\n\nAltra riga {n * edition}.\n"
        for n in range(edition, 30 + edition)
    }
    for left in folder.glob("*.md"):
        left.unlink()
    return write(folder, files)


def contents(index: Index) -> dict[str, object]:
    """All that an index holds, what full text finds in it, and the encodings that rank it."""
    manifest = index.manifest
    ids, documents = manifest.passage_ids(), manifest.documents()
    encodings = manifest.encodings(ids, {d.id for d in documents})
    return {
        "documents": {d.source: (d.version, d.text) for d in documents},
        "passages": {id_: (p.text, p.start, p.end) for id_, p in manifest.passages(ids).items()},
        "found": {n: dict(manifest.search(query_stems(f"riga {n}", "it"), "it", 100)) for n in range(0, 40, 5)},
        "encodings": {id_: (e.vector.tolist(), e.tokens.tolist()) for id_, e in encodings.items()},
        "vectors": (manifest.vector_ids(), index.vectors.ids()),
    }


def killed_after(corpus: Path, data: Path, seconds: float) -> bool:
    """Sync in a process of its own and kill it `seconds` after it began; whether it was still at work."""
    receive, send = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=sync_slowly, args=(corpus, data, send))
    process.start()
    send.close()
    assert receive.recv() == "syncing"
    time.sleep(seconds)
    process.kill()
    process.join()
    with receive:
        try:
            return bool(receive.recv() != "done")
        except EOFError:
            return True


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_sync_that_is_killed_at_any_moment_is_made_good_by_the_next(tmp_path: Path) -> None:
    corpus, chance, interrupted = tmp_path / "corpus", random.Random(20250424), 0
    fresh = {edition: undisturbed(tmp_path, edition) for edition in (1, 2, 3)}
    for moment in range(MOMENTS):
        edition = 1 + moment % 3
        corpus_at(corpus, edition)
        interrupted += killed_after(corpus, tmp_path / "data", chance.uniform(0.0, 0.45))
        mended = open_index(tmp_path / "data")
        mended.sync(roots((corpus,)), prune=True)
        assert contents(mended) == fresh[edition], f"after kill {moment}"
        mended.manifest.close()
    assert interrupted >= MOMENTS // 2, "the sync was too quick to be met"


def undisturbed(folder: Path, edition: int) -> dict[str, object]:
    """What an index holds that never knew another edition, nor was killed."""
    index = open_index(folder / f"fresh-{edition}")
    index.sync(roots((corpus_at(folder / "corpus", edition),)))
    return contents(index)


@pytest.mark.parametrize("lost", [1, 5, 8])
def test_a_crash_between_manifest_and_vectors_is_made_good_without_embedding(tmp_path: Path, lost: int) -> None:
    corpus = write(tmp_path / "corpus", {f"{n}.md": f"Riga {n}.\n" for n in range(8)})
    index = open_index(tmp_path / "data")
    index.sync(roots((corpus,)))
    before = contents(index)
    index.vectors.remove(sorted(index.vectors.ids())[:lost])
    index.vectors.add([("left:over", "gone", WordEncoder().encode_documents(["x"])[0].vector)])
    encoder = WordEncoder()
    open_index(tmp_path / "data", encoder).reconcile()
    assert contents(open_index(tmp_path / "data")) == before
    assert encoder.encoded == []


def test_vectors_that_are_lost_whole_are_rebuilt_from_the_manifest(tmp_path: Path) -> None:
    corpus = write(tmp_path / "corpus", {f"{n}.md": f"Riga {n}.\n" for n in range(8)})
    index = open_index(tmp_path / "data")
    index.sync(roots((corpus,)))
    before = contents(index)
    index.vectors.remove(index.vectors.ids())
    assert index.vectors.ids() == set()
    index.reconcile()
    assert contents(index) == before
