"""Fit the calibration of a reader: `python training/calibrate.py MODEL_DIR ADAPTER_DIR SET_DIR`.

Runs retrieval and reader over a question set that the reader was not trained on, as an assistant would, and fits a
logistic model from a reading's features to "this sentence answers" (Platt 1999), with figures cross-validated by
question; another from the best similarity to "the subject is there", against questions about the missions of
training/data, which are strangers to the set. Writes calibration.json, which says on what it was fitted.

The hand-written missions would not do: their near misses are closer in wording to the text than their answerable
questions, which is not how people ask.
"""

from __future__ import annotations

import json
import math
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag.conversation import standalone
from rag.documents import Root
from rag.embedding import Embedder
from rag.evidence import READ, reading_features, reading_text
from rag.index import Index
from rag.manifest import Manifest
from rag.models import Question, Turn
from rag.question_sets import load
from rag.reader import TrainedReader
from rag.retrieval import Retriever
from rag.scoring import Row, quotes
from rag.vectors import VectorStore, connect
from training.train import auc

DATA = Path(__file__).parent / "data"
FEATURES = ("reader", "confidence", "behind_confidence", "unit", "similarity", "behind")


@dataclass(frozen=True)
class Case:
    """One question asked of the set: its units' features, which of them answer, and the best similarity."""

    type: str
    answerable: bool
    features: NDArray[np.float64]
    labels: NDArray[np.float64]
    similarity: float


def open_set(folder: Path, embedder: Embedder, scratch: Path) -> Retriever:
    vectors = VectorStore(connect(scratch / "chroma", None), "calibration", embedder.model_id)
    index = Index(Manifest(scratch / "manifest.sqlite"), vectors, embedder, 10**8)
    index.sync([Root((folder / "docs").resolve(), folder.name)])
    return Retriever(index)


def case(retriever: Retriever, reader: TrainedReader, row: Row) -> Case:
    history = tuple(Turn(role, content) for role, content in row.history)
    asked = standalone(Question(row.question, history)).text
    hits = retriever.search(Question(asked))[:READ]
    text = retriever.expanded(asked)
    rows, labels = [], []
    for hit, reading in zip(hits, reader.read(text, [reading_text(hit) for hit in hits]), strict=True):
        for number, unit in enumerate(hit.units):
            rows.append([reading_features(text, hit, number, reading, hits)[name] for name in FEATURES])
            said = hit.document.text[unit.start : unit.end]
            gold = any(hit.document.source == g.doc and quotes(said, g.quote) for g in row.evidence)
            labels.append(float(row.answerable and gold))
    return Case(row.type, row.answerable, np.asarray(rows), np.asarray(labels), max(h.similarity for h in hits))


def strangers(retriever: Retriever, count: int = 200) -> list[float]:
    """The best similarity of questions about other missions, whose subject the set does not hold."""
    asked = [
        json.loads(line)["question"]
        for path in sorted(DATA.glob("*/pairs.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    chosen = asked[:: max(1, len(asked) // count)]
    return [max((h.similarity for h in retriever.search(Question(q))), default=0.0) for q in chosen]


def fit(x: NDArray[np.float64], y: NDArray[np.float64], penalty: float = 1e-3, rounds: int = 60) -> NDArray[np.float64]:
    """Weights of a logistic regression with a bias last, by Newton's method."""
    design = np.hstack([x, np.ones((len(x), 1))])
    weights = np.zeros(design.shape[1])
    ridge = penalty * len(x) * np.eye(design.shape[1])
    ridge[-1, -1] = 0.0
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        gradient = design.T @ (p - y) + ridge @ weights
        hessian = (design * (p * (1 - p))[:, None]).T @ design + ridge + 1e-9 * np.eye(len(ridge))
        step = np.linalg.solve(hessian, gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def predict(weights: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(x @ weights[:-1] + weights[-1], -30, 30))))


def crossed(cases: Sequence[Case]) -> dict[str, float]:
    """Figures of the calibrated best probability, each question judged by a model fitted without its fifth."""
    order = random.Random(0).sample(range(len(cases)), len(cases))
    best: dict[int, float] = {}
    right: dict[int, bool] = {}
    for fold in range(5):
        kept = set(order[fold::5])
        weights = fit(*stacked([c for n, c in enumerate(cases) if n not in kept]))
        for n in kept:
            p = predict(weights, cases[n].features)
            best[n], right[n] = float(p.max()), bool(cases[n].labels[int(p.argmax())])
    answerable = [n for n, c in enumerate(cases) if c.answerable]
    near = [best[n] for n, c in enumerate(cases) if c.type == "unanswerable_near"]
    far = [best[n] for n, c in enumerate(cases) if c.type == "unanswerable_far"]
    asked = [best[n] for n in answerable]
    figures = {
        "auc_near": auc(asked, near),
        "auc_far": auc(asked, far),
        "first_right": float(np.mean([right[n] for n in answerable])),
        "found": float(np.mean([cases[n].labels.any() for n in answerable])),
    }
    return {name: round(value, 4) for name, value in figures.items() if not math.isnan(value)}


def stacked(cases: Sequence[Case]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.vstack([c.features for c in cases]), np.concatenate([c.labels for c in cases])


def main(model_dir: Path, adapter: Path, folder: Path) -> None:
    embedder = Embedder(str(model_dir), lambda: str(model_dir))
    embedder.load()
    reader = TrainedReader(lambda: str(model_dir), adapter)
    reader.load()
    with tempfile.TemporaryDirectory() as scratch:
        retriever = open_set(folder, embedder, Path(scratch))
        cases = [case(retriever, reader, row) for row in load(folder)]
        strange = strangers(retriever)
    weights = fit(*stacked(cases))
    known = [c.similarity for c in cases if c.type != "unanswerable_far"]
    topic = fit(np.asarray([[x] for x in known + strange]), np.asarray([1.0] * len(known) + [0.0] * len(strange)), 1e-6)
    stored = {
        "weights": dict(zip(FEATURES, (round(float(w), 5) for w in weights), strict=False)),
        "bias": round(float(weights[-1]), 5),
        "topic_weight": round(float(topic[0]), 5),
        "topic_bias": round(float(topic[1]), 5),
        "fitted_on": {"set": folder.name, "questions": len(cases), "strangers": len(strange), "read": READ},
        "figures": {**crossed(cases), "auc_strangers": round(auc(known, strange), 4)},
    }
    (adapter / "calibration.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(stored, indent=1))


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
