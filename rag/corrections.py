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
from rag.language.stemming import query_stems
from rag.language.values import Kind, Value, values
from rag.models import Document, Evidence, Hit, Question, Span, Unit
from rag.precedence import Precedence

READ = 8  # passages of later documents
Search = Callable[[Question], Sequence[Hit]]
# Behind these words stands the day to which something is moved.
_INSTEAD = re.compile(
    r"\b(?:(?:rinviat|spostat|posticipat|anticipat|aggiornat)[oaie] a(?:l|ll['’])?|proponiamo|propong\w*|propost[oaie]"
    r"|nuov[ae] dat[ae]|si (?:terr|far|svolger)(?:à|anno)|(?:postponed|rescheduled|put off|moved) (?:to|until)"
    r"|propose[ds]?|suggest\w*|new dates?|will (?:now |instead )?(?:be held|take place))(?!\w)",
    re.IGNORECASE,
)
_REACH = 60  # characters between them
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
            if hit.document.language == best.hit.document.language and calls_off(said, best, given):
                return _called_off(best, hit, n, given)
    return None


def _called_off(best: Evidence, hit: Hit, number: int, given: Sequence[Value]) -> Evidence:
    """The sentence that calls something off, with the next one where that gives the new day."""
    language, text = hit.document.language, hit.document.text
    for unit in hit.units[number : number + 2]:
        place = another_day(text[unit.start : unit.end], language, given)
        if place is not None:
            return replace(best, hit=hit, start=hit.units[number].start, end=unit.end, answer=_at(unit, place))
    return replace(best, hit=hit, start=hit.units[number].start, end=hit.units[number].end, answer=None)


def _at(unit: Unit, place: Span) -> Span:
    return Span(unit.start + place.start, unit.start + place.end)


def calls_off(said: str, best: Evidence, given: Sequence[Value]) -> bool:
    """Whether a sentence of the answer's language says of the same thing that it will not be on one of these days."""
    gone = qualifying.called_off(said)
    language = best.hit.document.language
    if not gone or not set(_words(said, language)) & set(_words(best.text, language)):
        return False
    days = [v for v in _days(said, language) if qualifying.inside(v, gone) and qualifying.of_the_day(said, v)]
    return any(_same_day(g, day) for g in given for day in days)


def another_day(said: str, language: str, given: Sequence[Value]) -> Span | None:
    """The day that a sentence gives instead of these: "postponed to 22 June", "we propose 22 June"."""
    for moved in _INSTEAD.finditer(said):
        days = [v for v in _days(said, language) if moved.end() <= v.start <= moved.end() + _REACH]
        new = next((v for v in days if not any(_same_day(g, v) for g in given)), None)
        if new is not None:
            return Span(new.start, new.end)
    return None


def _words(text: str, language: str) -> list[str]:
    """The stems of a text's words, but for its values."""
    for value in values(text, language):
        text = text[: value.start] + " " * (value.end - value.start) + text[value.end :]
    return query_stems(text, language)


def _days(text: str, language: str) -> list[Value]:
    return [v for v in _values(text, language) if v.kind is Kind.DATE and v.day and v.month]


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
    whole = left.kind is Kind.DATE and left.day and left.month
    return bool(whole) and (agreement.agrees(left, right) or agreement.agrees(right, left))


def _given(best: Evidence) -> list[Value]:
    """The values that the answer gives."""
    document, answer = best.hit.document, best.answer
    if answer is None:
        return []
    return _values(document.text[answer.start : answer.end], document.language)


def _values(text: str, language: str) -> list[Value]:
    return [v for v in values(text, language) if not _IN_A_NAME.search(text, 0, v.start)]
