"""Fit whether a question's subject is in the documents at all: `python training/topic.py MODEL_DIR OUT_DIR [SET_DIR]`.

Each mission of training/data is a corpus; its own questions and near misses are about it, those of the others are
strangers. A logistic model from `topic_features` to "about it" goes to topic.json; no reader takes part. With SET_DIR,
a question set that nothing was fitted on, its AUC there is printed and kept.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag.embedding.embedder import Embedder
from rag.evaluation.question_sets import load
from rag.evidence import READ, topic_features
from rag.models import Question
from rag.retrieval import Retriever
from training.calibrate import asked, fit, open_embedder, open_set, predict
from training.figures import auc

DATA = Path(__file__).parent / "data"
FEATURES = ("covered", "cosine", "crossing", "length")
FILES = ("pairs", "literal", "harder")
OWN, NEAR, STRANGE = 40, 20, 3  # questions a mission; strange ones of each other mission


def features(retriever: Retriever, question: str) -> list[float]:
    hits = retriever.search(Question(question))[:READ]
    found = topic_features(question, hits)
    return [found[name] for name in FEATURES]


def cases(embedder: Embedder, scratch: Path) -> tuple[list[list[float]], list[float]]:
    """Features, and 1 where the question is about the corpus it was put to."""
    rng = random.Random(20261122)
    folders = sorted(p for p in DATA.iterdir() if p.is_dir())
    rows = {folder: asked(folder, *FILES) for folder in folders}
    found: list[list[float]] = []
    about: list[float] = []
    for folder in folders:
        retriever = open_set(folder, embedder, scratch / folder.name)
        own = [r["question"] for r in rng.sample(rows[folder], OWN)]
        own += [r["near_miss"] for r in rng.sample(rows[folder], NEAR)]
        strange = [r["question"] for f in folders if f != folder for r in rng.sample(rows[f], STRANGE)]
        found += [features(retriever, question) for question in own + strange]
        about += [1.0] * len(own) + [0.0] * len(strange)
        print(folder.name, flush=True)
    return found, about


def held_out(weights: NDArray[np.float64], embedder: Embedder, folder: Path, scratch: Path) -> dict[str, Any]:
    """AUC on a set: its answerable questions, and its near misses, against those on absent subjects."""
    retriever = open_set(folder, embedder, scratch)
    about: list[float] = []
    far: list[float] = []
    for row in load(folder):
        if not row.history:
            p = float(predict(weights, np.asarray([features(retriever, row.question)]))[0])
            (far if row.type == "unanswerable_far" else about).append(p)
    return {"set": folder.name, "auc": round(auc(about, far), 4)}


def main(arguments: Sequence[str]) -> None:
    model_dir, out, *sets = (Path(a) for a in arguments)
    embedder = open_embedder(model_dir)
    with tempfile.TemporaryDirectory() as scratch:
        found, about = cases(embedder, Path(scratch))
        weights = fit(np.asarray(found), np.asarray(about), penalty=1e-5)
        tested = [held_out(weights, embedder, folder, Path(scratch) / "set") for folder in sets]
    p = predict(weights, np.asarray(found))
    own = [float(x) for x, y in zip(p, about, strict=True) if y]
    strange = [float(x) for x, y in zip(p, about, strict=True) if not y]
    stored = {
        "weights": dict(zip(FEATURES, (round(float(w), 5) for w in weights), strict=False)),
        "bias": round(float(weights[-1]), 5),
        "fitted_on": {
            "missions": len([p for p in DATA.iterdir() if p.is_dir()]),
            "own": len(own),
            "strangers": len(strange),
        },
        "figures": {"auc": round(auc(own, strange), 4), "held_out": tested},
    }
    (out / "topic.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(stored, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
