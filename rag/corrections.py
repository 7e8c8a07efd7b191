"""What a later source takes back of an answer: "18 cars and not 22", "the loan falls from 14.5 to 12.8 million".

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
from rag.language.values import Value, values
from rag.models import Document, Evidence, Hit, Question, Span
from rag.precedence import Precedence

READ = 8  # passages of later documents
Search = Callable[[Question], Sequence[Hit]]
_IN_A_NAME = re.compile(r"[^\W\d_][-–]?\Z")  # the number of a "T-40" counts nothing


def correction(
    best: Evidence, question: Question, documents: Sequence[Document], search: Search, precedence: Precedence
) -> Evidence | None:
    """The sentence of a source that comes before the answer's own, which names the answer's value as what is not, or no
    longer, so, and gives another in its place. It is as probable as the answer that it corrects."""
    given = _given(best)
    above = [d.id for d in documents if precedence.comes_before(d, best.hit.document)]
    if not given or not above:
        return None
    text = beside(question.text, best.text)
    for hit in search(replace(question, text=text, documents=frozenset(above)))[:READ]:
        sentences = [hit.document.text[unit.start : unit.end] for unit in hit.units]
        if any(is_order(said) for said in sentences):
            continue
        for unit, said in zip(hit.units, sentences, strict=True):
            place = instead(said, hit.document.language, given)
            if place is not None:
                answer = Span(unit.start + place.start, unit.start + place.end)
                return replace(best, hit=hit, start=unit.start, end=unit.end, answer=answer)
    return None


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


def _given(best: Evidence) -> list[Value]:
    """The values that the answer gives."""
    document, answer = best.hit.document, best.answer
    if answer is None:
        return []
    return _values(document.text[answer.start : answer.end], document.language)


def _values(text: str, language: str) -> list[Value]:
    return [v for v in values(text, language) if not _IN_A_NAME.search(text, 0, v.start)]
