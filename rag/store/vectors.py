"""Chroma, in a folder or on a server by URL: the only file that knows it. Rebuilt from the manifest at any time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from rag.errors import ConfigurationError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

BATCH = 5000  # Chroma takes at most 5461 rows at once
T = TypeVar("T")


def collection_name(index_id: str, model_id: str) -> str:
    """One collection an index and model, so that the vectors of two models can never meet."""
    return f"fonte-{index_id}-{hashlib.sha256(model_id.encode()).hexdigest()[:12]}"


class VectorStore:
    """Passage vectors by cosine. Scores are cosines, 1 is the same direction."""

    def __init__(self, client: ClientAPI, index_id: str, model_id: str) -> None:
        self._client = client
        self._prefix = f"fonte-{index_id}-"
        self._name = collection_name(index_id, model_id)
        self._collection = client.get_or_create_collection(
            self._name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    def drop_others(self) -> None:
        """Remove the collections that an earlier model left for this same index."""
        for collection in self._client.list_collections():
            if collection.name != self._name and collection.name.startswith(self._prefix):
                self._client.delete_collection(collection.name)

    def ids(self) -> set[str]:
        return set(self._collection.get(include=[])["ids"])

    def add(self, rows: Iterable[tuple[str, str, NDArray[np.float32]]]) -> None:
        """Store (id, document id, vector); an id that is there is replaced."""
        for batch in _batches(rows, BATCH):
            ids = [row[0] for row in batch]
            self._collection.upsert(
                ids=ids,
                embeddings=cast("Any", np.stack([row[2] for row in batch])),
                metadatas=[{"document": row[1]} for row in batch],
            )

    def remove(self, ids: Iterable[str]) -> None:
        for batch in _batches(ids, BATCH):
            self._collection.delete(ids=list(batch))

    def search(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """(id, cosine), best first."""
        if limit < 1:
            return []
        found = self._collection.query(
            query_embeddings=cast("Any", vector[None, :]), n_results=limit, include=["distances"]
        )
        distances = found["distances"] or [[]]
        return [(id_, 1.0 - float(d)) for id_, d in zip(found["ids"][0], distances[0], strict=True)]


def _batches(rows: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    batch: list[T] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def connect(folder: Path, url: str | None) -> ClientAPI:
    """A Chroma client on the server at `url`, or on `folder` when there is none; telemetry is off."""
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    settings = ChromaSettings(anonymized_telemetry=False)
    if url is None:
        folder.mkdir(parents=True, exist_ok=True)
        return chromadb.PersistentClient(str(folder), settings=settings)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"FONTE_CHROMA_URL {url!r} is not a web address.", "Write http://host:port.")
    try:
        return chromadb.HttpClient(
            host=parts.hostname, port=parts.port or 8000, ssl=parts.scheme == "https", settings=settings
        )
    except Exception as error:  # the client raises whatever its transport does
        raise ConfigurationError(
            f"No Chroma server answers at {url} ({type(error).__name__}).",
            "Start it, or unset FONTE_CHROMA_URL.",
        ) from error
