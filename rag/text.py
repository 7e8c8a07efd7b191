"""Pure strings: folding, words, sentences with offsets in Italian and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from rag.models import Span

# Abbreviations after which a full stop ends nothing, folded and without the stop.
_NEVER_END = frozenset(
    """
    dott dr prof ing avv arch geom rag sig sigg sra mons don on sen min ass gen col cap ten mar
    art artt cfr cf pag pagg p pp par cap capp vol voll n nn nr num no fig figg tab all lett c co cod cpv
    es ad ss segg tel fax fr lgs d l dl dpr dpcm legge reg decr delib prot rif v vs st s mr mrs ms messrs
    hon rev gov rep lt sgt capt gen sen jr sr dept approx ca circa ex vol eds ed etal al ave blvd
    dottssa profssa sigra sigg.ra dott.ssa prof.ssa sig.ra sig.na d.lgs d.l d.p.r d.m
    gennaio febbraio genn febb apr giu lug ago sett ott nov dic jan feb mar jun jul aug sep sept oct dec
    e.g i.e p.es c.so p.zza v.le l.go f.lli
    """.split()
)
# Abbreviations that may also close a sentence: the next word decides.
_MAY_END = frozenset("s.p.a spa s.r.l srl s.n.c s.a.s s.c ecc etc inc ltd corp co llc plc a.m p.m u.s u.k d.c b.c a.c".split())
_STARTERS = frozenset(
    """
    il lo la i gli le l' un uno una un' questo questa questi queste quello quella ciò chi che in nel nella nei
    a al alla ai alle da dal dalla di del della con per tra fra su sul sulla ma e o non si se come dopo prima poi
    the an this that these those it he she they we you his her their its our in on at by for from with as but and
    or not if when while after before then there here what who which how why
    """.split()
)
_BOUNDARY = re.compile(r"""(?P<stop>[.!?…]+)(?P<close>["'»”’)\]*_]*)(?=\s)""")
_OPENING = "\"'«“‘([*_¿¡—–- "
_WORD = re.compile(r"\w+(?:[’'](?=\w)|\w)*", re.UNICODE)


def strip_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


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
    rest = text[found.end() :].lstrip()
    opening = rest.lstrip(_OPENING)
    if not opening or not (opening[0].isupper() or opening[0].isdigit() or opening[0] == "|"):
        return False
    if found["stop"] != ".":
        return True
    return _full_stop_ends(_word_before(text, found.start()), opening)


def _word_before(text: str, stop: int) -> str:
    begin = stop
    while begin > 0 and not text[begin - 1].isspace() and text[begin - 1] not in "(«\"“'’[*_":
        begin -= 1
    return text[begin:stop]


def _full_stop_ends(before: str, following: str) -> bool:
    word = strip_accents(before).casefold()
    next_word = next(iter(_WORD.findall(following)), "").casefold()
    if word in _MAY_END or re.fullmatch(r"(?:[a-z]\.)+[a-z]", word):
        return next_word in _STARTERS
    if word in _NEVER_END:
        return False
    if re.fullmatch(r"[A-Z]", before):  # an initial: "J. Smith"; a unit or a vitamin ends with a starter after it
        return next_word in _STARTERS
    return bool(word)


def split_long(text: str, span: Span, limit: int) -> Iterator[Span]:
    """`span` in pieces of at most `limit` characters, cut between sentences where possible, else at white space."""
    start, last = span.start, span.start
    for sentence in sentences(text[span.start : span.end]):
        begin, end = span.start + sentence.start, span.start + sentence.end
        if end - start > limit and last > start:
            yield trim(text, start, last)
            start = begin
        while end - start > limit:
            cut = text.rfind(" ", start + limit // 2, start + limit)
            cut = cut if cut > start else start + limit
            yield trim(text, start, cut)
            start = cut
        last = end
    remainder = trim(text, start, span.end)
    if remainder.end > remainder.start:
        yield remainder


