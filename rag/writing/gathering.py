"""Lists and tables: which of their items belong to one answer.

The reader judges item by item, and an item seldom repeats what the list is of. Where most of a list answers, all of
it does.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.language.detection import detect
from rag.language.values import Kind, values
from rag.models import Evidence, Hit, Passage, PassageKind
from rag.passages import passages, units

MAX_ITEMS = 8
WEAK = 1 / 3  # of the bar for an answer: enough for an item beside a better one
MOST = 2 / 3  # of a list's items


def gathered(first: Evidence, ranked: Sequence[Evidence], bar: float, question: str) -> list[Evidence]:
    """What the list or table that the best evidence belongs to says in answer, in its order; nothing where that is one
    thing or prose.

    A list is given whole where most of its items answer, or where the question asks for as many things as it has.
    """
    if first.hit.passage.kind is PassageKind.PARAGRAPH:
        return []
    found = {e.hit.passage.id: e for e in reversed(ranked) if beside(first, e) and e.probability >= bar * WEAK}
    found[first.hit.passage.id] = first
    if first.hit.passage.kind is PassageKind.ITEM:
        listed = _list(first)
        most = len(found) >= max(2, MOST * len(listed)) or len(listed) in _counts(question)
        if most and len(listed) <= MAX_ITEMS:
            return [found.get(p.id) or _item(first, p) for p in listed]
    return sorted(found.values(), key=lambda e: e.start)[:MAX_ITEMS] if len(found) > 1 else []


def beside(first: Evidence, other: Evidence) -> bool:
    """Whether two pieces of evidence stand in one list or table."""
    return first.hit.document.id == other.hit.document.id and _place(first.hit.passage) == _place(other.hit.passage)


def _place(passage: Passage) -> tuple[PassageKind, str, str]:
    return passage.kind, passage.heading, passage.lead


def _list(first: Evidence) -> list[Passage]:
    """The items of the evidence's list, without those of another list under the same heading."""
    every = passages(first.hit.document)
    at = next((n for n, p in enumerate(every) if p.id == first.hit.passage.id), None)
    if at is None:  # an older version's text
        return [first.hit.passage]
    place = _place(first.hit.passage)
    start, end = at, at + 1
    while start > 0 and _place(every[start - 1]) == place:
        start -= 1
    while end < len(every) and _place(every[end]) == place:
        end += 1
    return every[start:end]


def _counts(question: str) -> set[int]:
    """How many things the question says that there are: "quali tre", "the four winners"."""
    found = values(question, detect(question))
    return {
        int(v.amount) for v in found if v.kind is Kind.NUMBER and v.amount is not None and 1 < v.amount <= MAX_ITEMS
    }


def _item(first: Evidence, passage: Passage) -> Evidence:
    """An item that the search did not find, or the reader did not take for an answer by itself."""
    opening = units(passage)[0]
    return Evidence(Hit(passage, first.hit.document, 0.0), opening.start, opening.end, 0.0, 0.0)
