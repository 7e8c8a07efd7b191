"""Stand-ins for the models, and an index or an assistant over a folder of small files.

They are plain, deterministic and quick: words in place of meanings. Everything else is the program itself.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from rag.assistant import Assistant
from rag.checking.desk import FactDesk
from rag.checking.judging import ClaimJudge
from rag.checking.verdicts import ClaimCalibration
from rag.documents import roots
from rag.embedding.embedder import Encoding, QueryEncoding
from rag.embedding.projection import Floats, unit
from rag.evidence import Calibration, ReaderJudge
from rag.index import Index
from rag.language.questions import Asked, asked
from rag.language.stemming import STOPWORDS
from rag.models import Turn
from rag.precedence import Precedence
from rag.reader.trained import Reading, Text, UnitReading
from rag.retrieval import Retriever
from rag.store.database import Where
from rag.store.manifest import Manifest
from rag.store.vectors import VectorStore, connect
from rag.text import fold
from rag.writing.quoting import Quoter, Thresholds

SIZE = 48
MIB = 2**20
# What a multilingual model knows and a word does not: forms that mean the same.
MEANINGS: Mapping[str, str] = {
    "met": "meet",
    "meets": "meet",
    "meeting": "meet",
    "incontro": "meet",
    "incontrato": "meet",
    "incontra": "meet",
    "incontrano": "meet",
    "delegazione": "delegation",
    "acciaieria": "steelworks",
    "forno": "furnace",
    "operai": "workers",
}
_NAMED = re.compile(r"\b[A-ZÀ-Þ][\w’'-]+ [A-ZÀ-Þ][\w’'-]+")


def meaning(word: str) -> str:
    folded = fold(word)
    return MEANINGS.get(folded, folded)


def content(text: str) -> set[str]:
    """The meanings of the words that carry a subject."""
    return {meaning(w) for w in re.findall(r"\w+", text) if fold(w) not in STOPWORDS}


class WordEncoder:
    """A direction for each meaning, from its hash; a text's vector is the sum of its words'.

    `encoded` keeps every text that was encoded as a document, `delay` is slept before each.
    """

    def __init__(self, model_id: str = "words", delay: float = 0.0) -> None:
        self._model_id = model_id
        self._delay = delay
        self.encoded: list[str] = []

    @property
    def model_id(self) -> str:
        return self._model_id

    def encode_query(self, text: str) -> QueryEncoding:
        encoding = self._encode(text)
        weights = np.array([0.0 if self._is_common(text[a:b]) else 1.0 for a, b in encoding.offsets], np.float32)
        total = weights.sum() or 1.0
        return QueryEncoding(encoding.vector, encoding.tokens.astype(np.float32) / np.float32(127), weights / total)

    def encode_documents(self, texts: Sequence[str]) -> list[Encoding]:
        return [self._document(text) for text in texts]

    def _document(self, text: str) -> Encoding:
        time.sleep(self._delay)
        self.encoded.append(text)
        return self._encode(text)

    def _is_common(self, word: str) -> bool:
        return fold(word) in STOPWORDS

    def _encode(self, text: str) -> Encoding:
        found = [(m.start(), m.end()) for m in re.finditer(r"\w+", text)]
        rows = [self._direction(text[a:b]) for a, b in found]
        telling = [r for r, (a, b) in zip(rows, found, strict=True) if not self._is_common(text[a:b])]
        vector = unit(np.sum(telling or rows or [self._direction("")], axis=0, dtype=np.float32))
        tokens = np.round(np.array(rows, np.float32).reshape(-1, SIZE) * 127).astype(np.int8)
        return Encoding(vector, tokens, np.array(found, np.int32).reshape(-1, 2))

    def _direction(self, word: str) -> Floats:
        key = hashlib.blake2b(f"{self._model_id}/{meaning(word)}".encode("utf-8", "surrogatepass"), digest_size=8)
        seed = int.from_bytes(key.digest(), "big")
        return unit(np.random.default_rng(seed).standard_normal(SIZE).astype(np.float32))


class WordReader:
    """Says that a text answers when one of its sentences holds most of the question's words and, for "who", somebody.

    Of forms of a name in brackets at the end ("GM? (General Motors)") one is enough.
    """

    name = "words"

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]:
        return [self._read(question, text) for text in texts]

    def _read(self, question: str, text: Text) -> Reading:
        plain, _, forms = question.partition(" (")
        wanted = [{w} for w in sorted(content(plain))]
        other = content(forms)
        found = [self._unit(wanted, other, plain, text.body, unit) for unit in text.quotable]
        units = tuple(UnitReading(span, score - 6.0) for score, span in found)
        return Reading(max((score for score, _ in found), default=-6.0), units, (1.0, 0.0, 0.0))

    def _unit(
        self, wanted: list[set[str]], other: set[str], question: str, body: str, unit: tuple[int, int]
    ) -> tuple[float, tuple[int, int]]:
        """(how sure it is that this unit answers, the words that do)"""
        start, end = unit
        said = content(body[start:end])
        acronyms = {meaning(w) for w in re.findall(r"\b[A-Z]{2,6}\b", question)} if other & said else set()
        held = sum(1 for forms in wanted if forms & (said | acronyms))
        share = held / max(1, len(wanted))
        named = [m for m in _NAMED.finditer(body, start, end) if not content(m.group()) & (other | content(question))]
        somebody = asked(question) is not Asked.WHO or bool(named)
        span = named[0].span() if named else (start, end)
        return (6.0 if share >= 0.7 and somebody else -6.0 + share), span


# What a WordReader says is taken for a probability.
WORD_JUDGE = ReaderJudge(
    WordReader(), Calibration({"reader": 1.0, "behind_confidence": -1.0}, 0.0), Calibration({"covered": 12.0}, -6.0)
)


def _weights(**known: float) -> Mapping[str, float]:
    return defaultdict(float, known)


# A sentence that holds a claim's words bears it out; one that gives a value otherwise, or denies it, speaks against it.
_CONTRARY = ("number", "date", "negation", "opposite")
WORD_CLAIMS = ClaimCalibration(
    _weights(bias=-10.0, covered=14.0, unnamed=-9.0, unsaid=-9.0, name=-9.0, **dict.fromkeys(_CONTRARY, -15.0)),
    _weights(bias=-17.0, covered=14.0, unnamed=-9.0, **dict.fromkeys(_CONTRARY, 8.0)),
    0.6,
    0.6,
)


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """`files` by path under `folder`."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def open_index(
    data: Path, encoder: WordEncoder | None = None, max_bytes: int = MIB, group: int = 256, where: Where | None = None
) -> Index:
    """An index in the folder `data`, which may hold one already; `group` passages are embedded together.

    `where` names another place for its manifest.
    """
    encoder = encoder or WordEncoder()
    data.mkdir(parents=True, exist_ok=True)
    store = VectorStore(connect(data / "chroma", None), "test", encoder.model_id)
    return Index(Manifest(where or data / "manifest.sqlite"), store, encoder, max_bytes, group)


def open_assistant(
    folder: Path,
    files: Mapping[str, str | bytes] | None = None,
    caution: float = 0.5,
    limit: int = 1000,
) -> Assistant:
    """An assistant that is ready, over `files` written to `folder`/corpus; its data lie in `folder`/data."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    write(corpus, files or {})
    index = open_index(folder / "data")
    quoter = Quoter(Thresholds.cautious(caution), Precedence())
    assistant = Assistant(index, Retriever(index), WORD_JUDGE, quoter, roots((corpus,)), limit)
    assistant.desk = FactDesk(assistant.retriever, ClaimJudge(WordReader(), WORD_CLAIMS, Precedence()))
    assistant.sync()
    assistant.state.stage = "ready"
    return assistant


def turns(*contents: str) -> tuple[Turn, ...]:
    """A conversation: question, answer, question …"""
    return tuple(Turn("assistant" if n % 2 else "user", text) for n, text in enumerate(contents))


def sources(hits: Iterable[object]) -> list[str]:
    """The paths of the documents that hits or evidence come from, in order, each once."""
    return list(dict.fromkeys(str(getattr(h, "document").source) for h in hits))  # noqa: B009
