"""A source in pieces, and of whom each speaks: "Rossi praised the fair, while Gray criticised the costs"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rag.checking.acting import part
from rag.checking.assertions import Assertion, Source, stem, stemmed
from rag.language import names, values
from rag.language.aliases import Aliases
from rag.language.names import Name
from rag.language.stemming import STOPWORDS
from rag.language.values import Value
from rag.models import PassageKind
from rag.text import fold, words

_GAP = re.compile(r"\s*(?:[,;:()–—]|\s(?:e|ed|and|mentre|while|contro|against|of which|di cui)\s)\s*")
_LONGEST = 8  # words beside a name that tell who it is
_RELATIVE = re.compile(r"(?:che|cui|(?:il|la|i|le) qual[ei]|who|which|whose)\b", re.IGNORECASE)
_PROFORM = re.compile(r"\b(?:ones?|the others?|quell[oaie]|altr[oaie])\b", re.IGNORECASE)  # borrows a noun said before


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a source, at `start` of its text; `behind` is what cuts it off from the one before."""

    text: str
    values: tuple[Value, ...]
    start: int
    behind: str

    @property
    def leans(self) -> bool:
        """Whether it tells more of what stands before it: "950 plants, which employ 175,000"."""
        return _RELATIVE.match(self.text) is not None


def segments(source: Source) -> list[Segment]:
    """A source cut at commas and at "and", with the values of each piece; no cut goes through a value."""
    found = values.values(source.text, source.language)
    cuts = [(0, "")]
    for gap in _GAP.finditer(source.text):
        if not any(v.start < gap.end() and gap.start() < v.end for v in found):
            cuts.append((gap.end(), gap.group().strip()))
    ends = [*(start for start, _ in cuts[1:]), len(source.text)]
    return [
        Segment(source.text[a:b], tuple(v for v in found if a <= v.start < b), a, behind)
        for (a, behind), b in zip(cuts, ends, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Clause:
    """What a source says in one piece; `aside` tells who its last name is: "assessore", "who heads the council".

    `free` are its names that no preposition governs: those that act, or are acted upon.
    """

    main: str
    names: tuple[Name, ...]
    free: tuple[Name, ...]
    aside: str = ""


def _clauses(source: Source) -> list[_Clause]:
    named = names.names(source.text)
    found: list[_Clause] = []
    whole = False  # whether the last clause has no aside yet
    for piece in segments(source):
        inside = tuple(n for n in named if piece.start <= n.start < piece.start + len(piece.text))
        free = tuple(n for n in inside if not part(source, n, called=False))
        if found and (piece.leans or (whole and not free and _beside(piece, found[-1]))):
            found[-1] = replace(found[-1], aside=f"{found[-1].aside} {piece.text}")
            whole = False
        else:
            found.append(_Clause(piece.text, inside, free))
            whole = True
    return found


def _beside(piece: Segment, clause: _Clause) -> bool:
    """Whether a piece tells who the name is that ends the clause before it."""
    ends_so = bool(clause.names) and re.sub(r"[\s,;:()–—]+\Z", "", clause.main).endswith(clause.names[-1].text)
    return ends_so and piece.behind[:1] in {",", "(", "–", "—"} and len(piece.text.split()) <= _LONGEST


@dataclass(frozen=True, slots=True)
class _Laid:
    """A claim beside the clauses of its source."""

    claim: Assertion
    source: Source
    aliases: Aliases

    @property
    def crossing(self) -> bool:
        return self.claim.language != self.source.language

    def holds(self, name: Name, text: str) -> bool:
        return names.stands(name, text, self.aliases, self.crossing)

    def left_out(self, those: Iterable[Name]) -> bool:
        """Whether one of these names of the source is none of the claim's."""
        return any(
            not (n.opens and " " not in n.text and fold(n.text) in self.aliases.ordinary)
            and not self.holds(n, self.claim.text)
            for n in those
        )

    def only_in(self, there: Sequence[str], elsewhere: Sequence[str]) -> bool:
        """Whether a name of the claim, or in one language a word of it, stands in the one and not in the other."""
        one, other = " · ".join(there), " · ".join(elsewhere)
        if any(self.holds(n, one) and not self.holds(n, other) for n in self.claim.names):
            return True
        wanted = set() if self.crossing else {stem(word, self.source.language) for word in self.claim.content()}
        return bool((wanted & stemmed(one, self.source.language)) - stemmed(other, self.source.language))

    def goes_on(self, clause: _Clause) -> bool:
        """Whether a clause says something else behind the last of its names that the claim has."""
        behind = 0
        for name in clause.names:
            if self.holds(name, self.claim.text):
                behind = max(behind, clause.main.find(name.text) + len(name.text))
        tail = clause.main[behind:]
        if self.left_out(n for n in clause.names if n.text in tail):
            return True
        told = {stem(w, self.source.language) for w in words(tail) if w not in STOPWORDS and len(w) > 1}
        return not self.crossing and bool(told - stemmed(self.claim.text, self.source.language))


def told_of_another(claim: Assertion, source: Source, aliases: Aliases) -> bool:
    """Whether the source goes on otherwise of somebody, and says what the claim says of them only of somebody else.

    A list shares what stands at its end: "Rossi met Gray and Brandt in Warren" says that she met Gray in Warren.
    """
    if source.hit.passage.kind is PassageKind.ROW:
        return False
    laid = _Laid(claim, source, aliases)
    clauses = _clauses(source)
    for name in claim.names:
        own = [c for c in clauses if laid.holds(name, c.main)]
        if own and not part(claim, name, called=False):
            others = [c for c in clauses if c not in own]
            if _in_their_clauses(laid, own, others) or _beside_them(laid, own, others):
                return True
    return False


def _in_their_clauses(laid: _Laid, own: Sequence[_Clause], others: Sequence[_Clause]) -> bool:
    theirs = [c for c in others if laid.left_out(c.free)]
    if not theirs or not any(c.free and not _PROFORM.search(c.main) and laid.goes_on(c) for c in own):
        return False
    neutral = [c.main for c in (*own, *others) if c not in theirs]
    return laid.only_in([c.main for c in theirs], [*neutral, *(c.aside for c in (*own, *others))])


def _beside_them(laid: _Laid, own: Sequence[_Clause], others: Sequence[_Clause]) -> bool:
    theirs = [c for c in others if c.aside and laid.left_out(c.names[-1:])]
    if not theirs or not any(c.aside for c in own):
        return False
    rest = [c.main for c in (*own, *others)] + [c.aside for c in (*own, *others) if c not in theirs]
    return laid.only_in([c.aside for c in theirs], rest)
