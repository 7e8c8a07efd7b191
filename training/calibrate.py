"""Fit the calibration of a reader: `python training/calibrate.py MODEL_DIR ADAPTER_DIR SET_DIR [MISSION ...]`.

Runs retrieval and reader over a question set that the reader was not trained on, and over missions of training/data
that were held out of its training, as an assistant would, and fits a logistic model from a reading's features to
"this sentence answers" (Platt 1999), with figures cross-validated by question. Questions about other missions take
part as what no sentence answers. Writes calibration.json, which says on what it was fitted; topic.json, from
training/topic.py, must lie beside it.
"""

from __future__ import annotations

import json
import math
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag.conversation import standalone
from rag.documents import Root
from rag.embedding.embedder import Embedder
from rag.embedding.projection import Projection
from rag.evaluation.question_sets import load
from rag.evaluation.scoring import Row, quotes
from rag.evidence import READ, Calibration, logit, reading_features, reading_text, topic_features
from rag.index import Index
from rag.language.detection import detect
from rag.models import Hit, Question, Turn, Unit
from rag.reader.trained import TrainedReader
from rag.retrieval import Retriever
from rag.store.manifest import Manifest
from rag.store.vectors import VectorStore, connect
from training.figures import auc

DATA = Path(__file__).parent / "data"
FEATURES = ("reader", "confidence", "behind_confidence", "unit", "similarity", "behind", "crossing", "topic")
MISSION = ("pairs", "literal", "harder", "structured")
PAIRS = 40  # pairs of each file of a mission
STRANGE = 3  # questions of each other mission


@dataclass(frozen=True)
class Case:
    """One question asked of a set: its units' features, and which of them answer."""

    type: str
    answerable: bool
    features: NDArray[np.float64]
    labels: NDArray[np.float64]


Answers = Callable[[Hit, Unit], bool]  # whether a unit of a hit answers the question at hand


def open_embedder(model_dir: Path) -> Embedder:
    """The packaged model, loaded, with the projection that an assistant looks at its vectors through."""
    embedder = Embedder(str(model_dir), lambda: str(model_dir), Projection.load())
    embedder.load()
    return embedder


def open_set(folder: Path, embedder: Embedder, scratch: Path) -> Retriever:
    vectors = VectorStore(connect(scratch / "chroma", None), "calibration", embedder.model_id)
    index = Index(Manifest(scratch / "manifest.sqlite"), vectors, embedder, 10**8)
    index.sync([Root((folder / "docs").resolve(), folder.name)])
    return Retriever(index)


class Asker:
    """Asks questions of one set, as an assistant would."""

    def __init__(self, retriever: Retriever, reader: TrainedReader, topic: Calibration) -> None:
        self._retriever = retriever
        self._reader = reader
        self._topic = topic

    def case(self, kind: str, question: str, answers: Answers | None) -> Case:
        """`answers` is None for a question that nothing answers."""
        hits = self._retriever.search(Question(question))[:READ]
        text = self._retriever.expanded(question)
        topic = logit(self._topic.probability(topic_features(text, hits)))
        spoken, rows, labels = detect(text), [], []
        for hit, reading in zip(hits, self._reader.read(text, [reading_text(hit) for hit in hits]), strict=True):
            for number, unit in enumerate(hit.units):
                found = {**reading_features(hit, number, reading, hits, spoken), "topic": topic}
                rows.append([found[name] for name in FEATURES])
                labels.append(float(answers is not None and answers(hit, unit)))
        return Case(kind, answers is not None, np.asarray(rows), np.asarray(labels))


def of_set(asker: Asker, folder: Path) -> Iterator[Case]:
    for row in load(folder):
        history = tuple(Turn(role, content) for role, content in row.history)
        alone = standalone(Question(row.question, history)).text
        yield asker.case(row.type, alone, partial(quotes_gold, row) if row.answerable else None)


def quotes_gold(row: Row, hit: Hit, unit: Unit) -> bool:
    said = hit.document.text[unit.start : unit.end]
    return any(hit.document.source == gold.doc and quotes(said, gold.quote) for gold in row.evidence)


def asked(folder: Path, *names: str) -> list[dict[str, str]]:
    """A mission's rows of these files, where it has them."""
    files = [path for name in names if (path := folder / f"{name}.jsonl").is_file()]
    return [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]


def of_mission(asker: Asker, folder: Path) -> Iterator[Case]:
    rng = random.Random(20261122)
    for name in MISSION:
        rows = asked(folder, name)
        for row in rng.sample(rows, min(PAIRS, len(rows))):
            yield asker.case(name, row["question"], partial(holds_answer, row))
            yield asker.case(f"{name}_near", row["near_miss"], None)


def holds_answer(row: dict[str, str], hit: Hit, unit: Unit) -> bool:
    document = hit.document
    start = document.text.find(row["passage"], document.body_start) + row["passage"].find(row["answer"])
    return document.source == row["doc"] and unit.start <= start < unit.end


def of_strangers(asker: Asker, folders: Sequence[Path]) -> Iterator[Case]:
    rng = random.Random(20261122)
    for folder in folders:
        for row in rng.sample(asked(folder, "pairs", "literal", "harder"), STRANGE):
            yield asker.case("stranger", row["question"], None)


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
    kinds: defaultdict[str, list[int]] = defaultdict(list)
    for n, c in enumerate(cases):
        kinds["asked" if c.answerable and c.type not in MISSION else c.type].append(n)
    by_kind: defaultdict[str, list[float]] = defaultdict(list)
    for kind, numbers in kinds.items():
        by_kind[kind] = [best[n] for n in numbers]
    own, near = ([p for kind in MISSION for p in by_kind[kind + tail]] for tail in ("", "_near"))
    figures = {
        "auc_near": auc(by_kind["asked"], by_kind["unanswerable_near"]),
        "auc_far": auc(by_kind["asked"], by_kind["unanswerable_far"]),
        "auc_strangers": auc(by_kind["asked"], by_kind["stranger"]),
        "first_right": mean([float(right[n]) for n in kinds["asked"]]),
        "found": mean([float(cases[n].labels.any()) for n in kinds["asked"]]),
        "missions_auc_near": auc(own, near),
        "missions_first_right": mean([float(right[n]) for kind in MISSION for n in kinds[kind]]),
    }
    return {name: round(value, 4) for name, value in figures.items() if not math.isnan(value)}


def mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan


def stacked(cases: Sequence[Case]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.vstack([c.features for c in cases]), np.concatenate([c.labels for c in cases])


def main(model_dir: Path, adapter: Path, folder: Path, *missions: Path) -> None:
    embedder = open_embedder(model_dir)
    reader = TrainedReader(lambda: str(model_dir), adapter)
    reader.load()
    topic = Calibration.load(adapter / "topic.json")
    held = [DATA / mission.name for mission in missions]
    others = sorted(p for p in DATA.iterdir() if p.is_dir() and p not in held)
    cases: list[Case] = []
    with tempfile.TemporaryDirectory() as scratch:
        for corpus in [folder, *held]:
            asker = Asker(open_set(corpus, embedder, Path(scratch) / corpus.name), reader, topic)
            cases += of_mission(asker, corpus) if corpus in held else of_set(asker, corpus)
            cases += of_strangers(asker, others)
    weights = fit(*stacked(cases))
    stored = {
        "weights": dict(zip(FEATURES, (round(float(w), 5) for w in weights), strict=False)),
        "bias": round(float(weights[-1]), 5),
        "fitted_on": {"set": folder.name, "missions": [h.name for h in held], "questions": len(cases), "read": READ},
        "figures": crossed(cases),
    }
    (adapter / "calibration.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(stored, indent=1))


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
