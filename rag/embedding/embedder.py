"""Text → vectors with a SentenceTransformer, behind LlamaIndex's BaseEmbedding; loaded in the background.

One forward pass a passage gives both its vector (for Chroma) and its tokens' vectors (for late interaction, of the
passage and of each of its sentences: a sentence keeps what its passage, heading and title say around it).
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr
from numpy.typing import NDArray

from rag.embedding.projection import Floats, Projection, unit
from rag.errors import ConfigurationError, NotReady

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH = 32
_COMMON = 5.0  # nats: articles and prepositions lie below, and weigh nothing
_UNSEEN = 12.0


@dataclass(frozen=True, slots=True)
class Encoding:
    """One text encoded.

    vector:  (d,) unit length.
    tokens:  (n, k) int8, each row a token's unit vector times 127; special and prompt tokens are left out.
    offsets: (n, 2) int32, each token's [start, end) in the text, code points.
    """

    vector: Floats
    tokens: NDArray[np.int8]
    offsets: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class QueryEncoding:
    """A question encoded: vector (d,), tokens (n, k) float32 unit rows, weights (n,) that sum to 1.

    A token's weight says how telling it is: rare pieces of the tokenizer's vocabulary weigh more.
    """

    vector: Floats
    tokens: Floats
    weights: Floats


class Encoder(Protocol):
    """What index and retrieval need of a model; tests bring a small one of their own."""

    @property
    def model_id(self) -> str: ...

    def encode_query(self, text: str) -> QueryEncoding: ...

    def encode_documents(self, texts: Sequence[str]) -> list[Encoding]: ...


def digest(vector: Floats) -> str:
    """Names a vector by its content."""
    return hashlib.blake2b(vector.astype("<f4").tobytes(), digest_size=6).hexdigest()


class Embedder(BaseEmbedding):
    """A SentenceTransformer, loaded by `load()` (slow: seconds) and usable from several threads afterwards.

    `source` gives the model's folder or hub id when it is needed, so that the packaged model may be built first.
    `projection` is what the vectors of that very model are looked at through; without one they stay as they are.
    """

    _source: Callable[[], str] = PrivateAttr()
    _projection: Projection | None = PrivateAttr()
    _model: SentenceTransformer | None = PrivateAttr(default=None)
    _identity: str = PrivateAttr(default="")
    _surprise: dict[str, float] = PrivateAttr(default_factory=dict)
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    def __init__(
        self, name: str, source: Callable[[], str], projection: Projection | None = None, **kwargs: Any
    ) -> None:
        super().__init__(model_name=name, embed_batch_size=BATCH, **kwargs)
        self._source = source
        self._projection = projection

    @classmethod
    def class_name(cls) -> str:
        return "FonteEmbedder"

    @property
    def model_id(self) -> str:
        """Names the model and what it is made of: two models never share an index, nor two editions of one."""
        if not self._identity:
            folder = Path(self.model_name)
            packaged = self._projection is not None  # named after its pins
            edition = _contents(folder) if folder.is_dir() else "" if packaged else _commit(self.model_name)
            name = folder.name if folder.is_dir() else self.model_name
            through = f"+{self._projection.name}" if self._projection else ""
            self._identity = (f"{name}@{edition}" if edition else name) + through
        return self._identity

    def load(self) -> None:
        with self._lock:
            if self._model is None:
                model = _load(self._source())
                self._surprise = _surprise(model)
                self._model = model

    @property
    def model(self) -> SentenceTransformer:
        if self._model is None:
            raise NotReady("The embedding model is still loading.", "Ask again in a few seconds.")
        return self._model

    def encode_query(self, text: str) -> QueryEncoding:
        encoding = self._encode([text], "query")[0]
        weights = np.asarray([self._weight(text[a:b]) for a, b in encoding.offsets], dtype=np.float32)
        if not weights.any():
            weights = np.ones_like(weights)
        weights = np.asarray(weights / max(1e-9, float(weights.sum())), dtype=np.float32)
        return QueryEncoding(encoding.vector, encoding.tokens.astype(np.float32) / np.float32(127), weights)

    def encode_documents(self, texts: Sequence[str]) -> list[Encoding]:
        return self._encode(texts, "document")

    def _encode(self, texts: Sequence[str], prompt_name: str) -> list[Encoding]:
        prompt = self.model.prompts.get(prompt_name) or ""
        prompted = [prompt + text for text in texts]
        rows = self.model.encode(prompted, output_value=None, batch_size=BATCH, show_progress_bar=False)
        return [self._encoding(row, text, len(prompt)) for row, text in zip(rows, prompted, strict=True)]  # type: ignore[arg-type]

    def _encoding(self, row: dict[str, Any], prompted: str, skipped: int) -> Encoding:
        vector = unit(row["sentence_embedding"].float().cpu().numpy())
        if self._projection:
            vector = self._projection.of_vector(vector)
        states = row.get("token_embeddings")
        if states is None:  # a static model has no token states; late interaction is then left out
            return Encoding(vector, np.zeros((0, vector.size), np.int8), np.zeros((0, 2), np.int32))
        limit = self.model.max_seq_length or 512
        coded = self.model.tokenizer(prompted, return_offsets_mapping=True, truncation=True, max_length=limit)
        offsets = np.asarray([_trimmed(prompted, *span) for span in coded["offset_mapping"]], dtype=np.int32)
        kept = (offsets[:, 1] > offsets[:, 0]) & (offsets[:, 0] >= skipped)
        real = states[row["attention_mask"].bool()]  # some tokenizers pad on the left
        tokens = unit(real.float().cpu().numpy()[: len(offsets)][kept])
        if self._projection:
            tokens = self._projection.of_tokens(tokens)
        return Encoding(vector, np.round(tokens * 127).astype(np.int8), offsets[kept] - skipped)

    def _weight(self, piece: str) -> float:
        """Minus the log probability of a piece in a unigram vocabulary, less that of the commonest; 1 without one."""
        return max(0.0, self._surprise.get(piece, _UNSEEN) - _COMMON) if self._surprise else 1.0

    def _get_query_embedding(self, query: str) -> list[float]:
        return [float(x) for x in self.encode_query(query).vector]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [[float(x) for x in encoding.vector] for encoding in self.encode_documents(texts)]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A token's place without the space that SentencePiece counts to the word behind it."""
    while start < end and text[start].isspace():
        start += 1
    return start, end


def _contents(folder: Path) -> str:
    """Names the files of a folder by their names, sizes and bytes, hidden ones left out; gigabytes take seconds."""
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    found = hashlib.sha256()
    for path in sorted(p for p in files if not any(part.startswith(".") for part in p.parts)):
        with (folder / path).open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        found.update(f"{path.as_posix()}\0{(folder / path).stat().st_size}\0{content}\0".encode())
    return found.hexdigest()[:12]


def _commit(name: str) -> str:
    """The commit of a hub model that `_load` gets, as the hub or its cache tells; "" where neither does."""
    from huggingface_hub import hf_hub_download

    owned = name if "/" in name else f"sentence-transformers/{name}"  # as SentenceTransformer itself takes it
    try:
        return Path(hf_hub_download(owned, "config.json")).parent.name[:12]
    except (OSError, ValueError):  # no network and no cache, or no such model: loading it will say so
        return ""


def quiet_transformers() -> None:
    """Loading a model prints bars and reports that say nothing to the person who started Fonte."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]


def _load(source: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    quiet_transformers()
    try:
        return SentenceTransformer(source, device="cpu")
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The embedding model {source} cannot be loaded ({' '.join(str(error).split())[:160]}).",
            "Check FONTE_EMBED_MODEL, or unset it to use the packaged model.",
        ) from error


def _surprise(model: SentenceTransformer) -> dict[str, float]:
    """Minus the log probability of each piece, where the tokenizer is a unigram model (XLM-R's is)."""
    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    vocabulary = json.loads(backend.to_str())["model"].get("vocab") if backend is not None else None
    if not isinstance(vocabulary, list):
        return {}
    found: dict[str, float] = {}
    for piece, score in vocabulary:
        name = piece.lstrip("\u2581")
        found[name] = min(found.get(name, _UNSEEN), -score)
    return found
