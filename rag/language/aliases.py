"""Acronyms and the names they stand for, found in the corpus itself.

Two ways, no list: a text that shows both ("Politecnico di Torino (PoliTo)"), and initials or first syllables
(GM = General Motors, UniTo = Università di Torino) where it does not. Schwartz and Hearst (2003) describe the first.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rag.language.exonyms import find_exonyms
from rag.language.stemming import STOPWORDS
from rag.text import fold, strip_accents

_LINKING = r"(?:(?:di|de|del|della|dei|delle|e|ed|per|of|the|and|for|in|&)\s+|(?:dell|d)[’']\s*)"
_ELIDED = r"(?:L|Un|Dell|All|Dall|Nell|Sull)[’']"  # "L’Agenzia Spaziale Italiana" has the initials of ASI
_CAPITAL = rf"(?!{_ELIDED})[A-ZÀ-Þ][\w’'-]{{0,60}}+"
# Bounded: a text that is all capitals is many names, and every name is known by each of its endings.
_NAME = re.compile(rf"{_CAPITAL}(?:\s+{_LINKING}{{0,3}}{_CAPITAL}){{1,11}}")
_ACRONYM = re.compile(r"(?<![\w-])(?=\w*[A-Z]\w*[A-Z])[A-Z][A-Za-z&]{1,9}(?![\w-])")
_PAREN = re.compile(r"\(([^()]{2,80})\)")
_WHOLE = re.compile(rf"(?<![\w’'-]){_CAPITAL}(?:\s+{_CAPITAL}){{1,2}}")
_TITLES = frozenset("mr mrs ms miss dr sir dott dottor sig signor ing avv prof onorevole on dear caro cara".split())
_PLACE = re.compile(
    rf"\b(?:(?:in|at|near|from|presso|nel|nella|nello|verso|a|ad)\s+|(?:nell|all)[’'])({_CAPITAL})(?!\s+[A-ZÀ-Þ])"
)
_REACH = 90  # characters before a parenthesis in which its long form may stand
MAX_EXPANSIONS = 2


@dataclass(frozen=True, slots=True)
class Aliases:
    """Forms of a name by folded form: acronym → names, and name → acronyms.

    ordinary: words that the corpus writes in lower case, never an acronym typed in a hurry.
    exonyms:  folded words → those that stand for them in the other language, as the corpus shows.
    acronyms: those of the corpus as it writes them, for a name that stands in a question alone.
    surnames: folded whole names → the last word of them, where nobody and nothing else in the corpus ends in it.
    """

    forms: dict[str, tuple[str, ...]]
    ordinary: frozenset[str] = frozenset()
    exonyms: dict[str, frozenset[str]] = field(default_factory=dict)
    acronyms: tuple[str, ...] = ()
    surnames: dict[str, str] = field(default_factory=dict)

    def expansions(self, text: str) -> list[str]:
        """Other forms of the acronyms and names in `text`, at most MAX_EXPANSIONS each, without those it holds."""
        folded = fold(text)
        found: list[str] = []
        for key in self._mentions(text):
            found += [form for form in self.forms.get(key, ())[:MAX_EXPANSIONS] if fold(form) not in folded]
        for name in _NAME.finditer(text):
            spelt = [a for a in self.acronyms if any(spells(a, part) for part in _endings(name.group()))]
            found += [acronym for acronym in spelt[:MAX_EXPANSIONS] if fold(acronym) not in folded]
        return list(dict.fromkeys(found))

    def _mentions(self, text: str) -> list[str]:
        """Folded acronyms and names of `text`; where case tells nothing, one counts that is no ordinary word."""
        single = re.findall(r"\b[^\W\d_]{2,10}\b", text)
        shouted = text.isupper()
        plain = [w for w in single if w.islower() or shouted]
        kept = [fold(w) for w in plain if fold(w) not in self.ordinary]
        kept += [fold(w) for w in single if w not in plain and _ACRONYM.fullmatch(w)]
        return [*kept, *(fold(m.group()) for m in _NAME.finditer(text))]


def spells(acronym: str, name: str) -> bool:
    """Whether the capitals of `name` give the acronym: by initials, or by first syllables (PoliTo)."""
    capitals = [strip_accents(w) for w in re.findall(_CAPITAL, name)]
    initials = "".join(w[0] for w in capitals).upper()
    if len(capitals) > 1 and acronym.upper().replace("&", "") == initials:
        return True
    parts = re.findall(r"[A-Z][a-z]*", acronym)
    return (
        len(parts) == len(capitals) > 1
        and any(len(part) > 1 for part in parts)
        and all(w.lower().startswith(part.lower()) for part, w in zip(parts, capitals, strict=True))
    )


def _shown(text: str) -> Iterable[tuple[str, str]]:
    """(acronym, name) pairs that a text shows together, either one in parentheses."""
    for found in _PAREN.finditer(text):
        inner, before = found[1].strip(), text[max(0, found.start() - _REACH) : found.start()].rstrip()
        if _ACRONYM.fullmatch(inner):
            yield from ((inner, name) for name in _endings(before) if spells(inner, name))
        elif _NAME.fullmatch(inner) and (short := re.search(r"[A-Z][A-Za-z&]{1,9}\Z", before)):
            yield from [(short.group(), inner)] if spells(short.group(), inner) else []


def _endings(text: str) -> list[str]:
    """The name that ends `text`, and its own endings: of "Valle Politecnico di Torino" also "Politecnico di Torino"."""
    names = list(_NAME.finditer(text))
    if not names or names[-1].end() != len(text):
        return []
    last = names[-1]
    starts = [m.start() for m in re.finditer(_CAPITAL, last.group())]
    return [last.group()[start:] for start in starts[:-1]]


def find_aliases(texts: Iterable[tuple[str, str]]) -> Aliases:
    """Learn the aliases of a corpus, (text, its language) by document: every acronym that stands in it, every name that
    could be asked by one, and the names that its two languages write otherwise."""
    texts = list(texts)
    shown: set[tuple[str, str]] = set()
    acronyms: set[str] = set()
    names: Counter[str] = Counter()
    ordinary: set[str] = set(STOPWORDS)
    for text, _ in texts:
        ordinary.update(fold(word) for word in re.findall(r"\b[^\W\d_]{2,10}\b", text) if word.islower())
        shown.update(_shown(text))
        acronyms.update(_ACRONYM.findall(text))
        for found in _NAME.finditer(text):
            name = re.sub(r"\s+", " ", found.group())
            names.update({name, *_endings(name)})
    pairs = dict.fromkeys(sorted(shown))
    pairs |= dict.fromkeys(_by_spelling(acronyms, names))
    forms: defaultdict[str, list[str]] = defaultdict(list)
    for acronym, name in pairs:
        forms[fold(acronym)].append(name)
        forms[fold(name)].append(acronym)
    found_forms = {key: tuple(dict.fromkeys(values)) for key, values in forms.items()}
    written = tuple(sorted(a for a in acronyms if not a.isupper() or fold(a) not in ordinary))  # "IL" heads a page
    return Aliases(found_forms, frozenset(ordinary), find_exonyms(texts), written, _surnames(texts, ordinary))


def _surnames(texts: Sequence[tuple[str, str]], ordinary: set[str]) -> dict[str, str]:
    """Whole names of two or three words, as people have them, by which their last word alone can be understood.

    None of them is an ordinary word, as of a firm or an office, and the last is nowhere where one can be ("in Turin").
    """
    places = {fold(place) for text, _ in texts for place in _PLACE.findall(text)}
    by_last: defaultdict[str, set[str]] = defaultdict(set)
    for text, _ in texts:
        for found in _WHOLE.finditer(text):
            parts = [fold(part) for part in found.group().split()]
            while parts and (parts[0] in _TITLES or parts[0] in ordinary):
                parts.pop(0)
            if len(parts) > 1:
                by_last[parts[-1]].update(" ".join(parts[n:]) for n in range(len(parts) - 1))
    known: dict[str, str] = {}
    for last, wholes in by_last.items():
        longest = max(wholes, key=len)
        one = all(longest.endswith(whole) for whole in wholes)
        if one and last not in places and not any(word in ordinary for word in longest.split()):
            known |= dict.fromkeys(wholes, last)
    return known


def _by_spelling(acronyms: set[str], names: Counter[str]) -> list[tuple[str, str]]:
    """Acronyms with the names that spell them, commonest first; a name's own initials count as asked-for acronyms."""
    found: list[tuple[str, str]] = []
    syllabic: defaultdict[str, list[str]] = defaultdict(list)  # by the initials of the names that they may stand for
    for acronym in sorted(a for a in acronyms if not a.isupper()):
        for spelt in {acronym.upper().replace("&", ""), re.sub(r"[^A-Z]", "", acronym)}:
            syllabic[spelt].append(acronym)
    for name, _ in sorted(names.items(), key=lambda item: (-item[1], item[0])):
        capitals = re.findall(_CAPITAL, name)
        initials = "".join(strip_accents(w)[0] for w in capitals).upper()
        if 2 <= len(initials) <= 6 and "'" not in initials:
            found.append((initials, name))
        found += [(a, name) for a in syllabic.get(initials, ()) if spells(a, name)]
    return found
