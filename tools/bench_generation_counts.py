"""What became of sentences whose truth is known, and what it took to check them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.language.detection import detect
from rag.models import Answer, Hit, Support
from rag.text import words
from rag.writing.verifying import Checked, Checker
from tools.bench_generation_scripts import Written, holds, in_order

SPEED = 10.0  # tokens a second of a model, against which checking is weighed
CHARACTERS = 4  # of a token: fewer would make the model slower, and checking look cheaper
GOLD, MISSED = "gold", "gold not found"


@dataclass(frozen=True, slots=True)
class Look:
    """One sentence that was checked, with the passages it cites, and what that took.

    processor: seconds of all cores together, which other programs that run meanwhile hardly change.
    """

    text: str
    language: str
    cited: tuple[Hit, ...]
    checked: Checked
    seconds: float
    processor: float

    @property
    def way(self) -> str:
        """How far it is from its source: word for word, in other words, or in another language."""
        if self.checked.exact:
            return "verbatim"
        source = self.checked.evidence.hit if self.checked.evidence else next(iter(self.cited), None)
        crossing = source is not None and detect(self.text, self.language) != source.document.language
        return "two languages" if crossing else "reworded"


class Watching(Checker):
    """Another checker, and what was asked of it."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker
        self.looks: list[Look] = []

    def check(self, sentence: str, language: str, cited: Sequence[Hit], found: Sequence[Hit]) -> Checked:
        started, worked = time.perf_counter(), time.process_time()
        checked = self._checker.check(sentence, language, cited, found)
        took, work = time.perf_counter() - started, time.process_time() - worked
        self.looks.append(Look(sentence, language, tuple(cited), checked, took, work))
        return checked


@dataclass(slots=True)
class Costs:
    """Sentences, their characters and what checking took, by how far they are from their sources."""

    number: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)

    def add(self, look: Look) -> None:
        for way in (look.way, "all"):
            self.number[way] += 1
            self.characters[way] += len(look.text)
            self.seconds[way] = self.seconds.get(way, 0.0) + look.seconds
            self.processor[way] = self.processor.get(way, 0.0) + look.processor

    def figures(self) -> dict[str, dict[str, float]]:
        """Of each way: sentences, ms for each, and the share of the time in which a model writes them, in percent; the
        last two by the processor's clock as well."""
        return {
            way: {
                "sentences": number,
                **self._of(way, self.seconds[way], ""),
                **self._of(way, self.processor[way], "processor_"),
            }
            for way, number in sorted(self.number.items())
        }

    def _of(self, way: str, seconds: float, clock: str) -> dict[str, float]:
        written = self.characters[way] / CHARACTERS / SPEED
        return {
            f"{clock}ms": round(1000 * seconds / self.number[way], 1),
            f"{clock}percent": round(100 * seconds / written, 1),
        }


@dataclass(slots=True)
class Tally:
    """What became of the sentences of one mode."""

    written: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    rows: int = 0
    correct: int = 0
    generated: int = 0
    unread: int = 0
    costs: Costs = field(default_factory=Costs)


def follow(tally: Tally, items: Sequence[Written], answer: Answer, found: Sequence[str]) -> list[Written]:
    """Sentence by sentence: was it dropped, or shown? What the composer stopped before is given back, uncounted.

    found: the passages that the answer was written from, or could be mended by.
    """
    shown = [words(s.text) for s in answer.statements if s.support is not Support.UNSUPPORTED]
    dropped = [words(s.text) for s in answer.statements if s.support is Support.UNSUPPORTED]
    tally.generated += 1
    unread = []
    for item in items:
        key = words(item.text)
        if not _shown(key, shown) and key not in dropped:
            unread.append(item)
            continue
        kind = item.kind if not item.true or any(holds(text, item.text) for text in found) else MISSED
        tally.written[kind] += 1
        if _shown(key, shown):
            tally.shown[kind] += 1
            if not item.true:
                tally.wrong.append(f"{item.kind}: {item.text}")
        elif kind == GOLD:
            tally.lost.append(item.text)
    return unread


def _shown(key: list[str], statements: Sequence[list[str]]) -> bool:
    """A row is shown with its headers between its cells: all of its words stand there in order."""
    return key in statements or any(in_order(key, said) for said in statements)


def report(tallies: dict[str, Tally]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, t in tallies.items():
        false = {kind: number for kind, number in t.written.items() if kind not in (GOLD, MISSED)}
        wrong = sum(t.shown[kind] for kind in false)
        found[name] = {
            "answerable_correct": f"{t.correct}/{t.rows}",
            "answers_written": t.generated,
            "true_kept": _share(t.shown[GOLD], t.written[GOLD]),
            "true_kept_of_all": _share(t.shown[GOLD] + t.shown[MISSED], t.written[GOLD] + t.written[MISSED]),
            "not_read": t.unread,
            "false_shown": _share(wrong, sum(false.values())),
            "false_shown_by_kind": {kind: f"{t.shown[kind]}/{number}" for kind, number in sorted(false.items())},
            "false_of_shown_percent": round(100 * wrong / max(1, sum(t.shown.values())), 2),
            "checking": t.costs.figures(),
        }
    return found


def _share(count: int, of: int) -> str:
    return f"{count}/{of} ({100 * count / of:.1f} %)" if of else "0/0"
