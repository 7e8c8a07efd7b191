"""Which of two documents that say different things is followed: the later one, and of one date the weightier kind.

Nothing is ordered by a guess: a document without a date is neither older nor newer than one that has a date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.language.stemming import STOPWORDS, query_stems
from rag.language.values import values as values_in
from rag.models import Document, Evidence
from rag.text import words

# What a kind of document proves: minutes what was decided, an agenda only what was planned. Higher is followed.
AUTHORITY: Mapping[str, int] = {
    "act": 5,
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
    "biography": 3,
    "interview": 2,
    "agenda": 2,
    "programme": 2,
}
NEARLY = 0.6  # a rival's probability, as a share of the best's
SHARED = 0.5  # of the words about the subject, of the sentence that has fewer
_NAMED = re.compile(r"\b(?:[A-ZÀ-Þ][\w-]+|\d[\w.,:-]*\w|\d)")


@dataclass(frozen=True, slots=True)
class Precedence:
    """The order of documents; `authority` is the table that an operator may change."""

    authority: Mapping[str, int] = field(default_factory=lambda: AUTHORITY)

    def settle(self, likely: Sequence[Evidence], question: str) -> tuple[Evidence, list[Evidence]]:
        """(the evidence to follow, those it supersedes) among sentences that may all answer, best first.

        Only rivals of the best are weighed: sentences nearly as probable, of another document, that speak of the
        same thing and give another value.
        """
        best = likely[0]
        rivals = [e for e in likely[1:] if e.probability >= NEARLY * best.probability and rival(best, e, question)]
        above = [e for e in rivals if self.outranks(e, best)]
        chosen = next((e for e in above if not any(self.outranks(o, e) for o in above)), best)
        return chosen, [e for e in (best, *rivals) if self.outranks(chosen, e) and not agree(chosen, e)]

    def outranks(self, left: Evidence, right: Evidence) -> bool:
        """Whether `left` is of a document that comes before the other's."""
        return self.comes_before(left.hit.document, right.hit.document)

    def comes_before(self, left: Document, right: Document) -> bool:
        """Whether `left` is later than `right`, or weightier where dates are equal or both unknown."""
        if left.date == right.date:
            return self._weight(left) > self._weight(right)
        return left.date is not None and right.date is not None and left.date > right.date

    def _weight(self, document: Document) -> int:
        return self.authority.get(document.kind, 0)


def values(item: Evidence) -> set[str]:
    """The value that a piece of evidence gives: the numbers in its answer, or its words but for articles and such."""
    text = _answer(item)
    numbers = set(re.findall(r"\d+(?:[.,:]\d+)*", text))
    said = set(words(text))
    return numbers or said - STOPWORDS or said


def agree(left: Evidence, right: Evidence) -> bool:
    """Whether two pieces give the same value, or one gives all of the other's.

    In two languages they do so where they give the same names, whatever words stand between these.
    """
    a, b = values(left), values(right)
    if a <= b or b <= a:
        return True
    across = left.hit.document.language != right.hit.document.language
    given = _given_names(left), _given_names(right)
    return across and all(given) and (given[0] <= given[1] or given[1] <= given[0])


def _given_names(item: Evidence) -> set[str]:
    return set(words(" ".join(_NAMED.findall(_answer(item))))) - STOPWORDS


def rival(best: Evidence, other: Evidence, question: str) -> bool:
    """Whether `other` speaks of the same thing in another document, and gives another value of the same form."""
    if best.hit.document.id == other.hit.document.id or agree(best, other):
        return False
    numeric = [any(v[0].isdigit() for v in values(e)) for e in (best, other)]
    kinds = [{v.kind for v in values_in(_answer(e), e.hit.document.language)} for e in (best, other)]
    alike = numeric[0] == numeric[1] and (not all(kinds) or bool(kinds[0] & kinds[1]))  # "Plant 2" is no other time
    return alike and same_subject(best, other, question)


def same_subject(best: Evidence, other: Evidence, question: str) -> bool:
    """Whether two sentences speak of one thing: the number of delegates of one summit, not of two.

    Two conditions. What the question names (a place, a person) and the best passage holds, the other holds too; of a
    number, as of a day, it is enough that no other stands in its place. And, their answers set aside, the sentences
    share half of their words; sentences in two languages share no words but names, so there one in common must do.
    """
    named = set(words(" ".join(_NAMED.findall(question)[_opens_with_capital(question) :])))
    surroundings, others = _held(best), _held(other)
    lacking = (named & surroundings) - others
    if any(not word[0].isdigit() or re.search(r"\d", _bare(other)) for word in lacking):
        return False
    if best.hit.document.language != other.hit.document.language:
        return bool((_names(best) & others) | (_names(other) & surroundings))
    left, right = _subject(best), _subject(other)
    fewer = min(len(left), len(right))
    return fewer > 0 and len(left & right) >= SHARED * fewer


def _opens_with_capital(question: str) -> int:
    """1 where the question's first word is written large only because it is the first, else 0."""
    first = re.match(r"\W*([^\W\d_]\w*)", question)
    return int(bool(first and first[1][0].isupper() and not first[1].isupper()))


def _answer(item: Evidence) -> str:
    return item.hit.document.text[item.answer.start : item.answer.end] if item.answer else item.text


def _held(item: Evidence) -> set[str]:
    """Every word of the passage and of what stands above it."""
    p = item.hit.passage
    return set(words(f"{item.hit.document.title} {p.heading} {p.lead} {p.text}"))


def _names(item: Evidence) -> set[str]:
    return set(words(" ".join(_NAMED.findall(item.text)))) - STOPWORDS - values(item)


def _subject(item: Evidence) -> set[str]:
    """Stems of the sentence's words, but for the value it gives and all numbers."""
    return set(query_stems(re.sub(r"\d[\d.,:]*", " ", _bare(item)), item.hit.document.language))


def _bare(item: Evidence) -> str:
    """The sentence without its answer; whole where that would leave no word."""
    text, answer = item.text, item.answer
    if answer is None or not item.start <= answer.start < answer.end <= item.end:
        return text
    bare = f"{text[: answer.start - item.start]} {text[answer.end - item.start :]}"
    return bare if words(bare) else text
