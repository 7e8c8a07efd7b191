"""What a question asks for: the kind of thing, its parts, and whether it wants several things.

Only closed classes of grammar stand here (question words, articles, prepositions), never a subject.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.text import fold

ASIDE = " — "  # between a question and the words that it leans on


class Asked(StrEnum):
    WHO = "who"
    WHERE = "where"
    WHEN = "when"
    HOW_MUCH = "how_much"
    WHY = "why"
    HOW = "how"
    NAME = "name"
    WHETHER = "whether"
    OTHER = "other"


_PATTERNS: tuple[tuple[Asked, str], ...] = (
    (
        Asked.WHY,
        r"perche|come mai|why|for (?:what|which) reasons?|per (?:quale|che) (?:motivo|ragione)|how come",
    ),
    (
        Asked.HOW_MUCH,
        r"quant[oaie']|how (?:much|many|long|old|big|large|far|tall|fast|often|high)"
        r"|che (?:percentuale|quota|cifra|prezzo)"
        r"|(?:quale|qual|what) (?:e |is |was |were |are )?(?:la |il |lo |l'|the )?(?:\w+ )?"
        r"(?:percentuale|quota|cifra|prezzo"
        r"|costo|importo|somma|numero|percentage|share|amount|price|cost|number|sum|size|rate|budget)",
    ),
    (
        Asked.WHEN,
        r"quand[o']|when|(?:in |a |da |entro |per |on |by |at |from |since |fino a )?(?:che|quale|what|which) "
        r"(?:giorn\w+|dat[ae]|ann[oi]|mes[ei]|or[ae]|settiman[ae]|days?|dates?|years?|months?|times?|weeks?|hours?)"
        r"|(?:a|per) che or[ae]|qual e la data",
    ),
    (
        Asked.WHERE,
        r"dov[e']|where|(?:in |da |a )?(?:che|quale|what|which) "
        r"(?:luogo|citta|posto|sede|paese|place|city|town|venue|country)",
    ),
    (Asked.WHO, r"(?:[a-z]+ )?\bchi\b|whom?|whose|con chi|di chi|a chi|da chi"),
    (
        Asked.NAME,
        r"come (?:si )?chiam\w+|(?:qual e|quale e|quale|che|sotto quale|con quale) (?:il |lo )?(?:nome|soprannome)"
        r"|(?:what|which) [^?]*\b(?:called|named|nicknamed)(?=\W*$)"  # "the man named Rossi" asks for no name
        r"|what (?:is|was|are|were) (?:the |its |his |her |their )?(?:full |real |official )?(?:nick)?names?"
        r"|what (?:is|was) [^?]*['’]s (?:nick)?name|(?:what|which) (?:nick)?name",
    ),
    (Asked.HOW, r"com[e']|how|in (?:che|quale|what|which) (?:modo|way|maniera)"),
    (
        Asked.WHETHER,
        r"(?:e vero che|is it true|was|were|is|are|did|does|do|has|have|had|will|would|can|could|should|may)\b.*",
    ),
)
_WORDS = re.compile(
    r"\b(?:chi|perche|come mai|quant[oaie']|quand[o']|dov[e']|qual[ei]?|che cosa|cosa|cos'|com[e']"
    r"|who|whom|whose|why|when|where|how|what|which)\b"
)
_ASKING = re.compile(
    r"\b(?:chi|perch[eéè]|come mai|quant[oaie]|quand[o'’]|dov[e'’]|qual[ei]?|che cosa|cosa|cos['’]|com[e'’]"
    r"|in che|a che|who|whom|whose|why|when|where|how (?:much|many|long|old|big|large|far|often)|how|what|which"
    r"|did|does|do)\b['’]?|(?<![?!.])[?!.]++\s*$",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"(?:,|;)?(?<!\s)\s++(?:e|ed|and)\s+(?=(?:(?:in|a|da|di|con|per|entro|to|on|at|by|from|with|for|of)\s+)?"
    r"(?:chi|quant[oaie'’]|quand[o'’]|dov[e'’]|qual[ei]?|perch[eéè]|com[e'’]|che cosa|cosa|cos['’]"
    r"|who|whom|when|where|why|how|what|which)\b|(?:in|a|da|di|con|per|entro)\s+che\s+\w)",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\b(?:quali|chi (?:erano|sono|c'erano)|elenca\w*|tutt[ie]|list|which (?:\w+ ){0,2}\w+s\b"
    r"|what (?:\w+ ){0,2}\w+s (?:are|were|did|do)|what are|what were|who (?:are|were)|all the|name the|both)\b"
)


def asked(question: str) -> Asked:
    """The kind of thing that a question wants, by its first question word; OTHER when none tells."""
    text = fold(question.partition(ASIDE)[0]).lstrip("¿¡\"'«( ")
    best: tuple[int, int, Asked] | None = None
    for order, (kind, pattern) in enumerate(_PATTERNS):
        anchored = kind is Asked.WHETHER
        found = re.match(pattern, text) if anchored else re.search(rf"\b(?:{pattern})\b", text)
        if found and (best is None or (found.start(), order) < best[:2]):
            best = (found.start(), order, kind)
    if best and best[2] is Asked.WHETHER and _WORDS.search(text):
        best = None
    return best[2] if best else Asked.OTHER


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing asked: in the question's own words, and with the words it leans on behind it."""

    text: str
    alone: str


def parts(question: str) -> list[Piece]:
    """A question that asks two things ("how many … and when …") as its parts; one part otherwise.

    A later part leans on the first: what that one is about is put beside it. Where the first says nothing of its own
    ("when and where …"), one thing is asked about, and the question stays whole.
    """
    whole, _, aside = question.partition(ASIDE)
    pieces = [p.strip() for p in _PARTS.split(whole) if p.strip()]
    first = subject(pieces[0]) if pieces else ""
    if len(pieces) < 2 or len(first.split()) < 2 or any(len(p.split()) < 2 for p in pieces):
        return [Piece(whole, question)]
    return [
        Piece(piece, beside(piece, aside if number == 0 else f"{first} {aside}")) for number, piece in enumerate(pieces)
    ]


def compound(question: str) -> bool:
    """Whether a question asks two things, even where they cannot be told apart ("when and where")."""
    return len(_PARTS.split(question.partition(ASIDE)[0])) > 1


def subject(question: str) -> str:
    """What a question is about: its words without those that ask."""
    return " ".join(_ASKING.sub(" ", question.partition(ASIDE)[0]).split())


def beside(question: str, aside: str) -> str:
    """A question with the words that it leans on behind it, where they change nothing of what it asks for."""
    return f"{question}{ASIDE}{aside.strip()}" if aside.strip() else question


def wants_several(question: str) -> bool:
    """Whether the question's grammar asks for more than one thing."""
    return _SEVERAL.search(fold(question.partition(ASIDE)[0])) is not None
