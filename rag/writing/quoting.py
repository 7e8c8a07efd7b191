"""A writer without a model: judged evidence → a draft made of exact quotes.

The status comes from evidence alone: an answer is given where a sentence answers with enough probability, a partial
one where the subject is there and the detail is not, or only some of the parts are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag import citations
from rag.evidence import Judged, best_of_each
from rag.language.polarity import negations
from rag.language.questions import Asked, asked, compound, wants_several
from rag.language.relative_dates import relative_dates
from rag.language.values import bounded
from rag.models import Draft, DraftNote, Evidence, Sentence, Status
from rag.precedence import Precedence, values
from rag.wording import detail, long_date, quoted, word
from rag.writing.gathering import MAX_ITEMS, gathered

MAX_QUOTES = 3
MAX_NEAREST = 2
NEAR = 0.1  # probability of the subject's being there below which nothing is near, nor answers: "asdf qwer"
VALUED = frozenset({Asked.HOW_MUCH, Asked.WHEN, Asked.WHO, Asked.NAME})  # one value does not answer two such questions
MIN_WORDS = 8  # a shorter sentence is quoted with the one before it, which holds its subject


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities at which something is said; `cautious` moves them between bold (0) and cautious (1).

    answer:  of the best sentence, to answer at all.
    person:  of the best sentence, to name somebody: the nearest person is the worst of wrong answers.
    further: of another sentence, to stand beside the best one.
    topic:   of the subject being there, for a partial answer.
    headline: of the best sentence, for its span to be set in bold.
    """

    answer: float
    person: float
    further: float
    topic: float
    headline: float

    @classmethod
    def cautious(cls, caution: float) -> Thresholds:
        answer = 0.03 * 4**caution  # each step of caution asks for as many times the probability
        return cls(
            answer=answer,
            person=answer + 0.22,
            further=answer,
            topic=0.5,
            headline=0.4 + 0.3 * caution,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things that a question asks, with its own evidence."""

    question: str
    judged: Judged


class Quoter:
    """Writes drafts out of quotes."""

    def __init__(self, thresholds: Thresholds, precedence: Precedence) -> None:
        self._at = thresholds
        self.precedence = precedence

    def draft(self, parts: Sequence[Part], language: str) -> Draft:
        """The draft for a question's parts; `parts` holds one for a question that asks one thing."""
        parts = apart(parts)
        said = [p for p in parts if self.answers(p)]
        if len(said) == len(parts) and parts:
            return self._answered(parts, language)
        if said:
            return self._some_parts(said, [p for p in parts if p not in said], language)
        best = max(parts, key=lambda p: p.judged.topical)
        if best.judged.evidence and best.judged.topical >= self._at.topic:
            return self._partial(best, language)
        return self._not_found(best)

    def answers(self, part: Part) -> bool:
        """Whether the best sentence found for a part is sure enough to answer it."""
        names = asked(part.question) in (Asked.WHO, Asked.NAME)
        bar = self._at.person if names else self._at.answer
        return part.judged.best >= bar and part.judged.topical >= NEAR

    def _answered(self, parts: Sequence[Part], language: str) -> Draft:
        sentences: list[Sentence] = []
        notes: list[DraftNote] = []
        for part in parts:
            chosen, note = self._choose(part, language)
            sentences += [Sentence(quoted(language, citations.display(e)), (e,)) for e in chosen]
            notes += note
        merged = list({_place(s.evidence[0]): s for s in sentences}.values()) if len(parts) > 1 else sentences
        headline = self._headline(parts[0], merged) if len(parts) == 1 else None
        shown = {_place(s.evidence[0]) for s in merged}  # one part's answer is not what another part sets aside
        told = [n for n in notes if n.kind != "superseded" or _place(n.evidence[0]) not in shown]
        return Draft(Status.ANSWERED, tuple(merged[:MAX_ITEMS]), tuple(told), headline=headline)

    def _choose(self, part: Part, language: str) -> tuple[list[Evidence], list[DraftNote]]:
        """The quotes that answer one part, and notes on those that say otherwise."""
        ranked = best_of_each(part.judged.evidence)
        likely = [e for e in ranked if e.probability >= self._at.answer]
        first, superseded = self.precedence.settle(ranked, part.question)
        if first is ranked[0] and (correction := part.judged.correction):
            notes = [DraftNote("superseded", said_otherwise(first, language), (first,))]
            return [widen(correction)], [*notes, *counted_days(correction, language)]
        several = wants_several(part.question)
        if several and (items := gathered(first, ranked, self._at.answer, part.question)):
            return items, []
        answering = [first]
        if several:
            further = [e for e in likely if e is not first and e.probability >= self._at.further]
            answering += further[: MAX_QUOTES - 1]
        other = [e for e in superseded if e not in answering]  # what is given as an answer is not said otherwise
        notes = [DraftNote("superseded", said_otherwise(e, language), (e,)) for e in other[:1]]
        chosen = [widen(e) for e in answering]
        return chosen, [*notes, *counted_days(chosen[0], language)]

    def _headline(self, part: Part, sentences: Sequence[Sentence]) -> str | None:
        """The very words that answer, when one quote is given and it is sure."""
        first = sentences[0].evidence[0]
        if len(sentences) != 1 or first.answer is None or first.probability < self._at.headline:
            return None
        if asked(part.question) is Asked.WHETHER or compound(part.question):
            return None
        if negations(first.text):  # "a plant is not the purpose": words of it alone would say the contrary
            return None
        start = max(first.start, bounded(first.hit.document.text, first.answer.start))
        span = replace(first, start=start, end=first.answer.end)
        shown = citations.display(span).strip(" ,;:.«»“”\"'()")
        return shown if 1 < len(shown) <= 80 and shown in citations.display(first) else None

    def _some_parts(self, said: Sequence[Part], missing: Sequence[Part], language: str) -> Draft:
        given = self._answered(said, language)
        lacking = "; ".join(p.question.rstrip("?") for p in missing)
        frame = Sentence(word(language, "partial_parts", missing=lacking))
        return replace(
            given, status=Status.PARTIAL, sentences=(frame, *given.sentences), headline=None, missing=lacking
        )

    def _partial(self, part: Part, language: str) -> Draft:
        kind = asked(part.question)
        if kind in (Asked.WHO, Asked.NAME):  # the likeliest to answer would name whoever is near
            nearest = max(part.judged.evidence, key=lambda e: (e.held, e.hit.score, _likeness(e)))
        else:
            nearest = max(part.judged.evidence, key=lambda e: (e.held, e.probability))
        lacking = detail(language, kind)
        frames = (Sentence(word(language, "partial", detail=lacking)), Sentence(word(language, "they_say")))
        quote = Sentence(quoted(language, citations.display(nearest)), (nearest,))
        return Draft(Status.PARTIAL, (*frames, quote), missing=kind.value)

    def _not_found(self, part: Part) -> Draft:
        near = part.judged.evidence if part.judged.topical >= NEAR else ()
        nearest = sorted(near, key=lambda e: -e.hit.score)[:MAX_NEAREST]
        return Draft(Status.NOT_FOUND, (), nearest=tuple(nearest))


def apart(parts: Sequence[Part]) -> list[Part]:
    """The parts, none with evidence whose value answers another part more surely: "how many seats were there, and how
    many people came?" are not both answered with 85."""
    found = list(parts)
    if len(parts) < 2 or not all(asked(p.question) in VALUED for p in parts):
        return found
    taken: list[Evidence] = []
    for at in sorted(range(len(parts)), key=lambda n: -parts[n].judged.best):
        judged = parts[at].judged
        left = tuple(e for e in judged.evidence if not any(values(e) == values(t) for t in taken))
        if left != judged.evidence:
            found[at] = replace(parts[at], judged=replace(judged, evidence=left, correction=None))
        taken += left[:1]
    return found


def said_otherwise(item: Evidence, language: str) -> str:
    """What a document that another one prevails over says, told with its title and date."""
    document = item.hit.document
    dated = f", {long_date(document.date, language)}," if document.date else ""
    source = quoted(language, document.title) + dated
    return word(language, "superseded", source=source, quote=quoted(language, citations.display(item)))


def counted_days(item: Evidence, language: str) -> list[DraftNote]:
    """What day "yesterday" is, in a quote from a document that has a date."""
    date = item.hit.document.date
    for value in relative_dates(item.text, date) if date else ():
        if value.day and value.month and value.year:
            said = quoted(language, item.text[value.start : value.end])
            told = long_date(dt.date(value.year, value.month, value.day), language)
            return [DraftNote("date", word(language, "relative_date", said=said, date=told), (item,))]
    return []


def _likeness(item: Evidence) -> float:
    """How alike a sentence itself is to the question, whatever its passage says besides."""
    return next((unit.similarity for unit in item.hit.units if unit.start == item.start), 0.0)


def _place(item: Evidence) -> tuple[str, int]:
    return item.hit.document.id, item.start


def widen(item: Evidence) -> Evidence:
    """A sentence too short to be understood alone, with the one before it."""
    *_, start = citations.widened(item, MIN_WORDS)
    return replace(item, start=start)
