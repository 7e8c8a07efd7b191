"""Proper names in a sentence, and whether a text holds them: whole, by an alias, or as another language writes them.

Across languages a word stands for another when both begin with the same letter and share most of their letters in
order (Torino, Turin; Piemonte, Piedmont). Forms without common letters (Firenze, Florence) are not taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from rag.language.aliases import Aliases
from rag.language.stemming import STOPWORDS
from rag.text import fold, words

SHARED = 0.72  # of the letters of both words: Torino and Turin share .73, Roma and Rome .75
_CAPITAL = r"[A-ZÀ-Þ][\w&’'-]*"
_LINK = r"(?:di|de|del|della|dei|degli|delle|dell[’']|d[’']|da|of|the|van|von|al)"
_RUN = re.compile(rf"(?<![\w-]){_CAPITAL}(?:\s+(?:{_LINK}\s*){{0,2}}{_CAPITAL})*")
_ELIDED = re.compile(r"^(?:L|Un|Dell|All|Dall|Nell|Sull|D|Quest|Quell)[’'](?=[A-ZÀ-Þ])")
_ARTICLE = re.compile(r"^(?:L|Un|Dell|All|Dall|Nell|Sull|D|Quest|Quell|C|S|T|M|V|N)[’'][a-zà-ÿ][\w’'-]*\s*")
_POSSESSIVE = re.compile(r"[’']s?\Z")
# Words that the languages write large, and that are no names.
_LARGE = frozenset(
    """
    january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday i lunedi martedi mercoledi giovedi venerdi sabato domenica
    """.split()
)


@dataclass(frozen=True, slots=True)
class Name:
    """A run of capitalised words at [start, end); `opens` where its first word may be large only as the first."""

    text: str
    start: int
    end: int
    opens: bool

    @property
    def words(self) -> tuple[str, ...]:
        """Its folded words, without those that only link them."""
        return tuple(w for w in words(_POSSESSIVE.sub("", self.text)) if w not in STOPWORDS and len(w) > 1) or tuple(
            words(self.text)
        )


def names(text: str) -> tuple[Name, ...]:
    """The names in one sentence, in order. A first word that is an ordinary opener is none."""
    found = []
    for run in _RUN.finditer(text):
        start, end = run.span()
        elided = _ELIDED.match(text[start:end])
        start += elided.end() if elided else 0
        opens = not any(c.isalnum() for c in text[: run.start()])
        common = _ARTICLE.match(text[start:end])  # "L’articolo" is large for its article alone
        if common:
            start, opens = start + common.end(), False
        first = re.match(r"[\w&’'-]+", text[start:end])
        if opens and not elided and first and fold(first.group()) in STOPWORDS:
            start += first.end() + len(text[start + first.end() : end]) - len(text[start + first.end() : end].lstrip())
            opens = False
        name = Name(text[start:end], start, end, opens and not elided)
        if name.text and name.text[0].isupper() and fold(name.text) not in _LARGE:
            found.append(name)
    return tuple(found)


def stands(name: Name, text: str, aliases: Aliases, crossing: bool) -> bool:
    """Whether `text` holds the name: all of its words, all of those of another form of it, or, where claim and text
    are in two languages (`crossing`), words that share their letters."""
    held = set(words(text))
    if all(_held(w, held, crossing) for w in name.words):
        return True
    return any(_form_stands(form, text, held) for form in aliases.forms.get(fold(name.text), ()))


def _form_stands(form: str, text: str, held: set[str]) -> bool:
    """An acronym must stand as it is written: folded, it may be an ordinary word."""
    if " " not in form:
        return re.search(rf"\b{re.escape(form)}\b", text) is not None
    telling = set(words(form)) - STOPWORDS
    return bool(telling) and telling <= held


def _held(word: str, held: set[str], crossing: bool) -> bool:
    return word in held or (crossing and any(alike(word, other) for other in held))


def alike(left: str, right: str) -> bool:
    """Whether two folded words may be one name in two languages."""
    if left[:1] != right[:1] or min(len(left), len(right)) < 4:
        return False
    return SequenceMatcher(None, left, right, autojunk=False).ratio() >= SHARED


def place(name: Name, text: str, crossing: bool) -> int | None:
    """Where in `text` the most telling word of a name stands; None where it does not."""
    found = [m for m in re.finditer(r"\w+", text) if any(_held(w, {fold(m.group())}, crossing) for w in name.words)]
    return found[-1].start() if found else None


def large_words(texts: Iterable[str]) -> frozenset[str]:
    """Folded words that some text writes large where nothing but a name is."""
    return frozenset(w for text in texts for name in names(text) if not name.opens for w in name.words)
