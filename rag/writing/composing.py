"""A written answer: a model's sentences, each shown only once a passage bears it out; else the answer in quotes.

Whether the question is answered at all is decided before, by the evidence: the model writes only where it is, and
nothing that it writes or leaves out changes that.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from rag import citations
from rag.models import (
    Answer,
    Citation,
    Draft,
    Evidence,
    Evidenced,
    Hit,
    Note,
    Stated,
    Statement,
    Status,
    Support,
    Tokens,
)
from rag.text import fold
from rag.wording import word
from rag.writing.answers import GENERATE_MODE, Tell, joined, tell_all
from rag.writing.cutting import Proposed
from rag.writing.faults import Fault, WritingFault
from rag.writing.generation import ABSENT, Generator
from rag.writing.grounding import Doubt
from rag.writing.quoting import Part
from rag.writing.streaming import Usage
from rag.writing.verifying import Checked, Checker

log = logging.getLogger("fonte.writing")
MAX_KEPT = 6  # statements of one answer
NOTE = "writing"


@dataclass(slots=True)
class _Written:
    """What came of one request so far."""

    tell: Tell
    language: str
    cited: citations.Citations = field(default_factory=citations.Citations)
    statements: list[Statement] = field(default_factory=list)
    kept: list[Evidence] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    absent: bool = False
    checking: float = 0.0  # seconds

    def keep(self, text: str, evidence: Sequence[Evidence], support: Support) -> None:
        known = len(self.cited.numbered)
        statement = Statement(text, self.cited.cite(evidence), support)
        self.statements.append(statement)
        self.kept += evidence
        if len(self.cited.numbered) > known:
            self.tell(Evidenced(self.cited.numbered, written_in=self.language))
        self.tell(Stated(statement))

    def drop(self, text: str) -> None:
        self.statements.append(Statement(text, (), Support.UNSUPPORTED))


class Composer:
    """Writes with one model and checks what it wrote."""

    def __init__(self, generator: Generator, checker: Checker) -> None:
        self._generator = generator
        self.checker = checker

    @property
    def model(self) -> str:
        return self._generator.name

    def compose(self, question: str, quotes: Answer, draft: Draft, parts: Sequence[Part], tell: Tell) -> Answer:
        """`quotes`, written anew by the model where it is an answer, with what could not be verified beside it.

        question: as it stands alone; parts: the evidence from which `draft` and `quotes` were made.
        """
        if quotes.status is not Status.ANSWERED:
            tell_all(quotes, tell)
            return quotes
        hits = passages(draft, parts)
        given = self._generator.fitting(question, hits)
        tell(Evidenced((), (), tuple(_candidate(hit, parts) for hit in given), quotes.language))
        written, fault = _Written(tell, quotes.language), None
        started = time.perf_counter()
        try:
            with closing(self._generator.write(question, quotes.language, given, written.usage)) as sentences:
                for proposed in sentences:
                    self._take(proposed, written, given, hits, draft)
                    if len(written.kept) >= MAX_KEPT:
                        break
        except WritingFault as error:
            log.warning("the writing model failed: %s", error)
            fault = error.fault
        seconds = time.perf_counter() - started - written.checking
        return self._timed(self._whole(written, fault, quotes, draft), written, seconds)

    def _take(
        self, proposed: Proposed, written: _Written, given: Sequence[Hit], found: Sequence[Hit], draft: Draft
    ) -> None:
        """One sentence, checked: kept with what bears it out, or dropped."""
        if fold(ABSENT) in fold(proposed.text):
            written.absent = True
            return
        started = time.perf_counter()
        cited = [given[n - 1] for n in proposed.marks if 0 < n <= len(given)]
        checked = self.checker.check(proposed.text, written.language, cited, found)
        written.checking += time.perf_counter() - started
        if checked.evidence is None or _superseded(checked.evidence, draft):
            log.info("dropped a sentence: %s", checked.doubt.value or Doubt.SUPERSEDED.value)
            written.drop(proposed.text)
        elif not any(fold(s.text) == fold(proposed.text) for s in written.statements):
            written.keep(*_stated(proposed, checked))

    def _whole(self, written: _Written, fault: Fault | None, quotes: Answer, draft: Draft) -> Answer:
        """The answer that the verified sentences make; the one in quotes where there are none."""
        dropped = tuple(s for s in written.statements if s.support is Support.UNSUPPORTED)
        if not written.kept:
            why = fault or (Fault.ABSENT if written.absent else Fault.UNSUPPORTED)
            note = Note(NOTE, _told(why, "quotes", quotes.language))
            tell_all(quotes, written.tell)
            return replace(quotes, statements=(*quotes.statements, *dropped), notes=(*quotes.notes, note))
        for text, evidence in _unused(draft, written):
            written.keep(text, evidence, Support.QUOTED)
        notes = [Note(n.kind, n.text, written.cited.cite(n.evidence)) for n in draft.notes]
        if fault is not None:
            notes.append(Note(NOTE, _told(fault, "kept", quotes.language)))
        return replace(
            quotes,
            text=joined(written.statements),
            headline=None,
            statements=tuple(written.statements),
            citations=written.cited.numbered,
            notes=tuple(notes),
            mode=GENERATE_MODE,
        )

    def _timed(self, answer: Answer, written: _Written, seconds: float) -> Answer:
        usage = written.usage
        tokens = Tokens(usage.prompt, usage.completion, usage.estimated)
        timings = {"generate": seconds * 1000, "verify": written.checking * 1000}
        return replace(answer, model=self.model, tokens=tokens, timings_ms=timings)


def _told(why: Fault, left: str, language: str) -> str:
    """What went wrong, and what the answer is therefore made of: of "quotes", or of what was "kept"."""
    return f"{word(language, f'writing_{why.value}')}: {word(language, f'writing_{left}')}."


def _stated(proposed: Proposed, checked: Checked) -> tuple[str, tuple[Evidence, ...], Support]:
    """A sentence that repeats its source is shown as the quote that it is."""
    assert checked.evidence is not None
    if checked.exact:
        return citations.display(checked.evidence), (checked.evidence,), Support.QUOTED
    return proposed.text, (checked.evidence,), Support.VERIFIED


def passages(draft: Draft, parts: Sequence[Part]) -> list[Hit]:
    """The passages found: first those that the draft quotes, then of each part in turn the next most probable."""
    quoted = [e.hit for s in draft.sentences for e in s.evidence]
    ranked = [[e.hit for e in part.judged.evidence] for part in parts]
    turns = [hits[n] for n in range(max(map(len, ranked), default=0)) for hits in ranked if n < len(hits)]
    return list({hit.passage.id: hit for hit in (*quoted, *turns)}.values())


def _candidate(hit: Hit, parts: Sequence[Part]) -> Citation:
    """The most probable sentence of a passage, to show what the model is given."""
    of_hit = (e for part in parts for e in part.judged.every() if e.hit.passage.id == hit.passage.id)
    return citations.citation(max(of_hit, key=lambda e: e.probability))


def _superseded(evidence: Evidence, draft: Draft) -> bool:
    """Whether a sentence rests on what a later document sets aside: that stands in notes only."""
    if any(_overlap(evidence, shown) for sentence in draft.sentences for shown in sentence.evidence):
        return False
    return any(_overlap(evidence, old) for note in draft.notes if note.kind == "superseded" for old in note.evidence)


def _unused(draft: Draft, written: _Written) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
    """The quotes that answer, if no sentence rests on any of their passages: a true aside is no answer."""
    ids = {e.hit.passage.id for e in written.kept}
    quoted = [s for s in draft.sentences if s.evidence]
    if not any(e.hit.passage.id in ids for s in quoted for e in s.evidence):
        yield from ((s.text, s.evidence) for s in quoted)


def _overlap(left: Evidence, right: Evidence) -> bool:
    same = left.hit.document.id == right.hit.document.id
    return same and left.start < right.end and right.start < left.end
