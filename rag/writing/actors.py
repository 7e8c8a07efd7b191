"""Who acts and who is acted upon, across languages: whether two sentences of the same words give them the same parts.

And whether a word that opens one is a name. Words are laid side by side by the vectors that their tokens have in their
sentences, and parts read from grammar alone: a side of the verb, a preposition, a passive. Strict: parts that nothing
shows to be the same are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from rag.embedding.embedder import Encoding
from rag.embedding.projection import Floats, unit
from rag.language import polarity
from rag.language.grammar import AGENT, ARTICLES, preposition
from rag.language.stemming import STOPWORDS
from rag.language.verbs import verbs
from rag.text import fold

CLEAR = 0.1  # cosines by which two words must be nearer to their counterparts than to each other's (docs/quality.md)
COMMON = 0.84  # likeness from which a word written small stands for one that opens a sentence (docs/quality.md)
_BREAK = re.compile(r"[,;:()]")


class Part(Enum):
    """What a word does at a verb; APART for one that a preposition holds away from it."""

    ACTING = auto()
    ACTED = auto()
    APART = auto()


@dataclass(frozen=True, slots=True)
class Telling:
    """A sentence as the parts of its words are read from it.

    words:   every word, folded, with its [start, end).
    content: which of them carry meaning, in order; `vectors` has a unit row for each.
    """

    text: str
    language: str
    words: tuple[tuple[str, int, int], ...]
    content: tuple[int, ...]
    vectors: Floats

    @classmethod
    def of(cls, text: str, language: str, encoding: Encoding) -> Telling:
        """`encoding` is that of `text`; words past what the model reads are left out."""
        words = tuple((fold(m.group()), *m.span()) for m in re.finditer(r"\w+", text))
        content, rows = [], []
        for n, (word, start, end) in enumerate(words):
            own = (encoding.offsets[:, 1] > start) & (encoding.offsets[:, 0] < end)
            if own.any() and word not in STOPWORDS and len(word) > 1 and not word[0].isdigit():
                content.append(n)
                rows.append(encoding.tokens[own].astype(np.float32).mean(axis=0))
        width = encoding.tokens.shape[1]
        return cls(text, language, words, tuple(content), unit(np.asarray(rows, np.float32).reshape(-1, width)))

    def denied(self) -> set[int]:
        """The content words that a negation reaches."""
        reaches = polarity.negations(self.text)
        return {n for n in self.content if any(r.start <= self.words[n][1] < r.end for r in reaches)}

    def is_verb(self, n: int) -> bool:
        """Whether a word shows itself as a verb: by its form, or by an object with nothing but an article before it."""
        before = self.words[n - 1][0] if n else ""
        if self._is_article(before):
            return False
        if self.words[n][0] in verbs(self.text):
            return True
        after = next((m for m in range(n + 1, len(self.words)) if not self._is_article(self.words[m][0])), n)
        apart = _BREAK.search(self.text, self.words[n][2], self.words[after][1])
        return after > n + 1 and after in self.content and not apart and not self._governs(before)

    def parts(self, verb: int, others: frozenset[int]) -> dict[int, Part]:
        """The parts of the words around a verb, as far as the next of the `others` or the next comma on either side."""
        breaks = [m.start() for m in _BREAK.finditer(self.text)]
        first = max((m.end() for m in _BREAK.finditer(self.text, 0, self.words[verb][1])), default=0)
        last = next((at for at in breaks if at >= self.words[verb][2]), len(self.text))
        first = max([first, *(self.words[n][2] for n in others if n < verb)])
        last = min([last, *(self.words[n][1] for n in others if n > verb)])
        inside = [n for n in self.content if n != verb and first <= self.words[n][1] < last]
        return {n: self._part(n, verb, others) for n in inside}

    def _part(self, n: int, verb: int, others: frozenset[int]) -> Part:
        passive = polarity.passive(self.text)
        governed = self._governor(n, {verb, *others})
        if governed:
            return Part.ACTING if passive and governed in AGENT else Part.APART
        return Part.ACTING if n < verb and not passive else Part.ACTED

    def _governor(self, n: int, verbs_: set[int]) -> str:
        """The preposition before a word, its article and what describes it; "" for a word that stands by itself."""
        if re.match(r"['’]s\b", self.text[self.words[n][2] :]):
            return "of"
        before = n - 1
        while before in self.content and before not in verbs_:
            before -= 1
        while before >= 0 and self._is_article(self.words[before][0]):
            before -= 1
        word = self.words[before][0] if before >= 0 and before not in verbs_ else ""
        return word if self._governs(word) else ""

    def _is_article(self, word: str) -> bool:
        return word in ARTICLES and (self.language == "en" or word not in ("a", "an"))

    def _governs(self, word: str) -> bool:
        return bool(preposition(word)) and not self._is_article(word)


def same_parts(claim: Telling, source: Telling) -> bool:
    """Whether whoever acts in the claim acts in its source, and whoever is acted upon does not.

    False too where the claim has both and the source does not show which is which, or where they are so alike that
    their counterparts in the other language cannot be told.
    """
    likeness = claim.vectors @ source.vectors.T
    pairs = _counterparts(likeness)
    mine = {claim.content[i]: i for i, _ in pairs}
    theirs = {source.content[j]: claim.content[i] for i, j in pairs}
    shared = {n: at for at, n in theirs.items() if claim.is_verb(n) or source.is_verb(at)}
    for verb, at in shared.items():
        here = claim.parts(verb, frozenset(shared) - {verb})
        there = source.parts(at, frozenset(shared.values()) - {at})
        if not _agree(here, {theirs[n]: part for n, part in there.items() if n in theirs}):
            return False
        acting, acted = ([n for n in here if here[n] is part and n in mine] for part in (Part.ACTING, Part.ACTED))
        if any(_apart(likeness, pairs, mine[n], mine[other]) < CLEAR for n in acting for other in acted):
            return False
    return True


def inverted(claim: Telling, source: Telling) -> bool:
    """Whether the claim denies what its source affirms, and affirms what that denies: "a plant, not a centre"."""
    pairs = _counterparts(claim.vectors @ source.vectors.T)
    denied, theirs = claim.denied(), source.denied()
    sides = {(claim.content[i] in denied, source.content[j] in theirs) for i, j in pairs}
    return {(True, False), (False, True)} <= sides


def opens_small(claim: Telling, source: Telling, ordinary: frozenset[str]) -> bool:
    """Whether the claim's first word, large for standing there, stands for one that its source writes small, or that
    is among the words that the corpus does."""
    if not claim.content or claim.content[0] or not source.content:
        return False
    likeness = claim.vectors @ source.vectors.T
    at = dict(_counterparts(likeness)).get(0)
    if at is None or likeness[0, at] < COMMON:
        return False
    word, start, _ = source.words[source.content[at]]
    return source.text[start].islower() or (source.content[at] == 0 and word in ordinary)


def _agree(here: dict[int, Part], there: dict[int, Part]) -> bool:
    """Whether the parts around one verb are the same; both by the claim's words."""
    acting = {n for n, part in here.items() if part is Part.ACTING}
    theirs = {n for n, part in there.items() if part is Part.ACTING}
    if acting - theirs and theirs & (here.keys() - acting):
        return False
    acted = {n for n, part in here.items() if part is Part.ACTED}
    return not (acting and acted) or bool(acting & theirs and acted & (there.keys() - theirs))


def _counterparts(likeness: Floats) -> list[tuple[int, int]]:
    """(row, column) of words that stand for each other: the likest first, each once."""
    found: dict[int, int] = {}
    for flat in np.argsort(-likeness, axis=None):
        i, j = divmod(int(flat), likeness.shape[1])
        if i not in found and j not in found.values():
            found[i] = j
    return list(found.items())


def _apart(likeness: Floats, pairs: list[tuple[int, int]], one: int, other: int) -> float:
    """By how much two words are nearer to their own counterparts than each to the other's."""
    at = dict(pairs)
    own = likeness[one, at[one]] + likeness[other, at[other]]
    return float(own - likeness[one, at[other]] - likeness[other, at[one]])
