"""Proper names in a sentence, and whether a text holds them: whole, by an alias or the surname alone, or as another
language writes them.

A name's words must stand together: "Anna Rossi met Paul Gray" does not hold a Paul Rossi.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.language import numerals
from rag.language.aliases import Aliases
from rag.language.stemming import STOPWORDS
from rag.text import fold, words

_CAPITAL = r"[A-ZÀ-Þ][\w&’'-]*"
_LINK = r"(?:di|de|del|della|dei|degli|delle|dell[’']|d[’']|da|of|the|van|von|al)"
# Nothing is linked to an acronym: "COO of Stellantis" is an office and a firm, and no name.
_RUN = re.compile(rf"(?<![\w-]){_CAPITAL}(?:\s+(?:(?<![A-ZÀ-Þ]{{2}} ){_LINK}\s*){{0,2}}{_CAPITAL})*")
_ELIDED = re.compile(r"^(?:L|Un|Dell|All|Dall|Nell|Sull|D|Quest|Quell)[’'](?=[A-ZÀ-Þ])")
_ARTICLE = re.compile(r"^(?:L|Un|Dell|All|Dall|Nell|Sull|D|Quest|Quell|C|S|T|M|V|N)[’'][a-zà-ÿ][\w’'-]*\s*")
_TOKEN = re.compile(r"\w+(?:[-&]\w+)*")
_LINKING = r"(?:\s|[’'](?:s\b)?|\b(?:di|de|del|della|dei|degli|delle|dell|d|da|of|the|van|von|al)\b)*"
_WITHIN = re.compile(_LINKING)  # what may stand between the words of one name,
_BESIDE = re.compile(rf"\s*[,(–]?{_LINKING}")  # and between a person and an office
_POSSESSIVE = re.compile(r"[’']s?\Z")
# Words that the languages write large, and that are no names.
_LARGE = frozenset(
    """
    january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday i lunedi martedi mercoledi giovedi venerdi sabato domenica
    """.split()
)


# What counts or measures what follows, and is large only as the first word: "Four of Zollabot's founders".
_COUNTING = frozenset(
    """
    most many several few fewer some both each every half over under nearly almost about around roughly more less
    another other such only just molti molte alcuni alcune pochi poche parecchi parecchie diversi diverse vari varie
    entrambi entrambe ambedue ogni ciascun ciascuno ciascuna oltre quasi circa meta meno altri altre solo soltanto
    tutti tutte
    """.split()
)
_OF = re.compile(rf"\s*(?:{_LINK}\b\s*)*")


# What joins a sentence to those before it, and says nothing of its own subject.
_OPENER = re.compile(
    r"\W*(?:yes|sì|also|additionally|in addition|moreover|furthermore|besides|however|therefore|thus|hence|consequently"
    r"|as a result|accordingly|indeed|in fact|in particular|specifically|for example|similarly|likewise|subsequently"
    r"|finally|overall|inoltre|altresì|peraltro|tuttavia|però|pertanto|quindi|dunque|perciò|di conseguenza|infatti"
    r"|in effetti|in particolare|ad esempio|per esempio|analogamente|successivamente|infine|complessivamente),\s*",
    re.IGNORECASE,
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


def opening(text: str) -> int:
    """Where a sentence goes on behind words that only join it to others ("Inoltre, …"); 0 where none open it."""
    found = _OPENER.match(text)
    return found.end() if found else 0


def names(text: str) -> tuple[Name, ...]:
    """The names in one sentence, in order. A first word that is an ordinary opener is none."""
    found = []
    for run in _RUN.finditer(text, opening(text)):
        start, end = run.span()
        elided = _ELIDED.match(text[start:end])
        start += elided.end() if elided else 0
        opens = not any(c.isalnum() for c in text[: run.start()])
        common = _ARTICLE.match(text[start:end])  # "L’articolo" is large for its article alone
        if common:
            start, opens = _behind_links(text, start + common.end(), end), False
        first = re.match(r"[\w&’'-]+", text[start:end])
        if opens and not elided and first and _only_opens(first.group(), text[start + first.end() : end]):
            start, opens = _behind_links(text, start + first.end(), end), False
        month = re.match(r"([A-Z][a-z]+),?\s+", text[start:end])
        if month and fold(month[1]) in _LARGE and re.search(r"\d\s*\Z", text[:start]):  # "on 24 April Anna Rossi"
            start += month.end()
        name = Name(text[start:end], start, end, opens and not elided)
        if name.text and name.text[0].isupper() and fold(name.text) not in _LARGE:
            found.append(name)
    return tuple(found)


def _behind_links(text: str, start: int, end: int) -> int:
    """Where a name goes on behind what links it to a word that is none of its own: "L’organo [di] San Gaudioso"."""
    linked = _OF.match(text, start, end)
    return linked.end() if linked else start


def _only_opens(word: str, behind: str) -> bool:
    """Whether a sentence's first word is none of the name's; "Cinque Terre" is one, "Five of Rossi's" is none."""
    folded = fold(word)
    if folded in STOPWORDS or folded in _COUNTING:
        return True
    return re.match(rf"\s+{_LINK}\b", behind) is not None and any(numerals.worded(word, lang) for lang in ("it", "en"))


_Held = Callable[[str, set[str]], bool]  # whether a word is among others


def stands(name: Name, text: str, aliases: Aliases, crossing: bool) -> bool:
    """Whether `text` holds the name: all of its words together, or those of another form of it; where claim and text
    are in two languages (`crossing`), a word's form in the other one will do."""
    held = _holder(aliases, crossing)
    if _together(name.words, text, held):
        return True
    surname = aliases.surnames.get(fold(_POSSESSIVE.sub("", name.text)))
    if surname and any(piece.large and surname in piece.words for piece in _pieces(text)):
        return True
    return any(_form_stands(form, text, held) for form in aliases.forms.get(fold(name.text), ()))


def _form_stands(form: str, text: str, held: _Held) -> bool:
    """An acronym must stand as it is written: folded, it may be an ordinary word."""
    if " " not in form:
        return re.search(rf"\b{re.escape(form)}\b", text) is not None
    telling = [w for w in words(form) if w not in STOPWORDS]
    return bool(telling) and _together(telling, text, held)


def _holder(aliases: Aliases, crossing: bool) -> _Held:
    """What tells whether a word is among others, in its own form or, crossing, in the other language's."""

    def held(word: str, among: set[str]) -> bool:
        return word in among or (crossing and not among.isdisjoint(aliases.exonyms.get(word, ())))

    return held


@dataclass(frozen=True, slots=True)
class _Piece:
    """A whole name as a text writes it, or one word written small, at [start, end)."""

    words: frozenset[str]
    large: bool
    start: int
    end: int


def _together(wanted: Sequence[str], text: str, held: _Held) -> bool:
    """Whether the words stand together in a text: inside one name, which may be longer; or in several names and small
    words side by side, as a person and an office do ("Anna Rossi, console"), if no name there holds anything else."""
    row: list[_Piece] = []
    for piece in _pieces(text):
        if not _used(piece, wanted, held):
            continue
        if row and not _BESIDE.fullmatch(text, row[-1].end, piece.start):
            row = []
        row.append(piece)
        whole = sum(p.large for p in row) < 2 or all(p.words - STOPWORDS <= _used(p, wanted, held) for p in row)
        if any(_covered(wanted, pieces, held) for pieces in ([piece], row if whole else [])):
            return True
    return False


def _used(piece: _Piece, wanted: Sequence[str], held: _Held) -> set[str]:
    """The words of a piece that stand for one that is wanted."""
    return {own for own in piece.words if any(held(word, {own}) for word in wanted)}


def _covered(wanted: Sequence[str], pieces: Sequence[_Piece], held: _Held) -> bool:
    have = {word for piece in pieces for word in piece.words}
    return all(held(word, have) for word in wanted)


@lru_cache(1024)  # every name of a claim is looked for in the same texts
def _pieces(text: str) -> tuple[_Piece, ...]:
    """The words of a text, those of one name in one piece; small words that only link are in none of their own."""
    found: list[_Piece] = []
    for token in _TOKEN.finditer(text):
        if token.group().islower() and _WITHIN.fullmatch(token.group()):
            continue
        piece = _Piece(frozenset(words(token.group())), token.group()[0].isupper(), *token.span())
        last = found[-1] if found else piece
        if last is not piece and last.large and piece.large and _WITHIN.fullmatch(text, last.end, piece.start):
            found[-1] = _Piece(last.words | piece.words, True, last.start, piece.end)
        else:
            found.append(piece)
    return tuple(found)


def place(name: Name, text: str, aliases: Aliases, crossing: bool) -> int | None:
    """Where in `text` the most telling word of a name stands; None where it does not."""
    held = _holder(aliases, crossing)
    found = [m for m in re.finditer(r"\w+", text) if any(held(w, {fold(m.group())}) for w in name.words)]
    return found[-1].start() if found else None
