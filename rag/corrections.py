"""What a later source takes back of an answer: "18 cars and not 22", "the loan falls from 14.5 to 12.8 million", "the
visit of 18 May is no longer possible. We propose 22 June".

Such a sentence seldom answers the question in its words, so that a search for the question does not find it: the answer
itself is searched for, in the documents that come after its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.language import agreement, qualifying
from rag.language.orders import is_order
from rag.language.questions import beside
from rag.language.values import Kind, Value, values
from rag.models import Document, Evidence, Hit, Question, Span, Unit
from rag.precedence import Precedence

READ = 8  # passages of later documents
Search = Callable[[Question], Sequence[Hit]]
_IN_A_NAME = re.compile(r"[^\W\d_][-–]?\Z")  # the number of a "T-40" counts nothing


def correction(
    best: Evidence, question: Question, documents: Sequence[Document], search: Search, precedence: Precedence
) -> Evidence | None:
    """The sentence of a source that comes before the answer's own, which names the answer's value as what is not, or no
    longer, so, and gives another in its place; or the one that calls off what was to be on the answer's day, with the
    next where that gives another. It is as probable as the answer that it corrects."""
    given = _given(best)
    above = [d.id for d in documents if precedence.comes_before(d, best.hit.document)]
    if not given or not above:
        return None
    text = beside(question.text, best.text)
    for hit in search(replace(question, text=text, documents=frozenset(above)))[:READ]:
        sentences = [hit.document.text[unit.start : unit.end] for unit in hit.units]
        if any(is_order(said) for said in sentences):
            continue
        for n, (unit, said) in enumerate(zip(hit.units, sentences, strict=True)):
            place = instead(said, hit.document.language, given)
            if place is not None:
                return replace(best, hit=hit, start=unit.start, end=unit.end, answer=_at(unit, place))
            if calls_off(said, hit.document.language, given):
                then = hit.units[n + 1] if n + 1 < len(hit.units) else None
                new = another_day(sentences[n + 1], hit.document.language, given) if then else None
                end, answer = (then.end, _at(then, new)) if then and new else (unit.end, None)
                return replace(best, hit=hit, start=unit.start, end=end, answer=answer)
    return None


def _at(unit: Unit, place: Span) -> Span:
    return Span(unit.start + place.start, unit.start + place.end)


def calls_off(said: str, language: str, given: Sequence[Value]) -> bool:
    """Whether a sentence says that what was to be on one of these days will not be, or not then."""
    gone = qualifying.called_off(said)
    days = [v for v in _values(said, language) if v.kind is Kind.DATE and v.day and qualifying.inside(v, gone)]
    return any(_same_day(g, day) for g in given for day in days)


def another_day(said: str, language: str, given: Sequence[Value]) -> Span | None:
    """The first day that a sentence gives, where it gives none of these."""
    days = [v for v in _values(said, language) if v.kind is Kind.DATE and v.day]
    if not days or any(_same_day(g, day) for g in given for day in days):
        return None
    return Span(days[0].start, days[0].end)


def instead(said: str, language: str, given: Sequence[Value]) -> Span | None:
    """Where a sentence gives a value in the place of one of these, which it takes back."""
    gone = qualifying.given_up(said)
    if not gone:
        return None
    told = _values(said, language)
    taken = [(t, g) for t in told if qualifying.inside(t, gone) for g in given if agreement.agrees(g, t)]
    free = [t for t in told if not qualifying.inside(t, gone)]
    if not taken or any(agreement.agrees(g, t) for g in given for t in free):
        return None
    old, value = taken[0]
    rivals = [t for t in free if t.kind is value.kind and t.unit == value.unit and agreement.excludes(value, t)]
    nearest = min(rivals, key=lambda t: abs(t.start - old.start), default=None)
    return Span(nearest.start, nearest.end) if nearest else None


def _same_day(left: Value, right: Value) -> bool:
    """Either may leave the year to be understood."""
    return left.kind is Kind.DATE and (agreement.agrees(left, right) or agreement.agrees(right, left))


def _given(best: Evidence) -> list[Value]:
    """The values that the answer gives."""
    document, answer = best.hit.document, best.answer
    if answer is None:
        return []
    return _values(document.text[answer.start : answer.end], document.language)


def _values(text: str, language: str) -> list[Value]:
    return [v for v in values(text, language) if not _IN_A_NAME.search(text, 0, v.start)]
