"""Which of two documents that say different things is followed: the later one, and among equals the weightier kind."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.models import Evidence
from rag.text import words

# What a kind of document proves: minutes what was decided, an agenda only what was planned. Higher is followed.
AUTHORITY: Mapping[str, int] = {
    "minutes": 5,
    "report": 5,
    "letter": 4,
    "press_release": 4,
    "factsheet": 4,
    "notice": 4,
    "article": 3,
    "speech": 3,
    "email": 3,
    "faq": 3,
    "interview": 2,
    "agenda": 2,
}


@dataclass(frozen=True, slots=True)
class Precedence:
    """The order of documents; `authority` is the table that an operator may change."""

    authority: Mapping[str, int] = field(default_factory=lambda: AUTHORITY)

    def settle(self, likely: Sequence[Evidence], question: str) -> tuple[Evidence, list[Evidence]]:
        """(the evidence to follow, those it supersedes) among sentences that may all answer, best first.

        Only rivals of the best are weighed: sentences nearly as probable, of another document, that give another value.
        """
        best = likely[0]
        rivals = [e for e in likely[1:] if e.probability >= 0.6 * best.probability and rival(best, e)]
        if not rivals:
            return best, []
        chosen = max([best, *rivals], key=self._rank)
        if chosen is best and all(self._rank(r) == self._rank(best) for r in rivals):
            return best, []
        older = [e for e in [best, *rivals] if e is not chosen and not agree(e, chosen) and self._rank(e) < self._rank(chosen)]
        return chosen, older

    def _rank(self, item: Evidence) -> tuple[dt.date, int]:
        document = item.hit.document
        return document.date or dt.date.min, self.authority.get(document.kind, 0)


def values(item: Evidence) -> set[str]:
    """The value that a piece of evidence gives: the numbers in its answer, or its words."""
    text = item.hit.document.text[item.answer.start : item.answer.end] if item.answer else item.text
    numbers = set(re.findall(r"\d+(?:[.,:]\d+)*", text))
    return numbers or set(words(text))


def agree(left: Evidence, right: Evidence) -> bool:
    """Whether two pieces give the same value, or one gives all of the other's."""
    a, b = values(left), values(right)
    return a <= b or b <= a


def rival(best: Evidence, other: Evidence) -> bool:
    """Whether `other` speaks of the same in another document, and gives another value of the same form."""
    if best.hit.document.id == other.hit.document.id or agree(best, other):
        return False
    numeric = [any(v[0].isdigit() for v in values(e)) for e in (best, other)]
    return numeric[0] == numeric[1]
