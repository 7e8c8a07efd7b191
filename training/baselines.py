"""What the reader is compared with: `python training/baselines.py MODEL_DIR ADAPTER_DIR SET_DIR MISSION_DIR...`.

Cosine of the sentence vectors, BM25 (Robertson and Zaragoza 2009, k1 1.2, b .75), the share of the question's words
that stand in the passage, and late interaction, each on the questions on which the reader is measured: on a mission
kept from training every score is of the passage that the question, or its near miss, was written over; on a question
set it is the best of all passages, and for the reader the best of the READ that late interaction puts first. Prints a
table of AUCs, answerable questions against near misses, with 95 % intervals over questions drawn again.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.conversation import standalone
from rag.embedding.embedder import Embedder
from rag.evaluation.question_sets import load
from rag.evidence import READ
from rag.language.detection import detect
from rag.language.stemming import query_stems, stems
from rag.models import Question, Turn
from rag.reader.trained import Text, TrainedReader
from training.calibrate import open_embedder
from training.examples import MissionPassage, mission_passages, pairs
from training.figures import auc

K1, B = 1.2, 0.75
DRAWS = 1000
MEASURES = ("cosine", "BM25", "words in common", "late interaction", "the reader")
SOURCES = ("pairs", "literal", "harder", "structured")
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A question with its score by each measure; `group` is what is drawn again as one."""

    group: str
    kind: str
    answerable: bool
    languages: str
    scores: dict[str, float]


class Field:
    """The passages of one mission or set, scored against questions."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self.passages: Sequence[MissionPassage] = mission_passages(folder.resolve())
        self._embedder = embedder
        encoded = embedder.encode_documents([p.embedded for p in self.passages])
        self._vectors = np.stack([e.vector for e in encoded])
        self._tokens = np.concatenate([e.tokens for e in encoded]).astype(np.float32) / 127
        self._starts = np.cumsum([0, *(len(e.tokens) for e in encoded)])[:-1]
        self._stems = [Counter(stems(p.embedded, p.document.language)) for p in self.passages]
        self._sizes = np.array([c.total() for c in self._stems], dtype=np.float64)

    def scores(self, question: str) -> dict[str, Scores]:
        """By measure, (passages,) each."""
        asked = self._embedder.encode_query(question)
        nearest = np.maximum.reduceat(self._tokens @ asked.tokens.T, self._starts, axis=0)
        return {
            "cosine": (self._vectors @ asked.vector).astype(np.float64),
            "BM25": self._bm25(question),
            "words in common": self._shared(question),
            "late interaction": (nearest @ asked.weights).astype(np.float64),
        }

    def _bm25(self, question: str) -> Scores:
        total = np.zeros(len(self.passages))
        spoken = np.array([p.document.language for p in self.passages])
        damped = K1 * (1 - B + B * self._sizes / self._sizes.mean())
        for language in set(spoken):
            for stem in set(query_stems(question, language)):
                counts = np.array([c[stem] for c in self._stems]) * (spoken == language)
                held = int((counts > 0).sum())
                rarity = math.log(1 + (len(counts) - held + 0.5) / (held + 0.5))
                total += rarity * counts * (K1 + 1) / (counts + damped)
        return total

    def _shared(self, question: str) -> Scores:
        wanted = set(query_stems(question, detect(question)))
        return np.array([sum(stem in c for stem in wanted) / max(1, len(wanted)) for c in self._stems])


def of_mission(folder: Path, embedder: Embedder, reader: TrainedReader) -> Iterator[Asked]:
    field = Field(folder, embedder)
    place = {(p.context, p.body): n for n, p in enumerate(field.passages)}
    for source in SOURCES:
        for example in pairs(folder, field.passages, source):
            if example.role not in ("gold", "near"):
                continue
            at = place[example.context, example.body]
            scores = {name: float(found[at]) for name, found in field.scores(example.question).items()}
            (reading,) = reader.read(example.question, [Text(example.context, example.body)])
            scores["the reader"] = reading.answers
            yield Asked(example.group, source, example.role == "gold", example.languages, scores)


def of_set(folder: Path, embedder: Embedder, reader: TrainedReader) -> Iterator[Asked]:
    field = Field(folder, embedder)
    for row in load(folder):
        asked = Question(row.question, tuple(Turn(role, content) for role, content in row.history))
        question = standalone(asked).text
        found = field.scores(question)
        nearest = np.argsort(-found["late interaction"])[:READ]
        read = reader.read(question, [Text(p.context, p.body) for p in (field.passages[n] for n in nearest)])
        scores = {name: float(values.max()) for name, values in found.items()}
        scores["the reader"] = max(reading.answers for reading in read)
        yield Asked(row.id, row.type, row.answerable, detect(question), scores)


def measured(rows: Sequence[Asked], name: str) -> float:
    return auc([r.scores[name] for r in rows if r.answerable], [r.scores[name] for r in rows if not r.answerable])


def with_interval(rows: Sequence[Asked], name: str) -> str:
    """The AUC and its 95 % interval over DRAWS samples of the groups."""
    rng = np.random.default_rng(20261123)
    groups: dict[str, list[Asked]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    drawn = list(groups.values())
    found = []
    for _ in range(DRAWS):
        sample = [row for n in rng.integers(len(drawn), size=len(drawn)) for row in drawn[n]]
        found.append(measured(sample, name))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return f"{measured(rows, name):.2f} ({low:.2f} to {high:.2f})"


def table(columns: dict[str, list[Asked]]) -> str:
    titles = [f"{title} ({len(rows)})" for title, rows in columns.items()]
    lines = [["", *titles], ["---"] * (len(titles) + 1)]
    for name in MEASURES:
        lines.append([name, *(with_interval(rows, name) for rows in columns.values())])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(model_dir: Path, adapter: Path, folder: Path, *missions: Path) -> None:
    embedder = open_embedder(model_dir)
    reader = TrainedReader(lambda: str(model_dir), adapter)
    reader.load()
    held = [asked for mission in missions for asked in of_mission(mission, embedder, reader)]
    own = list(of_set(folder, embedder, reader))
    print(table({source: [a for a in held if a.kind == source] for source in SOURCES}), "\n")
    crossings = ("it>it", "en>en", "it>en", "en>it")
    print(table({crossing: [a for a in held if a.languages == crossing] for crossing in crossings}), "\n")
    absent = {"near": "near misses", "far": "absent subjects"}
    print(table({title: [a for a in own if a.answerable or a.kind.endswith(kind)] for kind, title in absent.items()}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
