"""Question + hits → evidence: the sentences that may answer, each with a calibrated probability, and their verdict.

The reader judges whole passages; the sentence that holds its span is what is quoted. What a question asks for (a
person, a date, an amount) is then demanded of that sentence: similar wording alone never answers.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.errors import ConfigurationError
from rag.language.detection import detect
from rag.language.questions import ASIDE, Asked, Measure, asked, measure
from rag.language.values import Kind, values
from rag.models import Evidence, Hit, PassageKind, Span, Unit
from rag.passages import context, read_text
from rag.reader.trained import Reader, Reading, Text
from rag.text import fold, trim, words

WITHOUT_KIND = 0.3  # what is left of a probability when nothing of the kind asked for is said
WITHOUT_NAMES = 0.4  # … and when none of the question's names stands in the passage or above it
READ = 12  # hits that are read; docs/quality.md gives the figures for 6, 12 and 24


@dataclass(frozen=True, slots=True)
class Judged:
    """All evidence for one question, most probable first; `topical` says whether the subject is there at all."""

    evidence: tuple[Evidence, ...]
    topical: float

    @property
    def best(self) -> float:
        return self.evidence[0].probability if self.evidence else 0.0


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
        features = {**reading_features(hit, number, reading, hits), "topic": logit(topical)}
        unit = hit.units[number]
        answer = answer_span(hit, unit, reading.units[number].span)
        probability = self._calibration.probability(features) * demands(question, hit, unit, hits)
        return Evidence(hit, unit.start, unit.end, reading.answers, probability, answer)


def reading_features(hit: Hit, number: int, reading: Reading, hits: Sequence[Hit]) -> dict[str, float]:
    """What the calibration weighs of one quotable unit of one of `hits`, besides the log odds of the subject."""
    unit, read = hit.units[number], reading.units[number]
    return {
        "reader": reading.answers,
        "confidence": max(read.confidence, -12.0),
        "behind_confidence": min(12.0, max(u.confidence for u in reading.units) - read.confidence),
        "unit": unit.similarity,
        "similarity": hit.similarity,
        "behind": hits[0].score - hit.score,
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


def demands(question: str, hit: Hit, unit: Unit, hits: Sequence[Hit]) -> float:
    """How far a sentence meets what every answer must hold: a thing of the kind asked for, and the thing asked about.

    A factor on the probability. Not weighed by the calibration, whose sets hold too few questions that would show it.
    """
    said = hit.document.text[unit.start : unit.end]
    wanted = asked(question)
    kind = 1.0 if says_kind(wanted, said, question) else WITHOUT_KIND
    if (asked_for := measure(question)) and not says_measure(
        asked_for, said, context(hit.passage, hit.document), hit.document.language
    ):
        kind = WITHOUT_KIND
    above = named(question, f"{context(hit.passage, hit.document)} {hit.passage.text}", hits)
    # Who was where is said in one sentence: the next one of the same passage tells of another meeting.
    here = named(question, f"{context(hit.passage, hit.document)} {said}", hits) if wanted is Asked.WHO else above
    return kind * (WITHOUT_NAMES + (1.0 - WITHOUT_NAMES) * min(above, here))


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


_NUMBER_WORDS = frozenset(
    """
    zero uno una un due tre quattro cinque sei sette otto nove dieci undici dodici tredici
    quattordici quindici sedici venti trenta quaranta cinquanta sessanta settanta ottanta novanta
    cento mille mila milioni miliardi meta doppio one two three four five six seven eight nine ten
    eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty
    fifty sixty seventy eighty ninety hundred thousand million billion half twice dozen nessuno
    nessuna none no nobody once prima seconda terza first second third tutti all ogni every
    """.split()
)
_TIME_WORDS = frozenset(
    """
    gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
    january february march april may june july august september october november december lunedi
    martedi mercoledi giovedi venerdi sabato domenica monday tuesday wednesday thursday friday
    saturday sunday ieri oggi domani yesterday today tomorrow tonight estate inverno primavera
    autunno summer winter spring autumn fall mattina pomeriggio sera notte morning afternoon evening
    night settimana week mese month anno year vigilia eve prima dopo poi before after then ore
    mezzogiorno noon midnight fine inizio end beginning
    """.split()
)


# A name right after an article, or after "at" and "of", is a place's or a firm's: people take none in either language.
_SOMEBODY = re.compile(
    r"(?P<before>(?:^|[\s(«“\"'’|]))(?P<name>[A-ZÀ-Þ][\w’'-]+(?:\s+(?:d[aei]l?\s+|van\s+|de\s+)?[A-ZÀ-Þ][\w’'-]+)*)"
)
_NOT_SOMEBODY = frozenset(
    """
    the a an at in of il lo la i gli le l un uno una al allo alla ai agli alle dal dallo dalla nel nello nella nei
    negli nelle del dello della dei degli delle sul sulla dell all nell dall sull di
    """.split()
)
_DATE = re.compile(
    r"\b\d{1,2}[°º]?\s+(?:gen|feb|mar|apr|mag|giu|lug|ago|set|ott|nov|dic|jan|may|jun|jul|aug|sep|oct|dec)\w*"
    r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\s+\d{1,2}\b"
    r"|\b(?:19|20)\d\d\b|\b\d{1,2}[:.]\d\d\b(?!\d)",
    re.IGNORECASE,
)


def says_kind(wanted: Asked, said: str, question: str) -> bool:
    """Whether a sentence holds a thing of the kind asked for that the question does not hold itself."""
    if wanted is Asked.WHO:
        return names_somebody(said, question)
    if wanted is Asked.HOW_MUCH:
        bare = said if _DATE.search(question) or _asks_time(question) else _DATE.sub(" ", said)
        return bool(re.search(r"\d", bare)) or not _NUMBER_WORDS.isdisjoint(_split_numbers(bare))
    if wanted is Asked.WHEN:
        return bool(re.search(r"\d", said)) or not _TIME_WORDS.isdisjoint(words(said))
    return True


_UNITS = {
    Measure.WEIGHT: frozenset({"kg", "t", "short ton"}),
    Measure.TIME: frozenset({"minute", "hour", "day", "week", "month", "year"}),
}


def says_measure(wanted: Measure, said: str, above: str, language: str) -> bool:
    """Whether a sentence gives an amount of that measure; a table's header or heading may name the currency.

    Dates and times of day also tell how long and how old, in a way that only reading shows.
    """
    found = values(said, language)
    if wanted is Measure.MONEY:
        money = any(v.kind is Kind.MONEY for v in found)
        return money or (any(v.amount is not None for v in found) and _CURRENCY.search(above) is not None)
    if wanted is Measure.TIME and any(v.kind in (Kind.DATE, Kind.TIME) for v in found):
        return True
    return any(v.unit in _UNITS[wanted] for v in found)


def _asks_time(question: str) -> bool:
    """How old, how long, since when: an amount that a date can give."""
    return (
        re.search(r"\b(?:ann[oi]|year|years|giorn\w+|days?|or[ae]|hours?|long|old|temp[oi]|dura\w*)\b", question, re.I)
        is not None
    )


def names_somebody(said: str, question: str) -> bool:
    """Whether a sentence holds a name, as people bear one, that the question does not hold."""
    known = set(words(question))
    for found in _SOMEBODY.finditer(said):
        name = found["name"]
        before = words(said[: found.start("name")])[-1:]
        alone = len(name.split()) == 1
        opens = not said[: found.start("name")].strip(" \t\n|*«“\"'(") or said[: found.start("name")].rstrip().endswith(
            (".", "|")
        )
        if set(words(name)) <= known or (alone and opens) or not _NOT_SOMEBODY.isdisjoint(before):
            continue
        return True
    return False


_CURRENCY = re.compile(r"[€$£]|\b(?:euro|eur|dollar\w*|usd|sterline|pounds?|franchi|yen)\b", re.IGNORECASE)
_FORMS = re.compile(r"\(([^()]*)\)")
_RUN = re.compile(r"\b[A-ZÀ-Þ][\w’'-]*(?:\s+[A-ZÀ-Þ][\w’'-]*)*")


def named(question: str, text: str, hits: Sequence[Hit]) -> float:
    """Share of the question's names that stand in `text`, in one of their forms; 1 where the question names nothing.

    Only names that some hit holds count: one that the documents write otherwise (Turin, Torino) tells nothing.
    """
    asking = question.partition(ASIDE)[0]
    bare = _FORMS.sub(" ", asking)
    forms = [set(words(form)) for group in _FORMS.findall(asking) for form in group.split(",") if words(form)]
    opening = next(iter(re.findall(r"\w+", bare)), "")
    runs = [set(words(run)) for run in _RUN.findall(bare) if run != opening]
    held = [set(words(f"{context(other.passage, other.document)} {other.passage.text}")) for other in hits]
    known = [run for run in runs if any(form <= bag for form in (run, *forms) for bag in held)]
    here = set(words(text))
    return sum(any(form <= here for form in (run, *forms)) for run in known) / len(known) if known else 1.0


def _split_numbers(said: str) -> set[str]:
    """Words and their openings: "trentotto" begins with "trenta" but for its last letter."""
    found = set(words(said))
    return found | {n for n in _NUMBER_WORDS for w in found if len(n) > 4 and w.startswith(n[:-1])}


def best_of_each(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Evidence without sentences that say the same words as a better one."""
    kept: list[Evidence] = []
    for item in evidence:
        folded = fold(item.text)
        if all(fold(other.text) != folded for other in kept):
            kept.append(item)
    return kept
