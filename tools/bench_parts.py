"""What the bench measures, part by part. Each gives its figures by name; milliseconds, seconds and MiB are absolute,
ratios compare two things of the same run."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from rag.composition import build_assistant
from rag.documents import roots
from rag.embedding.embedder import Embedder, Encoding, QueryEncoding
from rag.embedding.projection import Floats, unit
from rag.index import Index, embedded_text
from rag.language.detection import LANGUAGES, detect
from rag.language.stemming import query_stems
from rag.models import Question
from rag.passages import passages
from rag.retrieval import DENSE, LEXICAL, Retriever, _names_and_numbers
from rag.settings import Settings
from rag.store.manifest import Manifest
from rag.store.vectors import VectorStore, connect
from tools.bench_documents import PASSAGES, Writer, documents

Figures = dict[str, Any]
SIZE = 384
LEAST_INGEST = 0.85  # of the bare model's throughput
SEED = 20250424
MAX_BYTES = 2**24
CORPUS_QUESTIONS = (
    "Chi ha incontrato la delegazione a General Motors?",
    "Quanti abitanti ha il Michigan?",
    "Will Rivian build a factory in Turin?",
    "When did the delegation arrive in Detroit?",
    "Quali aziende ha visitato la delegazione piemontese?",
    "What did the president of the region say about investments?",
    "Quanto vale l'export del Piemonte verso gli Stati Uniti?",
    "Who signed the agreement?",
    "Perché la missione è stata organizzata?",
    "How many jobs does the automotive industry have in Michigan?",
)


class QuickEncoder:
    """A random direction for each word in place of a model: as many token vectors, and as large, at no cost.

    Without `tokens` it is like a static model, and late interaction has nothing to compare.
    """

    model_id = "bench"

    def __init__(self, tokens: bool = True) -> None:
        self._tokens = tokens

    def encode_query(self, text: str) -> QueryEncoding:
        encoding = self._encode(text)
        weights = np.full(len(encoding.tokens), 1 / max(1, len(encoding.tokens)), np.float32)
        tokens = np.asarray(encoding.tokens / 127, np.float32)
        return QueryEncoding(encoding.vector, tokens, weights)

    def encode_documents(self, texts: Sequence[str]) -> list[Encoding]:
        return [self._encode(text) for text in texts]

    def _encode(self, text: str) -> Encoding:
        spans = [m.span() for m in re.finditer(r"\w+", text)]
        rows = np.array([direction(text[a:b].casefold()) for a, b in spans], np.float32).reshape(-1, SIZE)
        vector = unit(rows.sum(axis=0))
        if not self._tokens:
            rows, spans = rows[:0], []
        return Encoding(vector, np.round(rows * 127).astype(np.int8), np.array(spans, np.int32).reshape(-1, 2))


@cache
def direction(word: str) -> Floats:
    seed = int.from_bytes(word.encode()[:32].ljust(8, b"\0"), "big")
    return unit(np.random.default_rng(seed).standard_normal(SIZE).astype(np.float32))


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that a call takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def spread(times: Iterable[float]) -> Figures:
    found = list(times)
    return {"p50": round(float(np.median(found)), 2), "p95": round(float(np.quantile(found, 0.95)), 2)}


def written(folder: Path, count: int, seed: int) -> Path:
    """A folder with documents of about `count` passages together."""
    folder.mkdir(parents=True)
    for number, text in enumerate(documents(-(-count // PASSAGES), seed), 1):
        (folder / f"{number:05}.md").write_text(text, encoding="utf-8")
    return folder


def opened(data: Path, encoder: Any) -> Index:
    data.mkdir(parents=True, exist_ok=True)
    vectors = VectorStore(connect(data / "chroma", None), "bench", encoder.model_id)
    return Index(Manifest(data / "manifest.sqlite"), vectors, encoder, MAX_BYTES)


# Ingest


def ingest(work: Path, embedder: Embedder, count: int, rounds: int = 3) -> Figures:
    """Passages a second of a whole sync, against the bare model over other passages of the same kind; in turns, since
    a machine is seldom equally busy for a minute."""
    index = opened(work / "ingest", embedder)
    spent, done = {"sync": 0.0, "model": 0.0}, {"sync": 0, "model": 0}
    for number in range(rounds):
        texts = _texts(work / f"raw{number}", count // rounds, SEED + 2 * number)
        spent["model"] += timed(lambda texts=texts: bare(embedder, texts))  # type: ignore[misc]
        done["model"] += len(texts)
        root = roots((written(work / f"new{number}", count // rounds, SEED + 2 * number + 1),))
        report = index.sync(root, prune=True)
        spent["sync"] += report.seconds * 1000
        done["sync"] += report.passages
    rate = {name: done[name] / spent[name] * 1000 for name in spent}
    ratio = rate["sync"] / rate["model"]
    return {
        "ratios": {"sync / bare model (throughput)": round(ratio, 3)},
        "budgets": {f"at least {LEAST_INGEST} of the bare model": ratio >= LEAST_INGEST},
        "passages": done["sync"],
        "sync_passages_per_second": round(rate["sync"], 1),
        "model_passages_per_second": round(rate["model"], 1),
    }


def _texts(folder: Path, count: int, seed: int) -> list[str]:
    """What would be embedded of some new documents."""
    index = opened(folder / "data", QuickEncoder())
    index.sync(roots((written(folder / "docs", count, seed),)))
    return [embedded_text(p, d)[0] for d in index.manifest.documents() for p in passages(d)]


def bare(embedder: Embedder, texts: Sequence[str]) -> None:
    embedder.model.encode(list(texts), batch_size=32, prompt_name="document", show_progress_bar=False)


# Retrieval


def retrieval(work: Path, count: int, questions: int) -> Figures:
    """A search over `count` passages, without the query's embedding, against Chroma's and FTS5's own queries."""
    folder, encoder = roots((written(work / "documents", count, SEED),)), QuickEncoder()
    retrievers = {}
    for name, made in (("plain", QuickEncoder(tokens=False)), ("whole", encoder)):
        index = opened(work / name, made)
        report = index.sync(folder)
        retrievers[name] = Retriever(index)
    raw = Raw(index, work / "whole" / "manifest.sqlite")
    asked = list(Writer(SEED + 1).questions(questions + 5))
    for question in asked[:5]:  # what is built at the first question is no cost of a question
        for retriever in retrievers.values():
            retriever.search(Question(question))
        raw.search(question, encoder.encode_query(question).vector)
    times: dict[str, list[float]] = {name: [] for name in ("raw", "plain", "whole")}
    for question in asked[5:]:
        encoded = timed(lambda q=question: encoder.encode_query(q))  # type: ignore[misc]
        vector = encoder.encode_query(question).vector
        times["raw"].append(timed(lambda q=question, v=vector: raw.search(q, v)))  # type: ignore[misc]
        for name, retriever in retrievers.items():
            took = timed(lambda q=question, r=retriever: r.search(Question(q)))  # type: ignore[misc]
            times[name].append(took - encoded)
    return _retrieval_figures({name: spread(found) for name, found in times.items()}, report.passages)


def _retrieval_figures(found: dict[str, Figures], count: int) -> Figures:
    budget = 2 * found["raw"]["p50"] + 10
    return {
        "ratios": {
            "search / Chroma + FTS5": round(found["plain"]["p50"] / found["raw"]["p50"], 2),
            "search / its budget (2 x + 10 ms)": round(found["plain"]["p50"] / budget, 2),
            "late interaction / search without": round(
                (found["whole"]["p50"] - found["plain"]["p50"]) / found["plain"]["p50"], 2
            ),
        },
        "budgets": {"at most twice Chroma and FTS5, and 10 ms": found["plain"]["p50"] <= budget},
        "passages": count,
        "chroma_and_fts5_ms": found["raw"],
        "search_without_late_interaction_ms": found["plain"],
        "search_ms": found["whole"],
    }


class Raw:
    """The same lists from Chroma and SQLite themselves, with nothing of Fonte around them."""

    def __init__(self, index: Index, manifest: Path) -> None:
        self._collection = index.vectors._collection
        self._connection = sqlite3.connect(manifest)

    def search(self, question: str, vector: Floats) -> None:
        self._collection.query(query_embeddings=vector[None, :], n_results=DENSE, include=["distances"])
        asked_in = detect(question)
        for language in LANGUAGES:
            wanted = query_stems(question, language) if language == asked_in else _names_and_numbers(question, language)
            if wanted:
                self._connection.execute(
                    f"SELECT passage_id, rank FROM stems_{language} WHERE stems_{language} MATCH ? "
                    f"AND rank MATCH 'bm25(0.0, 0.0, 0.33, 1.0)' ORDER BY rank LIMIT {LEXICAL}",
                    (" OR ".join(f'"{stem}"' for stem in wanted),),
                ).fetchall()


# Answers


def answers(work: Path, corpus: Path, repeat: int) -> Figures:
    """Whole answers over the shipped corpus and each of their steps, beside one embedding of the same questions."""
    settings = Settings(corpus=(corpus,), data=work / "answers")
    assistant, loading = build_assistant(settings)
    loading.run()
    assistant.ask(Question(CORPUS_QUESTIONS[0]))
    steps: dict[str, list[float]] = {}
    embedded = []
    for question in CORPUS_QUESTIONS * repeat:
        embedded.append(timed(lambda q=question: assistant.index.encoder.encode_query(q)))  # type: ignore[misc]
        for name, took in assistant.ask(Question(question)).timings_ms.items():
            steps.setdefault(name, []).append(took)
    found = {name: spread(times) for name, times in steps.items()}
    query = spread(embedded)
    return {
        "ratios": {
            f"{name} / one query embedding": round(figures["p50"] / query["p50"], 2) for name, figures in found.items()
        },
        "answer_ms": found,
        "query_embedding_fp32_ms": query,
    }
