"""What the vector store must do, on a folder and on a server. Another store inherits `VectorRules`."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from standins import MIB, WordEncoder, write
from tiny_models import tiny_model

from rag.composition import build_assistant
from rag.documents import roots
from rag.embedding.embedder import Embedder
from rag.embedding.projection import Floats, unit
from rag.errors import ConfigurationError
from rag.index import Index
from rag.models import Question
from rag.retrieval import Retriever
from rag.settings import load_settings
from rag.store.manifest import Manifest
from rag.store.ownership import release
from rag.store.vectors import VectorStore, collection_name, connect


def rows(count: int, seed: int = 7, size: int = 16) -> list[tuple[str, str, Floats]]:
    vectors = unit(np.random.default_rng(seed).standard_normal((count, size)).astype(np.float32))
    return [(f"p{n}", f"d{n % 3}", vector) for n, vector in enumerate(vectors)]


class VectorRules(ABC):
    """The rules, whatever the store."""

    @pytest.fixture
    @abstractmethod
    def client(self, tmp_path: Path) -> Any:
        """A subclass brings the client."""

    def test_an_empty_store_finds_nothing(self, client: Any) -> None:
        store = VectorStore(client, "empty", "m")
        assert store.search(rows(1)[0][2], 5) == []
        assert store.ids() == set()

    def test_scores_are_the_cosines_that_numpy_gives(self, client: Any) -> None:
        store = VectorStore(client, "cosine", "m")
        held = rows(50)
        store.add(held)
        query = rows(1, seed=8)[0][2]
        expected = sorted(((id_, float(v @ query)) for id_, _, v in held), key=lambda r: -r[1])[:10]
        found = store.search(query, 10)
        assert [id_ for id_, _ in found] == [id_ for id_, _ in expected]
        assert [s for _, s in found] == pytest.approx([s for _, s in expected], abs=1e-5)

    def test_a_limit_beyond_the_store_gives_all(self, client: Any) -> None:
        store = VectorStore(client, "limit", "m")
        store.add(rows(3))
        assert len(store.search(rows(1)[0][2], 50)) == 3
        assert store.search(rows(1)[0][2], 0) == []

    def test_an_id_that_is_there_is_replaced(self, client: Any) -> None:
        store = VectorStore(client, "upsert", "m")
        (name, owner, old), (_, _, new) = rows(2)
        store.add([(name, owner, old)])
        store.add([(name, owner, new)])
        ((found, score),) = store.search(new, 5)
        assert found == name
        assert score == pytest.approx(1.0, abs=1e-5)

    def test_removed_ids_are_gone_and_unknown_ones_do_no_harm(self, client: Any) -> None:
        store = VectorStore(client, "removal", "m")
        store.add(rows(5))
        store.remove(["p1", "p3", "never there"])
        assert store.ids() == {"p0", "p2", "p4"}
        store.remove([])
        assert len(store.search(rows(1)[0][2], 9)) == 3

    def test_two_models_never_meet(self, client: Any) -> None:
        one, other = VectorStore(client, "models", "small"), VectorStore(client, "models", "large")
        one.add(rows(2))
        other.add([("q", "d", rows(1, size=24)[0][2])])
        assert (one.ids(), other.ids()) == ({"p0", "p1"}, {"q"})

    def test_the_collections_of_other_models_are_dropped_but_not_those_of_other_indexes(self, client: Any) -> None:
        VectorStore(client, "mine", "old").add(rows(2))
        VectorStore(client, "theirs", "old").add(rows(2))
        VectorStore(client, "mine", "new").drop_others()
        assert VectorStore(client, "mine", "old").ids() == set()
        assert VectorStore(client, "theirs", "old").ids() == {"p0", "p1"}

    def test_a_second_store_of_the_same_name_sees_the_same(self, client: Any) -> None:
        VectorStore(client, "again", "m").add(rows(2))
        assert VectorStore(client, "again", "m").ids() == {"p0", "p1"}


class TestFolder(VectorRules):
    @pytest.fixture
    def client(self, tmp_path: Path) -> Any:
        return connect(tmp_path / "chroma", None)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Chroma server of our own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chroma = Path(sys.executable).with_name("chroma")
    command = [
        str(chroma),
        "run",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--path",
        str(tmp_path_factory.mktemp("server")),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not _listens(port):
            assert process.poll() is None, "the Chroma server ended"
            assert time.monotonic() < deadline, "the Chroma server did not start"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.slow
class TestServer(VectorRules):
    @pytest.fixture
    def client(self, tmp_path: Path, server: str) -> Any:
        return connect(tmp_path, server)

    def test_nothing_is_written_to_the_folder(self, client: Any, tmp_path: Path) -> None:
        VectorStore(client, "far", "m").add(rows(1))
        assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_index_with_its_vectors_on_a_server_is_searched_and_follows_another_model(
    tmp_path: Path, server: str
) -> None:
    files = {"a.md": "Il treno a idrogeno parte da Ivrea.\n", "b.md": "Il pane costa poco.\n"}
    corpus = roots((write(tmp_path / "corpus", files),))

    def opened(encoder: WordEncoder) -> Index:
        store = VectorStore(connect(tmp_path / "unused", server), "whole", encoder.model_id)
        return Index(Manifest(tmp_path / "manifest.sqlite"), store, encoder, MIB)

    for encoder in (WordEncoder("small"), WordEncoder("large")):
        index = opened(encoder)
        assert index.vectors.ids() == set(), "another model's vectors are none"
        index.sync(corpus)
        assert len(encoder.encoded) == 2
        (best, *_) = Retriever(index).search(Question("Da dove parte il treno a idrogeno?"))
        assert (best.document.source, best.found_by) == ("a.md", frozenset({"dense", "lexical"}))
    assert opened(WordEncoder("large")).vectors.ids() == index.manifest.vector_ids()
    assert opened(WordEncoder("small")).vectors.ids() == set(), "the first model's were dropped"
    assert not (tmp_path / "unused").exists()


@pytest.mark.slow
def test_the_setting_alone_puts_the_vectors_on_a_server(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the environment to a search, through the composition root."""
    corpus = write(tmp_path / "corpus", {"a.md": "Il treno a idrogeno parte da Torino.\n", "b.md": "Pane e vino.\n"})
    given = {"CHROMA_URL": server, "EMBED_MODEL": tiny_model(tmp_path), "CORPUS": corpus, "DATA": tmp_path / "data"}
    for name, value in given.items():
        monkeypatch.setenv(f"FONTE_{name}", str(value))
    assistant, _ = build_assistant(load_settings())
    try:
        encoder = assistant.index.encoder
        assert isinstance(encoder, Embedder)
        encoder.load()
        assistant.sync()
        found = assistant.retriever.search(Question("treno idrogeno"))
        assert {hit.document.source for hit in found if "dense" in hit.found_by} == {"a.md", "b.md"}
        name = collection_name(str(assistant.index.manifest.meta("index")), encoder.model_id)
        assert connect(tmp_path, server).get_collection(name).count() == 2
        assert not (tmp_path / "data" / "chroma").exists()
    finally:
        release(tmp_path / "data")


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://127.0.0.1", "http://", "nonsense"])
def test_an_address_that_is_none_is_named(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="not a web address"):
        connect(tmp_path, url)


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ConfigurationError, match="No Chroma server answers") as caught:
        connect(tmp_path, url)
    assert "FONTE_CHROMA_URL" in caught.value.hint


def test_a_collection_is_named_after_its_index_and_model() -> None:
    assert collection_name("i", "a") != collection_name("i", "b")
    assert collection_name("i", "a") != collection_name("j", "a")
