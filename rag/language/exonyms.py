"""Names that Italian and English write otherwise (Torino, Turin; Piemonte, Piedmont), found in the corpus itself.

Two words are taken for one name only where the corpus gives reason: each stands, as a name of its own, in documents of
one language alone, and as places and institutions do ("a Torino", "the University"), not as a person's name does; both
stand beside a name that the two languages share; and they end as such names do, the Italian one in a vowel, the English
one not so. What Italian writes small ("le imprese italiane", "Italian firms") counts as well. Forms without common
letters (Firenze, Florence) and those of one ending (Padova, Padua) are not found: in doubt two names are two.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache

from rag.text import fold

SHARED = 0.72  # of the letters of both words: Torino and Turin share .73, Roma and Rome .75
SHORTEST = 4  # letters
PLACED = 3  # times that a word may be part of a longer name for once that it stands as a place does
_ELISION = re.compile(r"\b((?:d?un|l|(?:de|da|a|ne|su)ll))[’']", re.IGNORECASE)
_TOKEN = re.compile(r"\w+(?:-\w+)*|[^\w\s]+")
_BEFORE: Mapping[str, frozenset[str]] = {
    "it": frozenset(
        """
        a ad in il l lo la i gli le del dell dello della dei degli delle dal dall dallo dalla dai dagli dalle
        al all allo alla ai agli alle nel nell nello nella nei negli nelle sul sull sullo sulla sui sugli sulle
        """.split()
    ),
    "en": frozenset("in the to from at".split()),
}
_PARAGRAPH = re.compile(r"\n\s*\n")


_folded = lru_cache(maxsize=1 << 16)(fold)  # a corpus repeats its words


@dataclass(slots=True)
class _Written:
    """What the documents of one language write: large and small words, by the paragraphs that hold them."""

    large: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    small: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    placed: Counter[str] = field(default_factory=Counter)  # large words behind an article or where a place is told
    joined: Counter[str] = field(default_factory=Counter)  # large words directly beside another one

    def add(self, paragraph: str, number: int, language: str) -> None:
        tokens = ["", *_TOKEN.findall(_ELISION.sub(r"\1 ", paragraph)), ""]
        for before, token, behind in zip(tokens, tokens[1:], tokens[2:], strict=False):
            if len(token) < SHORTEST or not token.isalpha():
                continue
            word = _folded(token)
            if token.islower():
                self.small[word].add(number)
            elif token[0].isupper():
                self.large[word].add(number)
                longer = behind[:1].isupper()
                if not longer and before.lower() in _BEFORE[language]:
                    self.placed[word] += 1
                elif longer or before[:1].isupper():
                    self.joined[word] += 1

    def places(self) -> set[str]:
        return {word for word, times in self.placed.items() if PLACED * times >= self.joined[word]}


def alike(left: str, right: str) -> bool:
    """Whether two folded words share letters as a name's two forms do. No reason by itself to take them for one."""
    if left[:1] != right[:1] or min(len(left), len(right)) < SHORTEST:
        return False
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return matcher.real_quick_ratio() >= SHARED and matcher.quick_ratio() >= SHARED and matcher.ratio() >= SHARED


def _inflected(italian: str, english: str) -> bool:
    """Whether a small Italian word and an English name begin alike: europeo, European; università, University."""
    stem = max(SHORTEST + 2, len(english) - 2)
    return italian[:stem] == english[:stem]


def find_exonyms(texts: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Folded words → those that stand for them in the other language; texts: (text, its language)."""
    italian, english = _Written(), _Written()
    paragraphs = ((paragraph, language) for text, language in texts for paragraph in _PARAGRAPH.split(text))
    for number, (paragraph, language) in enumerate(paragraphs):
        (english if language == "en" else italian).add(paragraph, number, language)
    names = _shared(italian, english)

    def together(left: set[int], right: set[int]) -> bool:
        """Whether a name that both languages share stands in a paragraph of either."""
        return not {n for at in left for n in names[at]}.isdisjoint(n for at in right for n in names[at])

    placed = italian.places() - english.placed.keys() - english.small.keys()
    small = italian.small.keys() - english.small.keys() - english.large.keys()
    theirs = english.places() - italian.placed.keys() - italian.small.keys()
    found: defaultdict[str, set[str]] = defaultdict(set)
    for mine, matches, where in ((placed, alike, italian.large), (small, _inflected, italian.small)):
        for left, right in _pairs(mine, theirs, matches):
            if together(where[left], english.large[right]):
                found[left].add(right)
                found[right].add(left)
    return {word: frozenset(others) for word, others in found.items()}


def _shared(italian: _Written, english: _Written) -> defaultdict[int, set[str]]:
    """The names that documents of both languages write, by paragraph."""
    names = defaultdict(set)
    for name in (italian.large.keys() & english.large.keys()) - italian.small.keys() - english.small.keys():
        for number in italian.large[name] | english.large[name]:
            names[number].add(name)
    return names


def _pairs(
    italian: Iterable[str], english: Iterable[str], matches: Callable[[str, str], bool]
) -> Iterator[tuple[str, str]]:
    """Pairs of words that match, and end each as its language does."""
    by_letter: defaultdict[str, list[str]] = defaultdict(list)
    for word in english:
        if word[-1] not in "aiou":
            by_letter[word[0]].append(word)
    for left in italian:
        if left[-1] in "aeiou":
            yield from ((left, right) for right in by_letter[left[0]] if right[-1] != left[-1] and matches(left, right))
