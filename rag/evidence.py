"""Question + hits → evidence: the sentences that may answer, each with a calibrated probability, and their verdict.

The reader judges whole passages; the sentence that holds its span is what is quoted. What a question asks for (a
person, a date, an amount) is then demanded of that sentence: similar wording alone never answers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.demands import demands, held
from rag.errors import ConfigurationError
from rag.language.detection import detect
from rag.models import Evidence, Hit, PassageKind, Span, Unit
from rag.passages import context, read_text
from rag.reader.trained import Reader, Reading, Text
from rag.text import fold, trim

READ = 12  # hits that are read; docs/quality.md gives the figures for 6, 12 and 24


@dataclass(frozen=True, slots=True)
class Judged:
    """All evidence for one question, most probable first; `topical` says whether the subject is there at all, and
    `correction` is a later source's sentence that takes the first one's value back."""

    evidence: tuple[Evidence, ...]
    topical: float
    correction: Evidence | None = None

    @property
    def best(self) -> float:
        return self.evidence[0].probability if self.evidence else 0.0

    def every(self) -> tuple[Evidence, ...]:
        """All that may be quoted."""
        return self.evidence if self.correction is None else (*self.evidence, self.correction)


class Judge(Protocol):
    """Whatever decides which evidence answers; the conformance suite holds for each."""

    def judge(self, question: str, hits: Sequence[Hit]) -> Judged: ...


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model from features to a probability."""

    weights: dict[str, float]
    bias: float

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Raises ConfigurationError for a file that is not there, or is no calibration."""
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return cls({str(k): float(v) for k, v in stored["weights"].items()}, float(stored["bias"]))
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise ConfigurationError(
                f"{path} is not a calibration ({error}).", "Make it with training/calibrate.py."
            ) from error

    def probability(self, features: dict[str, float]) -> float:
        return sigmoid(self.bias + sum(self.weights.get(name, 0.0) * value for name, value in features.items()))


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, x))))


def logit(probability: float) -> float:
    bounded = min(1 - 1e-6, max(1e-6, probability))
    return math.log(bounded / (1 - bounded))


class ReaderJudge:
    """Judges with a trained reader, its calibration, and that of the subject's being there."""

    def __init__(self, reader: Reader, calibration: Calibration, topic: Calibration, read: int = READ) -> None:
        self._reader = reader
        self._calibration = calibration
        self._topic = topic
        self._read = read

    def judge(self, question: str, hits: Sequence[Hit]) -> Judged:
        read = list(hits[: self._read])
        if not read:
            return Judged((), 0.0)
        readings = self._reader.read(question, [reading_text(hit) for hit in read])
        topical = self._topic.probability(topic_features(question, read))
        found = [
            self._evidence(question, hit, unit, reading, topical, read)
            for hit, reading in zip(read, readings, strict=True)
            for unit in range(len(hit.units))
        ]
        found.sort(key=lambda e: (-e.probability, -e.score, e.hit.passage.id, e.start))
        return Judged(tuple(found), topical)

    def _evidence(
        self, question: str, hit: Hit, number: int, reading: Reading, topical: float, hits: Sequence[Hit]
    ) -> Evidence:
        features = {**reading_features(hit, number, reading, hits, detect(question)), "topic": logit(topical)}
        unit = hit.units[number]
        answer = answer_span(hit, unit, reading.units[number].span)
        probability = self._calibration.probability(features) * demands(question, hit, unit, hits)
        names = held(question, hit, unit, hits)
        return Evidence(hit, unit.start, unit.end, reading.answers, probability, answer, names)


def reading_features(hit: Hit, number: int, reading: Reading, hits: Sequence[Hit], language: str) -> dict[str, float]:
    """What the calibration weighs of one quotable unit of one of `hits`, besides the log odds of the subject.

    `language` is the question's: across languages similarities are lower, and the reader less sure.
    """
    unit, read = hit.units[number], reading.units[number]
    return {
        "reader": reading.answers,
        "confidence": max(read.confidence, -12.0),
        "behind_confidence": min(12.0, max(u.confidence for u in reading.units) - read.confidence),
        "unit": unit.similarity,
        "similarity": hit.similarity,
        "behind": hits[0].score - hit.score,
        "crossing": float(hit.document.language != language),
    }


def topic_features(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """What tells whether the documents speak of a question's subject at all, its several words taken together:
    one passage may hold one of them, the next another."""
    language = detect(question)
    same = max((h.similarity for h in hits if h.document.language == language), default=0.0)
    other = max((h.similarity for h in hits if h.document.language != language), default=0.0)
    return {
        "covered": sum(max(token) for token in zip(*(h.matched for h in hits), strict=True)),
        "cosine": max(h.cosine for h in hits),
        "crossing": float(other > same),
        "length": math.log(max(1, len(hits[0].matched))),
    }


def reading_text(hit: Hit) -> Text:
    """A hit as the reader sees it, and saw it in training, with the places of its quotable units."""
    body = read_text(hit.passage, hit.document)
    row = hit.passage.kind is PassageKind.ROW
    places = [(0, len(body)) if row else (u.start - hit.passage.start, u.end - hit.passage.start) for u in hit.units]
    return Text(context(hit.passage, hit.document), body, tuple(places))


def answer_span(hit: Hit, unit: Unit, span: tuple[int, int]) -> Span | None:
    """A span of what was read, as offsets in the document; None where a row writes its words otherwise."""
    passage, text = hit.passage, hit.document.text
    if passage.kind is PassageKind.ROW:
        words_ = read_text(passage, hit.document)[span[0] : span[1]].strip()
        at = text.find(words_, unit.start, unit.end) if words_ else -1
        return Span(at, at + len(words_)) if at >= 0 else None
    found = trim(text, max(unit.start, passage.start + span[0]), min(unit.end, passage.start + span[1]))
    return found if found.end > found.start else None


def best_of_each(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Evidence without sentences that say the same words as a better one."""
    kept: list[Evidence] = []
    for item in evidence:
        folded = fold(item.text)
        if all(fold(other.text) != folded for other in kept):
            kept.append(item)
    return kept
