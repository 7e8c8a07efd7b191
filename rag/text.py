"""Pure strings: folding, words, sentences with offsets in Italian and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from rag.models import Span

# Abbreviations after which a full stop ends nothing, folded and without the stop.
_NEVER_END = frozenset(
    """
    dott dr prof ing avv arch geom rag sig sigg sra mons sen gen ten art artt cfr cf pag pagg p pp
    par capp vol voll n nn nr num fig figg tab lett c cod cpv es segg tel fax fr lgs d l dl dpr dpcm
    decr delib prot rif v vs st s mr mrs ms messrs hon rev gov lt sgt capt jr sr dept approx ed eds
    blvd genn febb dottssa profssa sigra sigg.ra dott.ssa prof.ssa sig.ra sig.na d.lgs d.l d.p.r d.m
    e.g i.e p.es c.so p.zza v.le l.go f.lli sec secc
    """.split()
)
# Abbreviations that may also close a sentence, or that are words as well ("no", "on", "all"): the next word decides.
_MAY_END = frozenset(
    """
    s.p.a spa s.r.l srl s.n.c s.a.s s.c ecc etc inc ltd corp co llc plc a.m p.m u.s u.k d.c b.c a.c
    etal al ave no on all don min ad ss cap col mar set sett ex app ca circa reg legge dic apr giu
    lug ago ott nov jan feb jun jul aug sep sept oct dec vv rep
    """.split()
)
_STARTERS = frozenset(
    """
    il lo la i gli le l' un uno una un' questo questa questi queste quello quella ciò chi che in nel
    nella nei a al alla ai alle da dal dalla di del della con per tra fra su sul sulla ma e o non si
    se come dopo prima poi the an this that these those it he she they we you his her their its our
    in on at by for from with as but and or not if when while after before then there here what who
    which how why
    """.split()
)
# Words that follow an initial inside a name: "A. La Porta", "G. De Luca".
_PARTICLES = frozenset(
    """
    la lo li le de di da del della dello dei degli dal dalla d' dell' dall' van von el al
    """.split()
)
# Possessive and anchored behind no other stop, so that a line of a million dots takes no longer than it is.
_BOUNDARY = re.compile(r"""(?<![.!?…])(?P<stop>[.!?…]++)(?P<close>["'»”’)\]*_]*+)(?=\s)""")
_NUMBERED = re.compile(r"(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})\Z")
_AHEAD = 200  # characters looked at behind a stop: the white space and two words
_OPENING = "\"'«“‘([*_¿¡—–->\n "
_HIGH = re.compile("[\u0300-\U0010ffff]")  # nothing below it combines, and most text lies below
_WORD = re.compile(r"\w+(?:[’'](?=\w)|\w)*", re.UNICODE)


def strip_accents(text: str) -> str:
    return _HIGH.sub(_unless_combining, unicodedata.normalize("NFKD", text))


def _unless_combining(found: re.Match[str]) -> str:
    return "" if unicodedata.combining(found.group()) else found.group()


def fold(text: str) -> str:
    """Case, accents and typographic quotes folded, white space collapsed: for comparing, never for showing."""
    plain = strip_accents(text.replace("’", "'").replace("‘", "'")).casefold()
    return re.sub(r"\s+", " ", plain).strip()


def words(text: str) -> list[str]:
    """Folded words; an elided article ("l'industria") is a word of its own."""
    return re.findall(r"\w+", fold(text))


def trim(text: str, start: int, end: int) -> Span:
    """The slice without the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def sentences(text: str) -> list[Span]:
    """Sentences as spans of `text`: in order, disjoint, together holding everything but white space.

    A boundary is a stop followed by white space and an opening that can begin a sentence; abbreviations,
    initials, ordinals and decimals do not end one.
    """
    cuts = [found.end() for found in _BOUNDARY.finditer(text) if _ends_sentence(text, found)]
    spans = [trim(text, a, b) for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    return [span for span in spans if span.end > span.start]


def _ends_sentence(text: str, found: re.Match[str]) -> bool:
    rest = text[found.end() : found.end() + _AHEAD].lstrip()
    opening = rest.lstrip(_OPENING)
    if not opening or not (opening[0].isupper() or opening[0].isdigit() or opening[0] == "|"):
        return False
    if found["stop"] != ".":
        return True
    before = _word_before(text, found.start())
    return not _opens_list(text, found.start() - len(before), before) and _full_stop_ends(before, opening)


def _opens_list(text: str, at: int, word: str) -> bool:
    """Whether `word` is the number of a typed list item: it stands first."""
    return at < 20 and bool(_NUMBERED.match(word)) and not text[:at].strip()


def _word_before(text: str, stop: int) -> str:
    begin = stop
    while begin > 0 and not text[begin - 1].isspace() and text[begin - 1] not in "(«\"“'’[*_":
        begin -= 1
    return text[begin:stop]


def _full_stop_ends(before: str, following: str) -> bool:
    word = strip_accents(before).casefold()
    after = _WORD.findall(following)[:2]
    next_word = after[0].casefold() if after else ""
    if re.fullmatch(r"[A-Z]", before):  # an initial: "J. Smith"; a unit or a vitamin ends with a starter after it
        in_name = next_word in _PARTICLES and len(after) > 1 and after[1][0].isupper()
        return next_word in _STARTERS and not in_name
    if word in _MAY_END or re.fullmatch(r"(?:[a-z]\.)+[a-z]", word):
        return next_word in _STARTERS
    return bool(word) and word not in _NEVER_END


def split_long(text: str, span: Span, limit: int) -> Iterator[Span]:
    """`span` in pieces of at most `limit` characters, cut between sentences where possible, else at white space."""
    start = last = trim(text, span.start, span.end).start
    for sentence in sentences(text[span.start : span.end]):
        begin, end = span.start + sentence.start, span.start + sentence.end
        if end - start > limit and last > start:
            yield trim(text, start, last)
            start = begin
        while end - start > limit:
            cut = _cut(text, start, limit)
            yield trim(text, start, cut)
            start = trim(text, cut, end).start
        last = end
    remainder = trim(text, start, span.end)
    if remainder.end > remainder.start:
        yield remainder


def _cut(text: str, start: int, limit: int) -> int:
    """The last white space in the second half of the next `limit` characters; else their end, though not before a
    character that combines with the one it follows."""
    for at in range(start + limit, start + limit // 2, -1):
        if text[at].isspace():
            return at
    at = start + limit
    while at > start + limit // 2 and (unicodedata.combining(text[at]) or text[at] in "\u200d\ufe0f"):
        at -= 1
    return at
