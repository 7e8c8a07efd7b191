"""What share of a whole a text tells by two amounts: "3,180 of its 4,050 lamps", "64 dipendenti, di cui 18 medici"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.language.values import Bound, Kind, Value

# Between part and whole: "18 dei suoi 64", "9 out of 27"; and between whole and part, behind what is counted.
_PART_OF = re.compile(
    r"\s*(?:[^\W\d]+\s+){0,2}(?:of|out of|su|di|dei|degli|delle)\s+"
    r"(?:(?:its|their|the|all|i|gli|le|suoi|loro|tutti)\s+){0,2}",
    re.IGNORECASE,
)
_OF_WHICH = re.compile(
    r"[^.;:\d]{0,60}?,?\s*(?:\(|–\s*)?(?:di cui|dei quali|delle quali|of which|of whom)\s[^.;:\d]{0,20}", re.IGNORECASE
)
_OF_THEM = re.compile(r"\s+(?:of whom|of which|of them|dei quali|delle quali|di loro)\b", re.IGNORECASE)


def shares(text: str, found: Sequence[Value]) -> Iterator[Value]:
    """Percentages that two exact amounts of one kind make, one behind the other, where one is told to be part of the
    other."""
    exact = [v for v in found if v.kind in (Kind.NUMBER, Kind.MONEY) and v.bound is Bound.EXACT and v.amount]
    for left, right in pairwise(exact):
        between = text[left.end : right.start]
        part, whole = (left, right) if _PART_OF.fullmatch(between) else (right, left)
        told = part is left or _OF_WHICH.fullmatch(between) or _OF_THEM.match(text, right.end)
        if told and part.kind is whole.kind and part.amount and whole.amount and part.amount < whole.amount:
            yield Value(Kind.PERCENT, left.start, right.end, 100 * part.amount / whole.amount)
