"""Fit the calibration of a reader: `python training/calibrate.py MODEL_DIR ADAPTER_DIR MISSION [MISSION …]`.

Runs retrieval and reader over missions that the reader was not trained on, as an assistant would, and fits one
logistic model from a reading's features to "this sentence answers" (Platt 1999), cross-validated by mission; another
from the best similarity to "the subject is there", against questions of the other missions. Writes calibration.json
with what it was fitted on.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag.documents import Root
from rag.embedding import Embedder
from rag.evidence import READ, reading_features, reading_text
from rag.index import Index
from rag.manifest import Manifest
from rag.models import Question
from rag.reader import TrainedReader
from rag.retrieval import Retriever
from rag.text import fold
from rag.vectors import VectorStore, connect
from training.train import auc

DATA = Path(__file__).parent / "data"
FEATURES = ("reader", "confidence", "behind_confidence", "unit", "similarity", "behind", "named", "kind")


@dataclass(frozen=True)
class Case:
    """One question asked of one mission: its readings' features, which of them answer, the best similarity."""

    mission: str
    role: str  # question, near or far
    features: NDArray[np.float64]
    labels: NDArray[np.float64]
    similarity: float


def open_mission(folder: Path, embedder: Embedder, scratch: Path) -> Retriever:
    vectors = VectorStore(connect(scratch / "chroma", None), "calibration", embedder.model_id)
    index = Index(Manifest(scratch / "manifest.sqlite"), vectors, embedder, 10**8)
    index.sync([Root(folder / "docs", folder.name)])
    return Retriever(index)


def case(retriever: Retriever, reader: TrainedReader, mission: str, role: str, question: str, answer: str) -> Case:
    hits = retriever.search(Question(question))[:READ]
    text = retriever.expanded(question)
    readings = reader.read(text, [reading_text(hit) for hit in hits])
    rows, labels = [], []
    for hit, reading in zip(hits, readings, strict=True):
        for number, unit in enumerate(hit.units):
            rows.append([reading_features(text, hit, number, reading, hits)[name] for name in FEATURES])
            labels.append(float(bool(answer) and fold(answer) in fold(hit.document.text[unit.start : unit.end])))
    return Case(mission, role, np.asarray(rows), np.asarray(labels), max(hit.similarity for hit in hits))


def collect(missions: Sequence[str], embedder: Embedder, reader: TrainedReader, limit: int) -> list[Case]:
    found: list[Case] = []
    for number, mission in enumerate(missions):
        rows = [json.loads(x) for x in (DATA / mission / "pairs.jsonl").read_text(encoding="utf-8").splitlines()][
            :limit
        ]
        other = missions[(number + 1) % len(missions)]
        strange = [json.loads(x) for x in (DATA / other / "pairs.jsonl").read_text(encoding="utf-8").splitlines()]
        with tempfile.TemporaryDirectory() as scratch:
            retriever = open_mission(DATA / mission, embedder, Path(scratch))
            for row in rows:
                found.append(case(retriever, reader, mission, "question", row["question"], row["answer"]))
                found.append(case(retriever, reader, mission, "near", row["near_miss"], ""))
            found += [case(retriever, reader, mission, "far", row["question"], "") for row in strange[: limit // 3]]
        print(mission, len(found), flush=True)
    return found


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
    """Figures of the calibrated best probability, each mission judged by a model fitted on the others."""
    best: dict[str, list[float]] = {"question": [], "near": [], "far": []}
    right = 0
    for mission in sorted({c.mission for c in cases}):
        weights = fit(*stacked([c for c in cases if c.mission != mission]))
        for one in (c for c in cases if c.mission == mission):
            p = predict(weights, one.features)
            best[one.role].append(float(p.max()))
            right += one.role == "question" and bool(one.labels[int(p.argmax())])
    answered = len(best["question"])
    figures = {
        "auc_near": auc(best["question"], best["near"]),
        "auc_far": auc(best["question"], best["far"]),
        "first_right": right / answered,
        "found": sum(bool(c.labels.any()) for c in cases if c.role == "question") / answered,
    }
    for threshold in (0.3, 0.4, 0.5, 0.6):
        figures[f"answered@{threshold}"] = float(np.mean(np.asarray(best["question"]) >= threshold))
        figures[f"near_abstained@{threshold}"] = float(np.mean(np.asarray(best["near"]) < threshold))
    return {name: round(value, 4) for name, value in figures.items() if not math.isnan(value)}


def stacked(cases: Sequence[Case]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.vstack([c.features for c in cases]), np.concatenate([c.labels for c in cases])


def main(model_dir: Path, adapter: Path, missions: list[str], limit: int = 150) -> None:
    embedder = Embedder(str(model_dir), lambda: str(model_dir))
    embedder.load()
    reader = TrainedReader(lambda: str(model_dir), adapter)
    reader.load()
    cases = collect(missions, embedder, reader, limit)
    weights = fit(*stacked(cases))
    there = np.asarray([[c.similarity] for c in cases])
    topic = fit(there, np.asarray([float(c.role != "far") for c in cases]))
    figures = crossed(cases)
    stored = {
        "weights": dict(zip(FEATURES, (round(float(w), 5) for w in weights), strict=False)),
        "bias": round(float(weights[-1]), 5),
        "topic_weight": round(float(topic[0]), 5),
        "topic_bias": round(float(topic[1]), 5),
        "fitted_on": {"missions": missions, "questions": len(cases), "read": READ},
        "figures": figures,
    }
    (adapter / "calibration.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(stored, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
