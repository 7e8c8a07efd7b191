"""Question → hits: dense and lexical lists fused by language, ranked by late interaction, copies folded.

Late interaction (ColBERT, Khattab and Zaharia 2020) on the embedding model's own token vectors, without training:
the mean over the question's tokens, weighted by how telling each is, of the best cosine to a token of the passage.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from numpy.typing import NDArray

from rag.embedding.embedder import Encoding, QueryEncoding
from rag.errors import NotReady
from rag.index import MODEL, Index
from rag.language.aliases import Aliases, find_aliases
from rag.language.detection import LANGUAGES, detect
from rag.language.polarity import Certainty, certainty, conditional, negations
from rag.language.questions import ASIDE
from rag.language.stemming import STOPWORDS, query_stems, stems
from rag.models import Document, Hit, PassageKind, Question, Unit, Visibility
from rag.passages import to_node, units
from rag.store.rows import passage_of
from rag.text import words

DENSE, LEXICAL = 100, 50  # how many each list gives
NARROWED = 5  # times as far does a search look that is limited to some of the documents
RANKED = 24  # hits handed on
LATE, COSINE, STEMS = 1.0, 0.5, 0.2  # of the three z-scores; set by hand, docs/quality.md tells what they reach
SAME = 0.9  # share of words in common above which two passages tell the same
# Copies may differ in these: not in a denial, of which "t" is what is left of "can't", nor in how sure a sentence is.
_PADDING = STOPWORDS - {"t"} - {w for w in STOPWORDS if negations(w) or conditional(w) or certainty(w) < Certainty.FACT}


@dataclass(frozen=True, slots=True)
class Library:
    """The indexed documents as one retrieval sees them; a new one is made when the index changes."""

    documents: Mapping[str, Document]
    aliases: Aliases
    model: str | None  # that embedded them; None before the first sync

    def allowed(self, question: Question) -> set[str]:
        """The ids of the documents that this question may be answered from."""
        return {d.id for d in self.documents.values() if _may_answer(d, question)}


def _may_answer(document: Document, question: Question) -> bool:
    if question.documents is not None and document.id not in question.documents:
        return False
    if question.public_only and document.visibility is not Visibility.PUBLIC:
        return False
    return not (question.as_of and document.date and document.date > question.as_of)


class Retriever(BaseRetriever):
    """The retriever of Fonte, usable by any LlamaIndex code; `search` gives hits with their documents."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._library: Library | None = None
        self._revision: str | None = None
        super().__init__()

    @property
    def library(self) -> Library:
        revision = self._index.manifest.revision()  # another server may have changed the documents
        with self._lock:
            if self._library is None or revision != self._revision:
                self._revision = revision
                documents = {d.id: d for d in self._index.manifest.documents()}
                aliases = find_aliases((d.text[d.body_start :], d.language) for d in documents.values())
                self._library = Library(documents, aliases, self._index.manifest.meta(MODEL))
            return self._library

    def refresh(self) -> None:
        """Look at the index anew after it changed."""
        with self._lock:
            self._library = None

    def expanded(self, text: str) -> str:
        """The question with the other forms of its acronyms and names behind it, in brackets."""
        return _expanded(text, self.library.aliases)

    def search(self, question: Question, limit: int = RANKED) -> list[Hit]:
        """The passages nearest to the question, best first, copies of one passage folded into the best of them.

        Raises NotReady where vectors of another model than this one's were put in the place of its own.
        """
        library = self.library
        if library.model not in (None, self._index.encoder.model_id):
            raise NotReady(
                f"Another server has indexed the documents with another embedding model ({library.model}).",
                "Give every server of this database the same FONTE_EMBED_MODEL, and start this one again.",
            )
        allowed = library.allowed(question)
        if not allowed:
            return []
        text = _expanded(question.text, library.aliases)
        query = self._index.encoder.encode_query(text)
        reach = NARROWED if len(allowed) < len(library.documents) else 1
        dense, lexical = self._candidates(query, text, question, allowed, reach)
        found_by = {id_: {"dense"} for id_ in dense}
        for id_ in lexical:
            found_by.setdefault(id_, set()).add("lexical")
        encodings = self._index.manifest.encodings(found_by, allowed)
        if not encodings:
            return []
        scored = self._score(query, encodings, lexical)
        ranked = sorted(scored, key=lambda id_: (-scored[id_][0], id_))

        def hits() -> Iterator[Hit]:
            for at in range(0, len(ranked), 2 * limit):  # copies are few: the first batch is nearly always enough
                # While a sync runs, a passage may stand in a later version of its document than the library's.
                located = self._index.manifest.located(ranked[at : at + 2 * limit], library.documents)
                for id_ in ranked[at : at + 2 * limit]:
                    passage, document = located.get(id_, (None, None))
                    if passage and document and _may_answer(document, question):
                        yield Hit(passage, document, *scored[id_], found_by=frozenset(found_by[id_]))

        return [compared(hit, query, encodings[hit.passage.id]) for hit in _without_copies(hits(), limit)]

    def _candidates(
        self, query: QueryEncoding, text: str, question: Question, allowed: set[str], reach: int
    ) -> tuple[list[str], dict[str, float]]:
        """Ids of the dense list, and the lexical scores by id. A narrowed search looks further, then filters."""
        dense = self._few(allowed) if reach > 1 else []
        dense = dense or [passage_of(id_) for id_, _ in self._index.vectors.search(query.vector, DENSE * reach)]
        asked_in = question.language or detect(question.text)
        lexical: dict[str, float] = {}
        for language in LANGUAGES:
            wanted = query_stems(text, language) if language == asked_in else _names_and_numbers(text, language)
            lexical.update(self._index.manifest.search(wanted, language, LEXICAL * reach))
        return dense, lexical

    def _few(self, allowed: set[str]) -> list[str]:
        """Every passage of the allowed documents, where they are few: the nearest of all might hold none of them."""
        counts = self._index.manifest.counts()
        if sum(counts.get(document, 0) for document in allowed) > DENSE * NARROWED:
            return []
        return [id_ for document in sorted(allowed) for id_ in self._index.manifest.siblings(document)]

    def _score(
        self, query: QueryEncoding, encodings: Mapping[str, Encoding], lexical: Mapping[str, float]
    ) -> dict[str, tuple[float, float, float]]:
        """(fused score, similarity, cosine) by id."""
        ids = list(encodings)
        cosines = np.array([float(encodings[id_].vector @ query.vector) for id_ in ids])
        lates = np.array([late_interaction(query, encodings[id_]) for id_ in ids])
        stemmed = np.array([lexical.get(id_, 0.0) for id_ in ids])
        fused = LATE * _z(lates) + COSINE * _z(cosines) + STEMS * _z(stemmed)
        similar = lates if lates.any() else cosines
        return {id_: (float(f), float(s), float(c)) for id_, f, s, c in zip(ids, fused, similar, cosines, strict=True)}

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self.search(Question(query_bundle.query_str))
        return [NodeWithScore(node=to_node(hit.passage, hit.document), score=hit.score) for hit in hits]


def _expanded(text: str, aliases: Aliases) -> str:
    forms = aliases.expansions(text)
    asking, *aside = text.split(ASIDE, 1)
    return ASIDE.join([f"{asking} ({', '.join(forms)})", *aside]) if forms else text


def _names_and_numbers(text: str, language: str) -> list[str]:
    """Stems of what stays the same across languages: capitalised words past the first, and numbers."""
    found = re.findall(r"\w+", text)
    kept = [w for n, w in enumerate(found) if w[0].isdigit() or (w[0].isupper() and (n > 0 or w.isupper()))]
    return [stem for word in kept for stem in stems(word, language)]


def late_interaction(query: QueryEncoding, encoding: Encoding) -> float:
    """Weighted mean over the question's tokens of the best cosine to a token; 0 where either has none."""
    return float(matched(query, encoding).sum())


def matched(query: QueryEncoding, encoding: Encoding) -> NDArray[np.float32]:
    """What each token of the question adds to late interaction: its weight times its best cosine."""
    if not len(query.tokens) or not len(encoding.tokens):
        return np.zeros(len(query.tokens), np.float32)
    similarity = query.tokens @ (encoding.tokens.T.astype(np.float32) / 127)
    return np.asarray(query.weights * similarity.max(axis=1), np.float32)


def compared(hit: Hit, query: QueryEncoding, encoding: Encoding) -> Hit:
    """The hit with what matches, and with each of its sentences compared with the question, on the tokens that the
    passage gave it."""
    passage, whole = hit.passage, hit.passage.kind is PassageKind.ROW  # a row's tokens count in what is shown of it
    found = []
    for span in units(passage):
        start, end = (0, 1 << 30) if whole else (span.start - passage.start, span.end - passage.start)
        inside = (encoding.offsets[:, 1] > start) & (encoding.offsets[:, 0] < end)
        part = Encoding(encoding.vector, encoding.tokens[inside], encoding.offsets[inside])
        found.append(Unit(span.start, span.end, late_interaction(query, part)))
    return replace(hit, units=tuple(found), matched=tuple(matched(query, encoding).tolist()))


def _z(values: NDArray[Any]) -> NDArray[Any]:
    spread = values.std()
    return (values - values.mean()) / spread if spread else np.zeros_like(values)


def _without_copies(hits: Iterable[Hit], limit: int) -> list[Hit]:
    """The best `limit` hits; one that repeats a better one's words is folded into it."""
    kept: list[Hit] = []
    told: list[_Told] = []
    for hit in hits:
        this = _told(hit.passage.text)
        copy = next((n for n, other in enumerate(told) if _same(this, other)), None)
        if copy is not None:
            kept[copy] = replace(kept[copy], found_by=kept[copy].found_by | hit.found_by)
        elif len(kept) < limit:
            kept.append(hit)
            told.append(this)
        else:
            break
    return kept


@dataclass(frozen=True, slots=True)
class _Told:
    """A passage's words, and in their order those that say something."""

    words: frozenset[str]
    telling: tuple[str, ...]


@lru_cache(4096)
def _told(text: str) -> _Told:
    found = words(text)
    return _Told(frozenset(found), tuple(word for word in found if word not in _PADDING))


def _same(left: _Told, right: _Told) -> bool:
    """Whether two passages tell the same: 41 delegates or 38, signed or not, is one word of twenty, and all that
    matters; so is who sold to whom."""
    union = left.words | right.words
    return bool(union) and left.telling == right.telling and len(left.words & right.words) / len(union) >= SAME
